"""Open items and what is set against them.

Receivables keep who owes what; the journals (AR against sales, payments, credits) are posted by
the feature that knows the cause, in the same transaction.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.money import ZERO, add, subtract
from groschen.features.receivables import queries
from groschen.features.receivables.model import (
    Allocated,
    Allocation,
    OpenItem,
    OpenItemFilter,
    OpenItemNotFound,
    OpenOfAccount,
    OverAllocated,
)
from groschen.kit.db import Scope
from groschen.kit.http import Slice
from groschen.kit.ids import new_id
from groschen.kit.rows import json_rows


async def open_items(scope: Scope, items: Sequence[OpenItem]) -> None:
    """Store new open items; all of them are wholly unpaid."""
    if items:
        await queries.insert_open_items(scope, json_rows(items))


async def allocate(scope: Scope, allocations: Sequence[Allocation]) -> dict[UUID, OpenItem]:
    """Set amounts against open items and return the items as they are now, by id.

    Positive amounts pay, negative ones open the item again; of a credit (an item below zero) it
    is the other way round. Locks the items in id order. Raises OverAllocated when an item would
    pass zero or its own amount.
    """
    if not allocations:
        return {}
    change: dict[UUID, Decimal] = defaultdict(lambda: ZERO)
    for allocation in allocations:
        item_id = allocation.open_item_id
        change[item_id] = add(change[item_id], allocation.amount)
    locked = await queries.lock_open_items(scope, sorted(change))
    invariant(len(locked) == len(change), "an allocation names an open item that does not exist")
    after = {item.id: _reduced(item, change[item.id]) for item in locked}
    await queries.allocate(
        scope,
        json_rows([_allocation_row(allocation) for allocation in allocations]),
        json_rows([{"id": item.id, "open_amount": item.open_amount} for item in after.values()]),
    )
    return after


async def of_sources(scope: Scope, source_ids: Sequence[UUID]) -> list[OpenItem]:
    """The open items of orders."""
    return await queries.open_items_of_sources(scope, source_ids) if source_ids else []


async def open_of_account(scope: Scope, account_id: UUID, currency: str) -> list[OpenItem]:
    """What an account has open, debts and credits, oldest first; locked till the commit."""
    return await queries.lock_open_of_account(scope, account_id, currency)


async def page(scope: Scope, wanted: OpenItemFilter, asked: Slice) -> list[OpenItem]:
    """Open items, newest first; a customer's own, none for a partner."""
    return await queries.page_of_open_items(scope, wanted, scope.actor.party_id, asked)


async def open_of_accounts(
    scope: Scope, account_ids: Sequence[UUID]
) -> dict[UUID, list[OpenOfAccount]]:
    """What accounts that the caller may see have not paid yet, by account."""
    found: dict[UUID, list[OpenOfAccount]] = {account_id: [] for account_id in account_ids}
    for one in await queries.open_of_accounts(scope, account_ids) if account_ids else []:
        found[one.account_id].append(one)
    return found


async def find(scope: Scope, open_item_id: UUID) -> OpenItem:
    """Read one open item; raises OpenItemNotFound, also for one the actor may not see."""
    found = await queries.open_items(scope, [open_item_id])
    if not found or scope.actor.party_id not in (None, found[0].party_id):
        raise OpenItemNotFound(
            "there is no such open item",
            field="open_item_id",
            hint="list the open items with GET /v1/open_items",
        )
    return found[0]


async def allocated(scope: Scope, item: OpenItem) -> list[Allocated]:
    """What was set against an open item, oldest first."""
    return await queries.allocations_of_item(scope, item.id)


def _reduced(item: OpenItem, amount: Decimal) -> OpenItem:
    open_amount = subtract(item.open_amount, amount)
    if not min(item.amount, ZERO) <= open_amount <= max(item.amount, ZERO):
        raise OverAllocated(
            "more would be set against the open item than it allows",
            field="amount",
            hint="allocate at most what is open, give back at most what was paid",
            open_amount=item.open_amount,
            allocated=amount,
        )
    return replace(item, open_amount=open_amount)


def _allocation_row(allocation: Allocation) -> dict[str, object]:
    return {
        "id": new_id(),
        "open_item_id": allocation.open_item_id,
        "source_id": allocation.source_id,
        "kind": allocation.kind,
        "amount": allocation.amount,
    }
