"""What a payment or a credit settled of documents: told line by line, so that shares follow."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from groschen.core.money import ZERO, add, round12
from groschen.core.sale import Basis
from groschen.features.invoices.queries import billables as billable_queries
from groschen.features.invoices.queries import documents as queries
from groschen.features.invoices.service.news import invoice_news
from groschen.features.usage.service import releasing
from groschen.kit.ids import encode_id
from groschen.kit.outbox import Event, publish

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from uuid import UUID

    from groschen.features.invoices.model import Invoice
    from groschen.kit.db import Scope


async def settle(scope: Scope, source_id: UUID, paid: Mapping[UUID, Decimal]) -> None:
    """Tell what a source settled of documents, gross, and release the shares of their totals.

    ``source_id`` is new for each call. Of a credit note that was set off the amount is negative:
    what it gave back was received for other lines.
    """
    invoices = await queries.invoices(scope, list(paid))
    receipts: dict[UUID, Decimal] = {}
    for invoice in invoices:
        parts = await _paid_totals(scope, invoice, paid[invoice.id])
        for total_id, amount in parts.items():
            receipts[total_id] = add(receipts.get(total_id, ZERO), amount)
        if not invoice.is_credit_note and invoice.gross:
            await publish(scope, [_paid_news(invoice, paid[invoice.id], parts)])
    await releasing.receive(scope, source_id, receipts)


async def _paid_totals(scope: Scope, invoice: Invoice, amount: Decimal) -> dict[UUID, Decimal]:
    """What ``amount`` paid of each total on an invoice, gross, at twelve decimals.

    A total's part is its line's part of the document; lines by hand have no total. An invoice of
    nothing pays all of its lines itself. What a credit note took off an invoice unpaid comes to
    nothing with what it settled there.
    """
    share = Fraction(amount) / Fraction(invoice.gross) if invoice.gross else Fraction(1)
    lines = await queries.lines(scope, invoice.id)
    found = await billable_queries.billables(scope, [line.billable_id for line in lines])
    totals = {one.id: one.total_id for one in found}
    paid: dict[UUID, Decimal] = {}
    for line in lines:
        total_id = totals[line.billable_id]
        if total_id is not None:
            gross = Fraction(line.amount)
            if invoice.basis is Basis.NET:
                gross *= 1 + Fraction(line.rate)
            part = round12(gross * share)
            paid[total_id] = add(paid.get(total_id, ZERO), part)
    return paid


def _paid_news(invoice: Invoice, amount: Decimal, totals: Mapping[UUID, Decimal]) -> Event:
    listed = [
        {"total": encode_id("tot", total_id), "paid": paid} for total_id, paid in totals.items()
    ]
    return invoice_news("invoice.paid", invoice, paid=amount, totals=listed)
