"""A total: the folded state of the accepted facts of one key, under one pinned rule.

What is booked is never an event but a difference: the amount of the state after, less the
amount booked before. So order, batching and repetition of facts do not change a bill.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from groschen.core.canonical import EventHash
from groschen.core.errors import invariant
from groschen.core.money import Money

NO_WINDOW = UUID(int=0)


class StateClass(StrEnum):
    """How a price model or an aggregation keeps its state, and so how facts may arrive."""

    ADDITIVE = "S"
    """Sums of functions of single events: add on arrival, subtract on a void."""
    EXTREMAL = "M"
    """Maximum, minimum, latest, unique set: grows in place, a void folds again."""
    ORDERED = "E"
    """Depends on the order of events: an earlier fact folds again from a snapshot."""
    DERIVED = "D"
    """A function of other totals in a fixed order."""


State = Mapping[str, Decimal]
"""The folded numbers of a total by cell; a cell that came back to zero is not kept."""


def state_to_json(state: State) -> dict[str, str]:
    """The stored form: decimals as text."""
    return {cell: f"{number:f}" for cell, number in state.items()}


def state_from_json(data: Mapping[str, str]) -> State:
    """Read back what ``state_to_json`` wrote."""
    return {cell: Decimal(number) for cell, number in data.items()}


@dataclass(frozen=True, slots=True)
class TotalKey:
    """What a total is kept for; the tenant is implied.

    ``owner_id`` is a subscription item, an order line, a session or a pool. ``component`` is
    the price component's identity, stable across plan versions. ``group`` holds the values of
    the price's dimensions in canonical form, empty without dimensions.
    """

    owner_id: UUID
    component: str
    window_id: UUID
    segment: int
    group: str

    @classmethod
    def of_order_line(cls, order_line_id: UUID, component: str) -> TotalKey:
        """The key of an order line: a total with one fact, without a window."""
        return cls(order_line_id, component, NO_WINDOW, segment=0, group="")


@dataclass(frozen=True, slots=True)
class TotalState:
    """The state of one total. ``amount`` is at twelve decimals, as far as it is booked."""

    key: TotalKey
    rule_hash: str
    state: State
    amount: Money
    facts: EventHash

    @classmethod
    def opened(cls, key: TotalKey, rule_hash: str, state: State, currency: str) -> TotalState:
        """A total before its first fact."""
        return cls(key, rule_hash, state, Money.zero(currency), EventHash())

    def changed(
        self, rule_hash: str, state: State, amount: Money, facts: EventHash
    ) -> tuple[TotalState, Money]:
        """The total with its new state, and the difference to be booked.

        The rule is pinned: another ``rule_hash`` needs a segment of its own.
        """
        invariant(rule_hash == self.rule_hash, "a total changed under a rule it is not pinned to")
        after = replace(self, state=state, amount=amount, facts=facts)
        return after, amount - self.amount
