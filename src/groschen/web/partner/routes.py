"""The partner portal: one's own claims and statements, and nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Request, Response

from groschen.core.errors import invariant
from groschen.core.money import Money
from groschen.features.parties import service as parties
from groschen.features.settlements.model import StatementFilter, StatementState
from groschen.features.settlements.service import claims, statements
from groschen.features.settlements.service.preview import next_statement
from groschen.features.shares.service import standing
from groschen.features.shares.service.standing import factors_of
from groschen.features.shares.standing_model import LineBalances
from groschen.kit.db import Scope
from groschen.kit.http import Pages, Reader, Slice
from groschen.kit.http.keysets import Keysets
from groschen.kit.ids import encode_id
from groschen.web.console import statements as statement_page
from groschen.web.console.routes.overview import bars_of
from groschen.web.console.routes.partners import agreement_views
from groschen.web.console.routes.statement_view import (
    line_file_response,
    statement_rows,
    statement_view,
)
from groschen.web.figures import FigureBoard, changes
from groschen.web.live import live_stream
from groschen.web.navigation import PARTNER_HOME
from groschen.web.page import draw, page
from groschen.web.partner import claims as claims_page
from groschen.web.routing import Around, Audience, Looking, PageRouter, path_id
from groschen.web.session import still_signed_in
from groschen.web.ui.parts import Link
from groschen.web.ui.texts import mark as _
from groschen.web.values import local, page_of_rows
from groschen.web.words import words_of_factors

pages: Final = PageRouter(Audience.PARTNER)
StatementId = Annotated[UUID, Depends(path_id("stm", "statement"))]
STREAM: Final = f"{PARTNER_HOME}/live"
LATEST: Final = 3


@pages.page(PARTNER_HOME, permission="settlements:read")
async def show_claims(request: Request, scope: Reader, asked: Pages) -> Response:
    """What is owed right now, day by day and line by line."""
    own = _own(scope)
    party = await parties.get_party(scope, own)
    currency = scope.tenant.home_currency
    days = [one for one in await claims.daily(scope) if one.currency == currency]
    found = await standing.of_partner(scope, own, asked)
    shown, pager = page_of_rows(request, asked, found, lambda line: line.id)
    latest = await statements.page(scope, StatementFilter(), Slice(limit=LATEST))
    names = await parties.labels(scope, [own])
    view = claims_page.ClaimsView(
        partner=names[own],
        live=await _live(request, scope),
        live_stream=STREAM,
        bars=bars_of(days, names, currency),
        lines=tuple(_line(line) for line in shown),
        pager=pager,
        statements=await statement_rows(scope, latest[:LATEST], statement_path),
        agreements=await agreement_views(scope, party),
    )
    return page(request, claims_page.TEMPLATE, view)


@pages.stream(STREAM, permission="settlements:read")
async def stream_claims(request: Request, visitor: Looking, around: Around) -> Response:
    """The live claims, sent again whenever they change."""

    async def read() -> claims_page.LiveClaims:
        async with around.database.scope(visitor.tenant.id, visitor.actor, write=False) as scope:
            return await _live(request, scope)

    async def fragments() -> AsyncIterator[str]:
        async for figures in changes(read, still_signed_in(request)):
            yield draw(request, claims_page.LIVE_TEMPLATE, figures)

    return live_stream(fragments())


@pages.page(f"{PARTNER_HOME}/statements", permission="settlements:read")
async def show_statements(
    request: Request, scope: Reader, asked: Pages, state: str = ""
) -> Response:
    """One's own statements, newest first."""
    chosen = StatementState(state) if state in set(StatementState) else None
    wanted = StatementFilter(states=None if chosen is None else (chosen,))
    found = await statements.page(scope, wanted, asked)
    shown, pager = page_of_rows(request, asked, found, lambda statement: statement.id)
    view = statement_page.StatementsView(
        rows=await statement_rows(scope, shown, statement_path),
        pager=pager,
        with_partner=False,
        state=state if chosen else "",
    )
    return page(request, statement_page.LIST_TEMPLATE, view)


@pages.page(f"{PARTNER_HOME}/statements/{{statement}}", permission="settlements:read")
async def show_statement(
    request: Request, statement: StatementId, scope: Reader, asked: Keysets
) -> Response:
    """One of one's own statements."""
    found = await statements.find(scope, statement)
    back = Link(_("Your statements"), f"{PARTNER_HOME}/statements")
    view = await statement_view(request, scope, found, asked, partner_href=None, back=back)
    return page(request, statement_page.TEMPLATE, view)


@pages.page(f"{PARTNER_HOME}/statements/{{statement}}/lines.csv", permission="settlements:read")
async def download_lines(statement: StatementId, scope: Reader, around: Around) -> Response:
    """The line file of one of one's own statements."""
    return await line_file_response(around.database, scope, statement)


def statement_path(statement_id: UUID) -> str:
    """The page of a statement in the portal."""
    return f"{PARTNER_HOME}/statements/{encode_id('stm', statement_id)}"


def _own(scope: Scope) -> UUID:
    own = scope.actor.party_id
    invariant(own is not None, "the partner portal has a visitor without a party")
    return own or UUID(int=0)


async def _live(request: Request, scope: Scope) -> claims_page.LiveClaims:
    """One's own figures, shared by all people of the partner."""

    async def read() -> claims_page.LiveClaims:
        return await read_live(scope)

    board: FigureBoard = request.app.state.figures
    return await board.read(("claims", scope.tenant_id, _own(scope)), read)


async def read_live(scope: Scope) -> claims_page.LiveClaims:
    """Read what moves."""
    own, currency = _own(scope), scope.tenant.home_currency
    found = {one.currency: one for one in await claims.claims_of(scope, [own])}.get(currency)
    coming = await next_statement(scope, own, currency)
    zero = Money.zero(currency)
    return claims_page.LiveClaims(
        pending=Money(found.pending.share, currency) if found else zero,
        released=Money(found.released.share, currency) if found else zero,
        on_its_way=Money(found.on_its_way, currency) if found else zero,
        paid=Money(found.paid_out, currency) if found else zero,
        next_payout=Money(coming.payout, currency) if coming else None,
        next_total=Money(coming.total, currency) if coming else None,
        next_on=coming.on if coming else None,
        at=local(scope, scope.now),
    )


def _line(line: LineBalances) -> claims_page.ClaimLine:
    return claims_page.ClaimLine(
        on=line.effective_on,
        order_number=line.reference,
        rule=words_of_factors(factors_of(line.factors), line.currency),
        base=Money(line.base, line.currency),
        share=Money(line.amount, line.currency),
        state=line.state,
    )
