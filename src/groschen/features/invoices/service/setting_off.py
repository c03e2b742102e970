"""Open items of documents, and credits of an account set off against what it owes.

A credit note is an open item below zero. It is set off against the document it corrects, then
against the oldest invoices of the account; what is left waits for the next invoice. AR moves
when a document is issued, so setting off needs no journal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.money import ZERO, subtract
from groschen.features.invoices.queries import documents as queries
from groschen.features.receivables import service as receivables
from groschen.features.receivables.model import Allocation, AllocationKind, OpenItem
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal
    from uuid import UUID

    from groschen.features.invoices.model import Invoice
    from groschen.kit.db import Scope


async def open_item(scope: Scope, invoice: Invoice) -> None:
    """Store what a document leaves to pay, or to give back, and set off what can be.

    A document of nothing has no open item.
    """
    if not invoice.gross:
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
    await set_off(scope, invoice.account_id, invoice.currency, first=invoice.corrects_id)


async def set_off(
    scope: Scope, account_id: UUID, currency: str, *, first: UUID | None = None
) -> None:
    """Set the credits of an account off against its invoices, ``first`` before the oldest.

    What orders owe is left alone: it is being paid by a payment of its own.
    """
    items = await receivables.open_of_account(scope, account_id, currency)
    granted = [item for item in items if item.open_amount < 0]
    debts = [item for item in items if item.open_amount > 0]
    known = await queries.invoices(scope, [item.source_id for item in debts]) if granted else []
    invoices = {invoice.id for invoice in known}
    payable = [item for item in debts if item.source_id in invoices]
    payable.sort(key=lambda item: (item.source_id != first, item.id))
    await receivables.allocate(scope, list(_pairs(granted, payable)))


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
