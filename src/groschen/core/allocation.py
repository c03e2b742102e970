"""A payment meets what is open: which items it pays, and what part of shares it releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from uuid import UUID

from groschen.core.errors import GroschenError, Kind
from groschen.core.money import Money


class ItemNotOpen(GroschenError):
    """A payer named an item that is not among the open ones."""

    code = "item_not_open"
    kind = Kind.UNPROCESSABLE


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something a customer owes; ``open_amount`` is what is left of it, above zero."""

    id: UUID
    due_on: date
    open_amount: Money


@dataclass(frozen=True, slots=True)
class AllocatedPart:
    """What a payment pays of one item."""

    item_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True)
class Allocation:
    """A payment divided: ``parts`` and ``unallocated`` add up to it."""

    parts: tuple[AllocatedPart, ...]
    unallocated: Money
    """What no item needed; it stays the customer's credit."""


def allocate(payment: Money, items: Sequence[OpenItem], named: Sequence[UUID] = ()) -> Allocation:
    """Divide ``payment`` among ``items``: those the payer named first, then the oldest due.

    Items due on the same day are paid in the order of their ids. Raises ``ItemNotOpen`` and
    ``CurrencyMismatch``.
    """
    left = payment
    parts: list[AllocatedPart] = []
    for item in _in_order(items, named):
        amount = min(left, item.open_amount)
        if amount > Money.zero(payment.currency):
            parts.append(AllocatedPart(item.id, amount))
            left -= amount
    return Allocation(tuple(parts), left)


def _in_order(items: Sequence[OpenItem], named: Sequence[UUID]) -> list[OpenItem]:
    open_ids = {item.id for item in items}
    for item_id in named:
        if item_id not in open_ids:
            raise ItemNotOpen(
                "the payer named an item that is not open",
                field="items",
                hint="leave it out, or name an item that is open",
                item_id=item_id,
            )
    rank = {item_id: index for index, item_id in enumerate(named)}
    return sorted(items, key=lambda item: (rank.get(item.id, len(rank)), item.due_on, item.id))


def release_fraction(paid: Money, gross: Money) -> Fraction:
    """The part of a line's shares that is owed once ``paid`` of ``gross`` has been paid.

    ``paid`` is all that was paid so far, less what went back; more than the gross releases
    no more than all, and a line without a price is paid from the start. Use it with
    ``portion_between`` from one payment to the next, so that the releases sum to the share.
    """
    if not gross.amount:
        return Fraction(1)
    paid_part = Fraction((paid - Money.zero(gross.currency)).amount) / Fraction(gross.amount)
    return min(max(paid_part, Fraction(0)), Fraction(1))
