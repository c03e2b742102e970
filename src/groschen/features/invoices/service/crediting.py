"""Credit notes: giving back part of an invoice, or cancelling it and issuing it anew."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from groschen.core.invoicing import ContentLine, Effect, LineTax, Reversal
from groschen.core.money import ZERO, add, round12, subtract
from groschen.features.invoices.model import (
    CorrectionNeedsFacts,
    CreditTooLarge,
    InvoiceLineNotFound,
    InvoiceNotCorrectable,
)
from groschen.features.invoices.queries import billables as billable_queries
from groschen.features.invoices.queries import documents as queries
from groschen.features.invoices.queries import refunds as refund_queries
from groschen.features.invoices.service import billables, reading, sources
from groschen.features.invoices.service.drafting import Draft, DraftLine, drafts_of
from groschen.features.invoices.service.issuing import Cause, issue
from groschen.features.payments import service as payments
from groschen.features.payments.model import RefundState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal
    from uuid import UUID

    from groschen.features.invoices.model import Billable, Invoice, InvoiceLine
    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class _Back:
    """What is given back of a line: ``amount`` in the basis, with the sign of the line."""

    line: InvoiceLine
    billable: Billable
    amount: Decimal
    unbilled: Decimal
    conceded_on: str | None = None


async def credit(
    scope: Scope, invoice_id: UUID, effect: Effect, wanted: Mapping[int, Decimal], reason: str
) -> Invoice:
    """Give back part of lines by a credit note; ``wanted`` by position, above zero, in the basis.

    What is conceded is given back for good. A line by hand may be corrected: it is owed less
    from now on. Raises ``InvoiceNotFound``, ``InvoiceNotCorrectable``, ``InvoiceLineNotFound``,
    ``CreditTooLarge`` and ``CorrectionNeedsFacts``.
    """
    invoice = await locked(scope, invoice_id)
    if effect is Effect.CONCEDE:
        draft = await conceding(scope, invoice, wanted)
    else:
        draft = await _correcting(scope, invoice, wanted)
    return await issue(scope, draft, Cause(corrects=invoice, reason=reason))


async def conceding(scope: Scope, invoice: Invoice, wanted: Mapping[int, Decimal]) -> Draft:
    """The credit note that gives back part of lines for good, not issued yet.

    Raises ``InvoiceLineNotFound`` and ``CreditTooLarge``.
    """
    rest = await left(scope, invoice)
    lines = [_checked(rest, position, amount) for position, amount in wanted.items()]
    found = await _billables(scope, lines)
    accounts = await sources.revenue_accounts(scope, list(found.values()))
    backs = [
        _Back(line, found[line.billable_id], amount, ZERO, accounts[line.billable_id])
        for line, amount in zip(lines, wanted.values(), strict=True)
    ]
    return _draft(invoice, Effect.CONCEDE, backs)


async def _correcting(scope: Scope, invoice: Invoice, wanted: Mapping[int, Decimal]) -> Draft:
    rest = await left(scope, invoice)
    lines = [_checked(rest, position, amount) for position, amount in wanted.items()]
    found = await _billables(scope, lines)
    backs = [
        await _corrected(scope, line, found[line.billable_id], amount)
        for line, amount in zip(lines, wanted.values(), strict=True)
    ]
    return _draft(invoice, Effect.CORRECT, backs)


async def cancel(scope: Scope, invoice_id: UUID, reason: str) -> tuple[Invoice, list[Invoice]]:
    """Give back all that is left of an invoice, and issue it anew with what is known today.

    Raises ``InvoiceNotFound``, ``InvoiceNotCorrectable`` and what issuing raises.
    """
    invoice = await locked(scope, invoice_id)
    rest = await left(scope, invoice)
    if not any(amount for _, amount in rest.values()):
        raise _not_correctable("nothing is left of the invoice to cancel")
    lines = [line for line, amount in rest.values() if amount]
    found = await _billables(scope, lines)
    backs = [
        _Back(line, found[line.billable_id], amount, _share_of(line, amount))
        for line, amount in rest.values()
        if amount
    ]
    draft = _draft(invoice, Effect.CANCEL_REISSUE, backs)
    made = await issue(scope, draft, Cause(corrects=invoice, reason=reason))
    owed = await billable_queries.billables(scope, list(found))
    again = [one for one in owed if one.is_due]
    cause = Cause(run_id=invoice.run_id)
    return made, [await issue(scope, draft, cause) for draft in await drafts_of(scope, again)]


async def locked(scope: Scope, invoice_id: UUID) -> Invoice:
    """The invoice, with its account locked; credit notes and empty ones are refused."""
    invoice = await reading.find(scope, invoice_id)
    if invoice.is_credit_note or not invoice.gross:
        raise _not_correctable("only an invoice that asks for money can be corrected")
    await billable_queries.lock_account(scope, invoice.account_id)
    return invoice


async def left(scope: Scope, invoice: Invoice) -> dict[int, tuple[InvoiceLine, Decimal]]:
    """What of each line was not given back yet and is on no refund, by position."""
    given = await queries.given_back(scope, invoice.id)
    for position, amount in (await _on_its_way(scope, invoice)).items():
        given[position] = add(given.get(position, ZERO), amount)
    return {
        line.position: (line, subtract(line.amount, given.get(line.position, ZERO)))
        for line in await queries.lines(scope, invoice.id)
    }


async def _on_its_way(scope: Scope, invoice: Invoice) -> dict[int, Decimal]:
    """What refunds that the provider has not done yet give back of each line."""
    waiting = [
        one.id
        for one in await payments.refunds_of_source(scope, invoice.id)
        if one.state is RefundState.REQUESTED
    ]
    amounts: dict[int, Decimal] = {}
    for part in await refund_queries.refund_lines(scope, invoice.id) if waiting else []:
        if part.refund_id in waiting:
            amounts[part.position] = add(amounts.get(part.position, ZERO), part.amount)
    return amounts


def _checked(
    left: Mapping[int, tuple[InvoiceLine, Decimal]], position: int, amount: Decimal
) -> InvoiceLine:
    if position not in left:
        raise InvoiceLineNotFound(
            f"the invoice has no line {position}",
            field="lines.position",
            hint="read the lines with GET /v1/invoices/{invoice_id}",
        )
    line, rest = left[position]
    if amount > rest:
        raise CreditTooLarge(
            f"of line {position} {max(rest, ZERO):f} is left to give back",
            field="lines.amount",
            hint="give back at most what is left of the line",
        )
    return line


async def _billables(scope: Scope, lines: Sequence[InvoiceLine]) -> dict[UUID, Billable]:
    found = await billable_queries.billables(scope, [line.billable_id for line in lines])
    return {one.id: one for one in found}


async def _corrected(scope: Scope, line: InvoiceLine, billable: Billable, amount: Decimal) -> _Back:
    if billable.facts is None:
        raise CorrectionNeedsFacts(
            f"line {line.position} follows from usage and contract",
            field="lines.position",
            hint="correct the events or the contract, the next bill says the difference; "
            "or concede the amount",
        )
    lowered = await billables.lower(scope, billable, amount)
    return _Back(line, lowered, amount, subtract(billable.should_net, lowered.should_net))


def _share_of(line: InvoiceLine, amount: Decimal) -> Decimal:
    """What of UNBILLED goes back with ``amount`` of a line; all of it with all."""
    if amount == line.amount:
        return line.unbilled
    return round12(Fraction(line.unbilled) * Fraction(amount) / Fraction(line.amount))


def _draft(invoice: Invoice, effect: Effect, backs: Sequence[_Back]) -> Draft:
    lines = tuple(_line(invoice, effect, back) for back in backs)
    return Draft(invoice.account_id, invoice.party_id, invoice.currency, invoice.basis, lines)


def _line(invoice: Invoice, effect: Effect, back: _Back) -> DraftLine:
    line = back.line
    proof = Reversal(
        invoice=invoice.number,
        position=line.position,
        amount=line.amount,
        back=back.amount,
        reversed_quantity=line.quantity,
        currency=invoice.currency,
    )
    content = ContentLine(
        label=line.label,
        unit=line.unit,
        effect=effect,
        tax=LineTax(line.tax_category, line.rate, line.tax_key),
        service_from=line.service_from,
        service_to=line.service_to,
        proof=proof,
    )
    unbilled = subtract(ZERO, back.unbilled)
    return DraftLine(back.billable, content, unbilled, line.position, back.conceded_on)


def _not_correctable(detail: str) -> InvoiceNotCorrectable:
    return InvoiceNotCorrectable(
        detail, field="invoice_id", hint="look at the document and its corrections"
    )
