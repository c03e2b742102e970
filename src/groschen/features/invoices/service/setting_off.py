"""Open items of documents, and credits of an account set off against what it owes.

A credit note is an open item below zero. It is set off against the document it corrects, then
against the oldest invoices of the account; what is left waits for the next invoice. AR moves
when a document is issued, so setting off needs no journal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.money import ZERO, add, subtract
from groschen.features.invoices.queries import documents as queries
from groschen.features.invoices.service.settling import settle
from groschen.features.receivables import service as receivables
from groschen.features.receivables.model import Allocation, AllocationKind, OpenItem
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal
    from uuid import UUID

    from groschen.features.invoices.model import Invoice
    from groschen.kit.db import Scope


async def open_item(scope: Scope, invoice: Invoice, refund_id: UUID | None = None) -> None:
    """Store what a document leaves to pay, or to give back, and set off what can be.

    A document of nothing has no open item: what it gives back pays what it charges. A credit note
    that the refund ``refund_id`` has paid out is set against that, and what it gave back was not
    received for its lines.
    """
    if not invoice.gross:
        await settle(scope, new_id(), {invoice.id: ZERO})
        return
    item = OpenItem(
        id=new_id(),
        account_id=invoice.account_id,
        party_id=invoice.party_id,
        source_id=invoice.id,
        currency=invoice.currency,
        amount=invoice.owed,
        open_amount=invoice.owed,
        opened_on=invoice.issued_on,
        due_on=invoice.due_on,
    )
    await receivables.open_items(scope, [item])
    if refund_id is not None:
        paid_out = Allocation(item.id, refund_id, AllocationKind.REFUND, item.amount)
        await receivables.allocate(scope, [paid_out])
        await settle(scope, refund_id, {invoice.id: item.amount})
        return
    await set_off(scope, invoice.account_id, invoice.currency, first=invoice.corrects_id)


async def set_off(
    scope: Scope, account_id: UUID, currency: str, *, first: UUID | None = None
) -> None:
    """Set the credits of an account off against its invoices, ``first`` before the oldest."""
    items = await receivables.open_of_account(scope, account_id, currency)
    granted = [item for item in items if item.open_amount < 0]
    payable = await _of_invoices(scope, items) if granted else []
    payable.sort(key=lambda item: (item.source_id != first, item.id))
    pairs = list(_pairs(granted, payable))
    await receivables.allocate(scope, pairs)
    sources = {item.id: item.source_id for item in items}
    settled: dict[UUID, Decimal] = {}
    for one in pairs:
        source_id = sources[one.open_item_id]
        settled[source_id] = add(settled.get(source_id, ZERO), one.amount)
    if settled:
        await settle(scope, new_id(), settled)


async def debts(scope: Scope, account_id: UUID, currency: str) -> list[OpenItem]:
    """What is open of an account's invoices, oldest first; locked till the commit."""
    items = await receivables.open_of_account(scope, account_id, currency)
    return await _of_invoices(scope, items)


async def _of_invoices(scope: Scope, items: Sequence[OpenItem]) -> list[OpenItem]:
    """Those items that invoices ask for: what orders owe is paid by payments of their own."""
    owed = [item for item in items if item.open_amount > 0]
    known = await queries.invoices(scope, [item.source_id for item in owed]) if owed else []
    invoices = {invoice.id for invoice in known}
    return [item for item in owed if item.source_id in invoices]


def _pairs(granted: Sequence[OpenItem], debts: Sequence[OpenItem]) -> Iterator[Allocation]:
    """Allocations that come in pairs: one takes from a debt what the other takes from a credit."""
    left = {item.id: item.open_amount for item in debts}
    for credit in granted:
        rest = subtract(ZERO, credit.open_amount)
        for debt in debts:
            amount = min(rest, left[debt.id])
            if amount > 0:
                rest, left[debt.id] = subtract(rest, amount), subtract(left[debt.id], amount)
                yield _allocation(debt, credit, amount)
                yield _allocation(credit, debt, subtract(ZERO, amount))


def _allocation(item: OpenItem, other: OpenItem, amount: Decimal) -> Allocation:
    return Allocation(item.id, other.source_id, AllocationKind.CREDIT, amount)
