"""Filling the view of a statement, for the console and for the partner alike."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from fastapi import Request, Response
from starlette.responses import StreamingResponse

from groschen.core.money import Money
from groschen.core.shares import AgreementTerms
from groschen.features.parties import service as parties
from groschen.features.settlements.model import (
    PayoutState,
    Statement,
    StatementState,
    Transfer,
)
from groschen.features.settlements.service import statements, tracing
from groschen.features.shares.service import partnership
from groschen.features.shares.service.standing import factors_of
from groschen.features.shares.statement_model import ClaimLine
from groschen.features.tenants import service as tenants
from groschen.kit.db import Database, Scope
from groschen.kit.http.keysets import Keyset, following
from groschen.web.addresses import order_path, run_name, run_path
from groschen.web.console import statements as statement_page
from groschen.web.ui.parts import Link, RuleWords, Step
from groschen.web.ui.refusals import Refusal
from groschen.web.values import local, pager_forward
from groschen.web.words import words_of_factors, words_of_rule

POSITION: Final = struct.Struct(">I16s")
ONE_DAY: Final = timedelta(days=1)


async def statement_rows(
    scope: Scope, found: Sequence[Statement], path: Callable[[UUID], str]
) -> tuple[statement_page.StatementRow, ...]:
    """Statements as rows of a list, with the partners' names read at once."""
    names = await parties.labels(scope, {one.beneficiary_id for one in found})
    return tuple(
        statement_page.StatementRow(
            number=one.number,
            href=path(one.id),
            partner=names[one.beneficiary_id],
            first_day=one.period_from,
            last_day=one.period_to - ONE_DAY,
            state=one.state,
            total=Money(one.total, one.currency),
            payout=Money(one.payout, one.currency),
        )
        for one in found
    )


async def statement_view(
    request: Request,
    scope: Scope,
    statement: Statement,
    asked: Keyset,
    *,
    partner_href: str | None,
    back: Link,
    approve_at: str | None = None,
    refusal: Refusal | None = None,
) -> statement_page.StatementView:
    """Read and put together everything the statement page shows."""
    currency = statement.currency
    transfer = await tracing.transfer_of(scope, statement.id)
    names = await parties.labels(scope, [statement.beneficiary_id])
    lines = await statements.lines(scope, statement, _position(asked.after), asked.fetch)
    terms = await partnership.terms_by_hash(scope, statement.terms_hashes)
    is_partner = scope.actor.party_id is not None
    return statement_page.StatementView(
        number=statement.number,
        partner=Link(names[statement.beneficiary_id], partner_href),
        seller=scope.tenant.name,
        state=statement.state,
        first_day=statement.period_from,
        last_day=statement.period_to - ONE_DAY,
        agreements=tuple(await partnership.named_versions(scope, statement.terms_hashes)),
        issued_on=local(scope, statement.created_at).date(),
        iban_end=await _iban_end(scope, statement, transfer),
        amounts=_amounts(statement),
        total=Money(statement.total, currency),
        payout_amount=Money(statement.payout, currency),
        closing=Money(statement.closing, currency),
        steps=await _steps(scope, statement, transfer),
        payout=_payout(transfer, is_partner=is_partner),
        line_file=statement_page.LineFile(
            f"{request.url.path.removesuffix('/approve')}/lines.csv",
            statement.line_count,
            statement.lines_hash,
        ),
        lines=tuple(_line(line, terms, is_partner=is_partner) for line in lines[: asked.limit]),
        pager=pager_forward(request, following(asked, lines, _packed)),
        back=back,
        approve_at=approve_at,
        refusal=refusal,
    )


def _amounts(one: Statement) -> tuple[statement_page.StatementAmount, ...]:
    """The lines of the sum, signed as they enter it; what is zero is left out, but the shares."""
    taken = ("carried_out", "commission", "commission_tax")
    found = (
        ("opening", one.opening),
        ("shares", one.share_exact),
        ("carried_in", one.carried_in),
        ("carried_out", one.carried_out),
        ("supply_tax", one.supply_vat),
        ("commission", one.commission),
        ("commission_tax", one.vat),
        ("returned_payouts", one.returned_payouts),
    )
    return tuple(
        statement_page.StatementAmount(
            kind,
            _signed(Money(amount, one.currency), is_taken=kind in taken),
            one.line_count if kind == "shares" else None,
        )
        for kind, amount in found
        if amount or kind == "shares"
    )


def _signed(amount: Money, *, is_taken: bool) -> Money:
    return -amount if is_taken else amount


async def _iban_end(scope: Scope, statement: Statement, transfer: Transfer | None) -> str | None:
    """The last letters of the account that was paid, or would be paid today."""
    accounts = [
        one
        for one in await parties.list_payout_accounts(scope, statement.beneficiary_id)
        if one.currency == statement.currency
    ]
    if transfer is not None:
        accounts = [one for one in accounts if one.id == transfer.payout_account_id]
    return accounts[0].iban_last4 if accounts else None


async def _steps(scope: Scope, statement: Statement, transfer: Transfer | None) -> tuple[Step, ...]:
    steps = [Step("statement_calculated", local(scope, statement.created_at))]
    if statement.approved_at is not None:
        named = await tenants.actor_names(
            scope, [statement.approved_by] if statement.approved_by else []
        )
        by = named.get(statement.approved_by) if statement.approved_by else None
        steps.append(Step("statement_approved", local(scope, statement.approved_at), by=by))
    elif statement.state is StatementState.ISSUED:
        steps.append(Step("statement_approved"))
    if transfer is not None:
        sent = None if transfer.sent_at is None else local(scope, transfer.sent_at)
        steps.append(Step("payout_sent", sent))
        steps += _bank_steps(transfer)
    elif statement.state is not StatementState.CARRIED:
        steps.append(Step("payout_sent"))
    return tuple(steps)


def _bank_steps(transfer: Transfer) -> list[Step]:
    """What the bank said; of an acceptance it told no day."""
    match transfer.state:
        case PayoutState.BOOKED:
            return [Step("payout_booked", on=transfer.booked_on)]
        case PayoutState.REJECTED | PayoutState.RETURNED:
            return [Step("payout_rejected", by=transfer.reason, failed=True)]
        case _:
            return [Step("payout_booked")]


def _payout(transfer: Transfer | None, *, is_partner: bool) -> statement_page.PayoutView | None:
    if transfer is None:
        return None
    run = None if is_partner else Link(run_name(transfer.run_id), run_path(transfer.run_id))
    return statement_page.PayoutView(
        state=transfer.state,
        amount=Money(transfer.amount, transfer.currency),
        end_to_end_id=transfer.end_to_end_id,
        reason=transfer.reason,
        run=run,
        execute_on=transfer.execute_on,
        booked_on=transfer.booked_on,
    )


def _line(
    line: ClaimLine, terms: Mapping[str, AgreementTerms], *, is_partner: bool
) -> statement_page.StatementLine:
    """A row of the line file. A commission is taken off, so its sign turns."""
    is_commission = line.kind == "commission"
    href = None if is_partner else order_path(line.order_id)
    return statement_page.StatementLine(
        on=line.effective_on,
        order=Link(line.reference, href),
        kind=line.kind,
        movement=line.movement,
        rule=_rule(line, terms),
        base=None if is_commission else Money(line.base, line.currency),
        amount=_signed(Money(line.amount, line.currency), is_taken=is_commission),
        tax=-Money(line.vat_amount, line.currency) if is_commission else None,
    )


def _rule(line: ClaimLine, terms: Mapping[str, AgreementTerms]) -> RuleWords:
    """How the row came about; a commission by its rule, which is of the share."""
    if line.kind == "commission" and line.agreement_hash in terms:
        return words_of_rule(terms[line.agreement_hash].rule(line.rule), line.currency)
    return words_of_factors(factors_of(line.factors), line.currency)


def _packed(line: ClaimLine) -> bytes:
    return POSITION.pack(line.effective_on.toordinal(), line.movement_id.bytes)


def _position(packed: bytes | None) -> tuple[date, UUID] | None:
    if packed is None:
        return None
    day, movement = POSITION.unpack(packed)
    return date.fromordinal(day), UUID(bytes=movement)


async def line_file_response(database: Database, scope: Scope, statement_id: UUID) -> Response:
    """The line file, part by part, under the statement's number."""
    found = await statements.find(scope, statement_id)
    return StreamingResponse(
        statements.line_file(database, scope, statement_id),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{found.number}.csv"'},
    )
