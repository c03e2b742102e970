"""Refunds of invoices: money goes back to who paid, and a credit note says for what.

Asked for, the lines are set aside. When the provider has done it, the credit note concedes them
in the same transaction: AR is credited by the note and debited by the payout. If the provider
refuses, nothing has happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from groschen.core.currencies import currency_digits
from groschen.core.errors import invariant
from groschen.core.money import ZERO, add, round_currency, subtract
from groschen.core.sale import Basis
from groschen.features.invoices.model import (
    InvoiceNotPaid,
    InvoiceRefund,
    RefundLine,
    RefundNotExact,
)
from groschen.features.invoices.queries import refunds as queries
from groschen.features.invoices.service import crediting, reading
from groschen.features.invoices.service.issuing import Cause, issue
from groschen.features.invoices.service.sellers import buyer, seller
from groschen.features.payments import service as payments
from groschen.features.payments.model import RefundState
from groschen.features.receivables import service as receivables
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from groschen.features.invoices.model import Invoice, InvoiceLine
    from groschen.features.payments.model import Payment
    from groschen.kit.db import Scope

TRIES = 5


@dataclass(frozen=True, slots=True)
class _Payer:
    """A captured payment, and how much of what it paid of an invoice can go back."""

    payment: Payment
    left: Decimal


async def refund(
    scope: Scope,
    invoice_id: UUID,
    wanted: Mapping[int, Decimal] | Decimal | None,
    reason: str,
) -> InvoiceRefund:
    """Ask for part of a paid invoice to go back: ``wanted`` of lines in the basis, or gross.

    A gross amount is taken of all lines by what is left of them; None is all that is left.
    Raises ``InvoiceNotFound``,
    ``InvoiceNotCorrectable``, ``InvoiceLineNotFound``, ``CreditTooLarge``, ``InvoiceNotPaid``,
    ``RefundTooLarge``, ``RefundNotExact`` and what issuing the credit note would raise.
    """
    invoice = await reading.find(scope, invoice_id)
    payer = await _payer(scope, invoice)
    invoice = await crediting.locked(scope, invoice_id)
    await seller(scope)
    await buyer(scope, invoice.party_id)
    if wanted is None or isinstance(wanted, Decimal):
        given = await _spread(scope, invoice, wanted)
    else:
        given = dict(wanted)
    gross = (await crediting.conceding(scope, invoice, given)).figures.gross
    if gross > payer.left:
        raise payments.too_large(payer.left, invoice.currency)
    asked = await payments.refund_invoice(scope, payer.payment, invoice.id, gross, reason)
    lines = tuple(
        RefundLine(asked.id, invoice.id, position, amount) for position, amount in given.items()
    )
    await queries.insert_refund_lines(scope, json_rows(lines))
    return InvoiceRefund(asked, lines)


async def of_invoice(scope: Scope, invoice_id: UUID) -> list[InvoiceRefund]:
    """The refunds of an invoice, oldest first. Raises ``InvoiceNotFound``."""
    invoice = await reading.find(scope, invoice_id)
    lines = await queries.refund_lines(scope, invoice.id)
    return [
        InvoiceRefund(one, tuple(line for line in lines if line.refund_id == one.id))
        for one in await payments.refunds_of_source(scope, invoice.id)
    ]


async def paid_out(scope: Scope, invoice_id: UUID, refund_id: UUID) -> None:
    """The provider has given money back: issue the credit note for it.

    A payment that came too late gives back what it never paid; that has no lines.
    """
    lines = await queries.refund_lines(scope, invoice_id)
    given = {line.position: line.amount for line in lines if line.refund_id == refund_id}
    if not given:
        return
    done = await payments.find_refund(scope, refund_id)
    invoice = await crediting.locked(scope, invoice_id)
    draft = await crediting.conceding(scope, invoice, given)
    invariant(draft.figures.gross == done.back, "a refund is not what its credit note says")
    cause = Cause(corrects=invoice, reason=done.reason, refund_id=refund_id)
    await issue(scope, draft, cause)


async def _payer(scope: Scope, invoice: Invoice) -> _Payer:
    """Of the payments of an invoice the one that can give back most; locks them."""
    paid: dict[UUID, Decimal] = {}
    for item in await receivables.of_sources(scope, [invoice.id]):
        for one in await receivables.allocated(scope, item):
            paid[one.source_id] = add(paid.get(one.source_id, ZERO), one.amount)
    captured = await payments.lock_captured(scope, list(paid))
    back: dict[UUID, Decimal] = {}
    for asked in await payments.refunds_of_source(scope, invoice.id):
        if asked.state is not RefundState.FAILED:
            back[asked.payment_id] = add(back.get(asked.payment_id, ZERO), asked.gross)
    payers = [
        _Payer(one, min(_less(paid[one.id], back.get(one.id)), _less(one.amount, one.refunded)))
        for one in captured
    ]
    payer = max(payers, key=lambda one: one.left, default=None)
    if payer is None or payer.left <= 0:
        raise InvoiceNotPaid(
            "no captured payment of this invoice is left to refund",
            field="invoice_id",
            hint="an unpaid invoice is lowered by POST /v1/invoices/{invoice_id}/credit_notes",
        )
    return payer


def _less(amount: Decimal, taken: Decimal | None) -> Decimal:
    return subtract(amount, taken or ZERO)


async def _spread(scope: Scope, invoice: Invoice, amount: Decimal | None) -> dict[int, Decimal]:
    """What ``amount`` gross takes of each line, by what is left of it, in the basis; None is all.

    Raises ``RefundTooLarge``, and ``RefundNotExact`` when the VAT of no credit note fits.
    """
    left = {
        line.position: (line, rest)
        for line, rest in (await crediting.left(scope, invoice)).values()
        if rest > 0
    }
    given = {position: rest for position, (_, rest) in left.items()}
    whole = await _gross(scope, invoice, given)
    if amount is None or amount == whole:
        return given
    if amount > whole:
        raise payments.too_large(whole, invoice.currency)
    part = Fraction(amount) / Fraction(whole)
    for position, rest in given.items():
        given[position] = round_currency(Fraction(rest) * part, invoice.currency)
    last = max(left, key=lambda position: left[position][1])
    for _ in range(TRIES):
        missing = subtract(amount, await _gross(scope, invoice, given))
        if not missing:
            return {position: one for position, one in given.items() if one}
        step = _step(invoice, left[last][0], missing)
        given[last] = max(ZERO, min(left[last][1], add(given[last], step)))
    raise RefundNotExact(
        f"no credit note comes to {amount:f} {invoice.currency}: VAT is rounded on it",
        field="amount",
        hint="refund a cent more or less, or name lines with their amounts",
    )


def _step(invoice: Invoice, line: InvoiceLine, missing: Decimal) -> Decimal:
    """By how much a line must grow so that the gross does; at least the smallest unit."""
    net = Fraction(missing) / (1 + Fraction(line.rate))
    step = round_currency(net if invoice.basis is Basis.NET else missing, invoice.currency)
    if step:
        return step
    unit = Decimal(1).scaleb(-currency_digits(invoice.currency))
    return unit if missing > 0 else subtract(ZERO, unit)


async def _gross(scope: Scope, invoice: Invoice, given: Mapping[int, Decimal]) -> Decimal:
    wanted = {position: one for position, one in given.items() if one}
    if not wanted:
        return ZERO
    return (await crediting.conceding(scope, invoice, wanted)).figures.gross
