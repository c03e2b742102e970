"""Usage rules: a meter and a price together, as one function of the accepted events.

``book_charges`` handles all kinds of components alike: usage by ``UsageRule``, amounts that were
computed elsewhere (a recurring window, a one-time price, a minimum) by ``FixedRule``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from groschen.core.canonical import rule_hash
from groschen.core.errors import GroschenError, Kind
from groschen.core.meters import Meter, QuantityTooLarge, UsageFact
from groschen.core.meters.aggregation import within_limit
from groschen.core.money import EXACT, LIMIT, ZERO, Money, add_all
from groschen.core.prices import Fact, FactIncomplete, PriceLine, PriceModel, ProofStep
from groschen.core.prices.model import (
    QUANTITY,
    QuantityPrice,
    line_of,
    quantity_of,
    step_of,
    without_zeros,
)
from groschen.core.totals import State, StateClass

__all__ = ["FixedRule", "MeterUnfit", "QuantityRule", "Rule", "UsageFact", "UsageRule"]

AMOUNT = "amount"
_ONE = Decimal(1)


class MeterUnfit(GroschenError):
    """The price needs each event, the meter keeps only one number of them."""

    code = "meter_unfit"
    kind = Kind.INVALID


class Rule(Protocol):
    """What a total is computed with; ``rule_hash`` pins it."""

    @property
    def state_class(self) -> StateClass: ...
    @property
    def rule_hash(self) -> str: ...
    @property
    def currency(self) -> str: ...
    def empty(self) -> State: ...
    def check(self, fact: UsageFact) -> None: ...
    def fold(self, state: State, fact: UsageFact) -> State: ...
    def fold_many(self, state: State, facts: Iterable[UsageFact]) -> State: ...
    def unfold(self, state: State, fact: UsageFact) -> State | None: ...
    def quantity(self, state: State) -> Decimal: ...
    def lines(self, state: State) -> tuple[PriceLine, ...]: ...
    def steps(self, state: State) -> tuple[ProofStep, ...]: ...
    def amount(self, state: State) -> Money: ...


@dataclass(frozen=True, slots=True)
class UsageRule:
    """What the events of ``meter`` cost under ``price``, in the plan's basis.

    A price that is a function of the quantity takes any meter. One that looks at each event
    (a table of routes, the first n free) needs a count or a sum, else ``MeterUnfit``.
    """

    meter: Meter
    price: PriceModel
    state_class: StateClass = field(init=False, compare=False)
    """E when the price needs the order of events, else what the meter needs."""
    rule_hash: str = field(init=False, compare=False)
    """The SHA-256 that pins meter, price and the versions of their arithmetic, in hex."""

    def __post_init__(self) -> None:
        additive = self.meter.folding.state_class is StateClass.ADDITIVE
        if not isinstance(self.price, QuantityPrice) and not additive:
            raise MeterUnfit(
                f"{self.price.kind} prices each event, {self.meter.aggregation} keeps one number",
                field="meter",
                hint="use a meter that counts or sums",
            )
        decides = self.meter.folding if isinstance(self.price, QuantityPrice) else self.price
        object.__setattr__(self, "state_class", decides.state_class)
        version = self.meter.folding.version
        pinned = {"meter": self.meter.hash, "version": version, "price": self.price.rule_hash}
        object.__setattr__(self, "rule_hash", rule_hash(pinned))

    @property
    def currency(self) -> str:
        """The currency of all amounts."""
        return self.price.currency

    def empty(self) -> State:
        """The state before the first event."""
        return {}

    def check(self, fact: UsageFact) -> None:
        """Refuse a fact that cannot be counted, before anything is stored.

        Raises ``FactIncomplete``, ``ValueTooLong`` and what the price model raises.
        """
        self.meter.check(fact)
        if not isinstance(self.price, QuantityPrice):
            self.price.fold(self.price.empty(), self._priced(fact))

    def fold(self, state: State, fact: UsageFact) -> State:
        """The state with one more fact."""
        return self.fold_many(state, (fact,))

    def fold_many(self, state: State, facts: Iterable[UsageFact]) -> State:
        """The state with more facts, in any order. ``state`` itself is not changed.

        Raises what ``check`` raises, and ``QuantityTooLarge`` when the total would pass
        sixteen integer digits.
        """
        if isinstance(self.price, QuantityPrice):
            return self.meter.folding.fold_many(state, facts, self.meter.value or "")
        folded = self.price.fold_many(state, map(self._priced, facts))
        within_limit(self.price.quantity(folded))
        return folded

    def unfold(self, state: State, fact: UsageFact) -> State | None:
        """The state without a fact folded before; None: fold the window again without it."""
        if isinstance(self.price, QuantityPrice):
            return self.meter.folding.unfold(state, fact, self.meter.value or "")
        return self.price.unfold(state, self._priced(fact))

    def quantity(self, state: State) -> Decimal:
        """What was used, in the meter's unit."""
        if isinstance(self.price, QuantityPrice):
            return self.meter.folding.quantity(state)
        return self.price.quantity(state)

    def lines(self, state: State) -> tuple[PriceLine, ...]:
        """What is charged, line by line; the lines add up to ``amount``."""
        if isinstance(self.price, QuantityPrice):
            return self.price.lines_for(self.meter.folding.quantity(state))
        return self.price.lines(state)

    def steps(self, state: State) -> tuple[ProofStep, ...]:
        """How the amount comes about: the quantity first, then the price, tier by tier."""
        quantity = self.quantity(state)
        what = f"{self.meter.aggregation} of {self.meter.value or 'events'}"
        counted = ProofStep("quantity", what, f"{quantity:f}")
        if isinstance(self.price, QuantityPrice):
            return counted, *self.price.steps_for(quantity)
        return counted, *self.price.steps(state)

    def amount(self, state: State) -> Money:
        """What is charged: the sum of the lines, at twelve decimals, in the plan's basis.

        Raises ``QuantityTooLarge`` when the amount has more than sixteen integer digits.
        """
        return total_of(self.lines(state), self.currency)

    def _priced(self, fact: UsageFact) -> Fact:
        """The fact as the price sees it: its properties, quantity and place in the order."""
        return {
            **fact.properties,
            QUANTITY: self.meter.folding.number(fact, self.meter.value or ""),
            "occurred_at": fact.occurred_at,
            "source": fact.source,
            "id": fact.id,
        }


@dataclass(frozen=True, slots=True)
class FixedRule:
    """An amount that was computed elsewhere: each fact adds its ``amount`` and ``quantity``.

    ``component_hash`` pins what the amounts were computed with, ``label`` names the line.
    """

    component_hash: str
    currency: str
    label: str = "fixed"

    @property
    def state_class(self) -> StateClass:
        """Amounts add up."""
        return StateClass.ADDITIVE

    @property
    def rule_hash(self) -> str:
        """The SHA-256 that pins the component."""
        return self.component_hash

    def fact(
        self, source: str, fact_id: str, at: datetime, amount: Money, quantity: Decimal = _ONE
    ) -> UsageFact:
        """The fact that charges ``amount`` at the instant ``at``; twelve decimals, any sign."""
        properties = {AMOUNT: amount.amount, QUANTITY: quantity}
        return UsageFact(source, fact_id, "groschen.fixed", "", at, properties)

    def empty(self) -> State:
        """Nothing charged."""
        return {}

    def check(self, fact: UsageFact) -> None:
        """Refuse a fact without amount."""
        for _, number in self._numbers(fact):
            within_limit(number)

    def fold(self, state: State, fact: UsageFact) -> State:
        """The state with one more amount."""
        return self.fold_many(state, (fact,))

    def fold_many(self, state: State, facts: Iterable[UsageFact]) -> State:
        """The state with more amounts."""
        moved = dict(state)
        for fact in facts:
            for name, number in self._numbers(fact):
                moved[name] = EXACT.add(moved.get(name, ZERO), number)
        return without_zeros(moved)

    def unfold(self, state: State, fact: UsageFact) -> State:
        """The state without an amount."""
        moved = dict(state)
        for name, number in self._numbers(fact):
            moved[name] = EXACT.subtract(moved.get(name, ZERO), number)
        return without_zeros(moved)

    def quantity(self, state: State) -> Decimal:
        """The sum of the quantities."""
        return state.get(QUANTITY, ZERO)

    def lines(self, state: State) -> tuple[PriceLine, ...]:
        """One line with the amount; none when nothing is charged."""
        amount = Money(state.get(AMOUNT, ZERO), self.currency)
        return (line_of(self.label, _ONE, amount),) if amount.amount else ()

    def steps(self, state: State) -> tuple[ProofStep, ...]:
        """The amount."""
        return tuple(step_of(line) for line in self.lines(state))

    def amount(self, state: State) -> Money:
        """The sum of the amounts."""
        return total_of(self.lines(state), self.currency)

    @staticmethod
    def _numbers(fact: UsageFact) -> tuple[tuple[str, Decimal], ...]:
        amount = fact.properties.get(AMOUNT)
        quantity = fact.properties.get(QUANTITY, _ONE)
        if not isinstance(amount, Decimal) or not isinstance(quantity, Decimal):
            raise FactIncomplete(
                "a fixed charge needs a decimal amount", field=AMOUNT, hint="give an amount"
            )
        return (AMOUNT, amount), (QUANTITY, quantity)


@dataclass(frozen=True, slots=True)
class QuantityRule:
    """What a quantity costs that somebody else measured: each fact adds its ``quantity``.

    A wholesaler prices with it what a reseller used. The amount is a function of the sum, so it
    does not depend on how the sum came about.
    """

    price: QuantityPrice
    rule_hash: str = field(init=False, compare=False)
    """The SHA-256 that pins the price, in hex."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rule_hash", rule_hash({"quantity": self.price.rule_hash}))

    @property
    def state_class(self) -> StateClass:
        """Quantities add up."""
        return StateClass.ADDITIVE

    @property
    def currency(self) -> str:
        """The currency of all amounts."""
        return self.price.currency

    def fact(self, source: str, fact_id: str, at: datetime, quantity: Decimal) -> UsageFact:
        """The fact that ``quantity`` units were used at the instant ``at``; any sign."""
        return UsageFact(source, fact_id, "groschen.quantity", "", at, {QUANTITY: quantity})

    def empty(self) -> State:
        """Nothing used."""
        return {}

    def check(self, fact: UsageFact) -> None:
        """Refuse a fact without a quantity."""
        within_limit(quantity_of(fact.properties))

    def fold(self, state: State, fact: UsageFact) -> State:
        """The state with one more quantity."""
        return self.fold_many(state, (fact,))

    def fold_many(self, state: State, facts: Iterable[UsageFact]) -> State:
        """The state with more quantities; raises ``QuantityTooLarge``."""
        folded = self.price.fold_many(state, (fact.properties for fact in facts))
        within_limit(self.price.quantity(folded))
        return folded

    def unfold(self, state: State, fact: UsageFact) -> State:
        """The state without a quantity."""
        return self.price.unfold(state, fact.properties)

    def quantity(self, state: State) -> Decimal:
        """The sum of the quantities."""
        return self.price.quantity(state)

    def lines(self, state: State) -> tuple[PriceLine, ...]:
        """What is charged, line by line."""
        return self.price.lines(state)

    def steps(self, state: State) -> tuple[ProofStep, ...]:
        """How the amount comes about."""
        return self.price.steps(state)

    def amount(self, state: State) -> Money:
        """The sum of the lines, at twelve decimals."""
        return total_of(self.lines(state), self.currency)


def total_of(lines: Iterable[PriceLine], currency: str) -> Money:
    """The sum of ``lines``; raises ``QuantityTooLarge`` above sixteen integer digits."""
    total = add_all(line.amount.amount for line in lines)
    if not -LIMIT < total < LIMIT:
        raise QuantityTooLarge(
            "the amount would pass 16 digits before the point",
            field="quantity",
            hint="void what was sent by mistake",
        )
    return Money(total, currency)
