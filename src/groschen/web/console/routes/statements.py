"""Statements: the list, one with its lines, the line file, and approving."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Form, Request, Response

from groschen.core.errors import GroschenError, Kind
from groschen.core.period import first_of_month
from groschen.features.settlements.model import StatementFilter, StatementState
from groschen.features.settlements.service import closing, statements
from groschen.kit.db import Scope
from groschen.kit.http import Pages, Reader, Slice, Writer
from groschen.kit.http.keysets import Keyset, Keysets
from groschen.web.addresses import partner_path, statement_path
from groschen.web.console import statements as statement_page
from groschen.web.console.routes.statement_view import (
    line_file_response,
    statement_rows,
    statement_view,
)
from groschen.web.forms import Attempt, attempt, see_other, sent
from groschen.web.page import page
from groschen.web.routing import Around, Audience, PageRouter, path_id
from groschen.web.ui.parts import Link
from groschen.web.ui.refusals import Refusal
from groschen.web.ui.texts import mark as _
from groschen.web.values import page_of_rows

pages: Final = PageRouter(Audience.CONSOLE)
StatementId = Annotated[UUID, Depends(path_id("stm", "statement"))]


class DayUnreadable(GroschenError):
    """A text is no day."""

    code: ClassVar[str] = "day_unreadable"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


BACK: Final = Link(_("Statements"), "/statements")


@pages.page("/statements", permission="settlements:read")
async def show_statements(
    request: Request, scope: Reader, asked: Pages, state: str = ""
) -> Response:
    """The list, newest first."""
    return await _list(request, scope, asked, state)


@pages.form("/statements/close", permission="settlements:write", exclusive=True)
async def close_books(
    request: Request,
    scope: Writer,
    asked: Pages,
    period_to: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Close the books up to a day and have the statements made."""
    async with attempt(scope) as tried:
        await closing.close_period(scope, _day(period_to))
        return see_other("/statements")
    return await _list(request, scope, asked, "", tried, period_to)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DayUnreadable("this is not a day", field="period_to", hint="choose a day") from error


async def _list(
    request: Request,
    scope: Scope,
    asked: Slice,
    state: str,
    tried: Attempt | None = None,
    period_to: str = "",
) -> Response:
    chosen = StatementState(state) if state in set(StatementState) else None
    wanted = StatementFilter(states=None if chosen is None else (chosen,))
    found = await statements.page(scope, wanted, asked)
    shown, pager = page_of_rows(request, asked, found, lambda statement: statement.id)
    view = statement_page.StatementsView(
        rows=await statement_rows(scope, shown, statement_path),
        pager=pager,
        state=state if chosen else "",
        closing=await _closing(scope, tried, period_to),
    )
    status = tried.status if tried else 200
    return page(request, statement_page.LIST_TEMPLATE, view, status=status)


async def _closing(
    scope: Scope, tried: Attempt | None, period_to: str
) -> statement_page.ClosingView | None:
    """The form to close the books, which suggests the first of the month."""
    if not scope.actor.may("settlements:write"):
        return None
    open_from = scope.tenant.books_open_from
    refusal = tried.refusal if tried else None
    at_field = refusal is not None and refusal.field == "period_to"
    left = 0 if open_from is None else (await closing.progress(scope, open_from)).statements_left
    suggested = first_of_month(scope.now.astimezone(ZoneInfo(scope.tenant.time_zone)).date())
    return statement_page.ClosingView(
        open_from=open_from,
        left=left,
        period_to=sent(period_to or suggested.isoformat(), refusal, "period_to"),
        refusal=None if refusal is None or at_field else Refusal.of(refusal),
    )


@pages.page("/statements/{statement}", permission="settlements:read")
async def show_statement(
    request: Request, statement: StatementId, scope: Reader, asked: Keysets
) -> Response:
    """One statement."""
    return await _answer(request, scope, statement, asked)


@pages.page("/statements/{statement}/lines.csv", permission="settlements:read")
async def download_lines(statement: StatementId, scope: Reader, around: Around) -> Response:
    """The line file."""
    return await line_file_response(around.database, scope, statement)


@pages.form("/statements/{statement}/approve", permission="payouts:approve")
async def approve_statement(
    request: Request, statement: StatementId, scope: Writer, asked: Keysets
) -> Response:
    """Approve a statement for payout."""
    async with attempt(scope) as tried:
        await statements.approve(scope, statement)
    if tried.refusal is None:
        return see_other(statement_path(statement))
    return await _answer(request, scope, statement, asked, Refusal.of(tried.refusal))


async def _answer(
    request: Request,
    scope: Scope,
    statement_id: UUID,
    asked: Keyset,
    refusal: Refusal | None = None,
) -> Response:
    statement = await statements.find(scope, statement_id)
    waits = statement.state is StatementState.ISSUED and scope.actor.may("payouts:approve")
    view = await statement_view(
        request,
        scope,
        statement,
        asked,
        partner_href=partner_path(statement.beneficiary_id),
        approve_at=f"{statement_path(statement_id)}/approve" if waits else None,
        back=BACK,
        refusal=refusal,
    )
    return page(request, statement_page.TEMPLATE, view, status=200 if refusal is None else 409)
