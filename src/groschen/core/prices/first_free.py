"""The first events of a window are free, the others cost a price for each unit."""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Self

from groschen.core.fields import Fields
from groschen.core.money import EXACT, ZERO, Money, add, add_all, amount_text, canonical
from groschen.core.prices.model import (
    Fact,
    FactIncomplete,
    PriceLine,
    PriceModel,
    line_of,
    price_model,
    quantity_of,
)
from groschen.core.totals import State, StateClass

MOST_FREE: Final = 1000
_PAID = "paid"
_Place = tuple[str, str, str]


@price_model("first_free", state=StateClass.ORDERED)
@dataclass(frozen=True, slots=True)
class FirstFreePrice(PriceModel):
    """The first ``free_events`` facts by time, source and id are free, whatever their quantity.

    Each unit of the others costs ``unit_price``. An earlier fact that comes late is free in
    the place of one that was: so any order of arrival costs the same. The state keeps the free
    facts by their place in the order and the sum of the others, so it stays small.
    """

    needs_quantity_only = False

    unit_price: Money
    free_events: int

    @property
    def currency(self) -> str:
        """The currency of ``unit_price``."""
        return self.unit_price.currency

    @classmethod
    def from_params(cls, params: Fields) -> Self:
        """Read {"currency": "EUR", "unit_price": "0.05", "free_events": 100}."""
        unit_price = params.money("unit_price", params.currency())
        return cls(unit_price, params.integer("free_events", 1, MOST_FREE))

    def to_params(self) -> dict[str, object]:
        """The stored form."""
        return {
            "currency": self.currency,
            "unit_price": amount_text(self.unit_price.amount, self.currency),
            "free_events": self.free_events,
        }

    def empty(self) -> State:
        """No fact at all."""
        return {}

    def fold_many(self, state: State, facts: Iterable[Fact]) -> State:
        """The state with more facts, in any order."""
        free = sorted(_free_of(state).items())
        paid = state.get(_PAID, ZERO)
        for fact in facts:
            insort(free, (_place_of(fact), quantity_of(fact)))
            if len(free) > self.free_events:
                _, quantity = free.pop()
                paid = EXACT.add(paid, quantity)
        cells = {json.dumps(place): canonical(quantity) for place, quantity in free}
        return {**cells, _PAID: canonical(paid)} if paid else cells

    def unfold(self, state: State, fact: Fact) -> None:
        """Always all facts again: which one becomes free instead is not kept."""
        del state, fact

    def quantity(self, state: State) -> Decimal:
        """Free and paid units together."""
        return add_all(state.values())

    def lines(self, state: State) -> tuple[PriceLine, ...]:
        """A line of the free units at no price, and one of the others."""
        free = add(*_free_of(state).values())
        paid = state.get(_PAID, ZERO)
        lines = (
            line_of("free", free, Money.zero(self.currency)),
            line_of("units", paid, self.unit_price),
        )
        return tuple(line for line in lines if line.quantity)


def _free_of(state: State) -> dict[_Place, Decimal]:
    return {_read_place(cell): number for cell, number in state.items() if cell != _PAID}


def _read_place(cell: str) -> _Place:
    at, source, name = json.loads(cell)
    return at, source, name


def _place_of(fact: Fact) -> _Place:
    at, source, name = fact.get("occurred_at"), fact.get("source"), fact.get("id")
    if not isinstance(at, datetime) or not isinstance(source, str) or not isinstance(name, str):
        raise FactIncomplete(
            "the fact has no place in the order of events",
            field="occurred_at",
            hint="use this price for events, which have a time, a source and an id",
        )
    return at.astimezone(UTC).isoformat(timespec="microseconds"), source, name
