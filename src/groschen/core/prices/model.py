"""What every price model offers, the registry of models, and how they are stored.

A model is one frozen dataclass in one file of this package, registered by ``@price_model``.
It is stored as ``kind`` and ``params``: JSON with decimals as strings. Prices are per plan
either gross or net; a model does not know which.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self, TypeVar

from groschen.core.canonical import rule_hash
from groschen.core.errors import GroschenError, Kind, invariant
from groschen.core.fields import Fields
from groschen.core.money import (
    EXACT,
    ZERO,
    Money,
    add_all,
    amount_text,
    canonical,
    round12,
)
from groschen.core.totals import State, StateClass

QUANTITY = "quantity"
"""The cell, and the member of a fact, that holds a quantity."""
Fact = Mapping[str, object]
"""What happened, such as {"quantity": Decimal(2), "route": "CENTRE-HARBOUR"}."""


class PriceKindUnknown(GroschenError):
    """No price model has this name."""

    code = "price_kind_unknown"
    kind = Kind.INVALID


class FactIncomplete(GroschenError):
    """A fact lacks what the price needs, or has it in the wrong form."""

    code = "fact_incomplete"
    kind = Kind.UNPROCESSABLE


@dataclass(frozen=True, slots=True)
class Leg:
    """One operator's part of a route. ``weight`` (km, zones) divides the money, nothing else."""

    operator: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class PriceLine:
    """What a customer reads: ``quantity`` x ``unit_price`` = ``amount``, at twelve decimals.

    A line of a tier says where the tier lies: ``above`` (exclusive) and ``up_to`` (inclusive,
    None without end).
    """

    label: str
    quantity: Decimal
    unit_price: Money
    amount: Money
    above: Decimal | None = None
    up_to: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ProofStep:
    """One step anybody can repeat by hand: ``formula`` in figures and its ``result``."""

    name: str
    formula: str
    result: str


class PriceModel(ABC):
    """The arithmetic of one price. Amounts have twelve decimals and may be negative."""

    kind: ClassVar[str]
    state_class: ClassVar[StateClass]
    version: ClassVar[int] = 1
    """Raised when the arithmetic changes; it is part of the rule hash."""
    needs_quantity_only: ClassVar[bool] = True
    """Whether a bare quantity can be priced; else the facts need more, such as a route."""

    @property
    @abstractmethod
    def currency(self) -> str:
        """The ISO code of all amounts of this price."""

    @classmethod
    @abstractmethod
    def from_params(cls, params: Fields) -> Self:
        """Read the stored form; errors name the path of the field."""

    @abstractmethod
    def to_params(self) -> dict[str, object]:
        """The stored form: JSON with decimals as strings. ``from_params`` gives it back."""

    @abstractmethod
    def empty(self) -> State:
        """The state before the first fact."""

    def fold(self, state: State, fact: Fact) -> State:
        """The state with one more fact; raises ``FactIncomplete``."""
        return self.fold_many(state, (fact,))

    @abstractmethod
    def fold_many(self, state: State, facts: Iterable[Fact]) -> State:
        """The state with more facts: the same as one by one."""

    @abstractmethod
    def unfold(self, state: State, fact: Fact) -> State | None:
        """The state without a fact folded before; None when all facts must be folded again."""

    @abstractmethod
    def quantity(self, state: State) -> Decimal:
        """The quantity that was folded into ``state``."""

    @abstractmethod
    def lines(self, state: State) -> tuple[PriceLine, ...]:
        """What is charged for ``state``, line by line; none when nothing is charged."""

    def steps(self, state: State) -> tuple[ProofStep, ...]:
        """How the lines come about, for the proof: one step for each."""
        return tuple(step_of(line) for line in self.lines(state))

    def amount(self, state: State) -> Money:
        """What is charged for ``state``: the sum of its lines, at twelve decimals."""
        return sum((line.amount for line in self.lines(state)), start=Money.zero(self.currency))

    def legs_for(self, fact: Fact) -> tuple[Leg, ...]:
        """Who carries what the fact is about, for dividing the money; empty without legs."""
        del fact
        return ()

    def to_spec(self) -> dict[str, object]:
        """Kind and parameters together, as ``parse_price`` reads them."""
        return {"kind": self.kind, "params": self.to_params()}

    @property
    def rule_hash(self) -> str:
        """The SHA-256 that pins this price: kind, version of the arithmetic, parameters."""
        return rule_hash({**self.to_spec(), "version": self.version})


class AdditivePrice(PriceModel):
    """A model of class S: each fact adds numbers to cells and can be taken out again."""

    @abstractmethod
    def cells(self, fact: Fact) -> tuple[tuple[str, Decimal], ...]:
        """Which cells of the state the fact counts in, and how much in each."""

    def empty(self) -> State:
        """No cell at all."""
        return {}

    def fold_many(self, state: State, facts: Iterable[Fact]) -> State:
        """The state with more facts."""
        moved = dict(state)
        for fact in facts:
            for name, number in self.cells(fact):
                moved[name] = EXACT.add(moved.get(name, ZERO), number)
        return without_zeros(moved)

    def unfold(self, state: State, fact: Fact) -> State:
        """The state without a fact that was folded before."""
        moved = dict(state)
        for name, number in self.cells(fact):
            moved[name] = EXACT.subtract(moved.get(name, ZERO), number)
        return without_zeros(moved)

    def quantity(self, state: State) -> Decimal:
        """The sum of all cells."""
        return add_all(state.values())


class QuantityPrice(AdditivePrice):
    """A function of one quantity, whatever the single facts were.

    So the quantity may also come from a meter that keeps a maximum or counts what is unique.
    """

    def cells(self, fact: Fact) -> tuple[tuple[str, Decimal], ...]:
        """The quantity of the fact."""
        return ((QUANTITY, quantity_of(fact)),)

    def lines(self, state: State) -> tuple[PriceLine, ...]:
        """What the quantity of ``state`` costs."""
        return self.lines_for(state.get(QUANTITY, ZERO))

    def steps(self, state: State) -> tuple[ProofStep, ...]:
        """How the price of the quantity of ``state`` comes about."""
        return self.steps_for(state.get(QUANTITY, ZERO))

    @abstractmethod
    def lines_for(self, quantity: Decimal) -> tuple[PriceLine, ...]:
        """What ``quantity`` units of one window cost; each line is at twelve decimals."""

    def steps_for(self, quantity: Decimal) -> tuple[ProofStep, ...]:
        """How the price of ``quantity`` comes about: one step for each line."""
        return tuple(step_of(line) for line in self.lines_for(quantity))


def without_zeros(cells: State) -> State:
    """The cells in their canonical form, without those that came back to zero."""
    return {name: canonical(number) for name, number in cells.items() if number}


def step_of(line: PriceLine) -> ProofStep:
    """The step of a line: quantity times unit price."""
    unit_price = amount_text(line.unit_price.amount, line.unit_price.currency)
    formula = f"{line.quantity:f} x {unit_price}"
    return ProofStep(line.label, formula, amount_text(line.amount.amount, line.amount.currency))


def line_of(
    label: str,
    quantity: Decimal,
    unit_price: Money,
    above: Decimal | None = None,
    up_to: Decimal | None = None,
) -> PriceLine:
    """A line; its amount is rounded to twelve decimals."""
    amount = round12(EXACT.multiply(unit_price.amount, quantity))
    money = Money(amount, unit_price.currency)
    return PriceLine(label, quantity, unit_price, money, above, up_to)


ModelT = TypeVar("ModelT", bound=PriceModel)
_MODELS: dict[str, type[PriceModel]] = {}


def price_model(kind: str, *, state: StateClass) -> Callable[[type[ModelT]], type[ModelT]]:
    """Register a price model under ``kind``, the name it is stored with."""

    def register(model: type[ModelT]) -> type[ModelT]:
        invariant(kind not in _MODELS, f"two price models are called {kind}")
        model.kind = kind
        model.state_class = state
        _MODELS[kind] = model
        return model

    return register


def price_kinds() -> tuple[str, ...]:
    """The names of all price models, sorted."""
    return tuple(sorted(_MODELS))


def parse_price(spec: object) -> PriceModel:
    """Read a stored or submitted price: {"kind": ..., "params": {...}}."""
    fields = Fields(spec)
    kind = fields.text("kind")
    model = _MODELS.get(kind)
    if model is None:
        raise PriceKindUnknown(
            f"there is no price model {kind!r}",
            field=fields.at("kind"),
            hint=f"use one of: {', '.join(price_kinds())}",
        )
    params = fields.nested("params")
    fields.finish()
    price = model.from_params(params)
    params.finish()
    return price


def quantity_of(fact: Fact) -> Decimal:
    """The quantity of a fact; raises ``FactIncomplete``."""
    quantity = fact.get(QUANTITY)
    if not isinstance(quantity, Decimal):
        raise FactIncomplete(
            "the fact has no decimal quantity",
            field="quantity",
            hint='give a quantity such as "1"',
        )
    if not quantity.is_finite():
        raise FactIncomplete(
            "the quantity is not a number", field="quantity", hint='give a quantity such as "1"'
        )
    return quantity
