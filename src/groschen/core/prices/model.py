"""What every price model offers, the registry of models, and how they are stored.

A model is one frozen dataclass in one file of this package, registered by ``@price_model``.
It is stored as ``kind`` and ``params``: JSON with decimals as strings. Prices are per plan
either gross or net; a model does not know which.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self, TypeVar

from groschen.core.canonical import rule_hash
from groschen.core.errors import GroschenError, Kind, invariant
from groschen.core.fields import Fields
from groschen.core.money import ZERO, Money, add, subtract
from groschen.core.totals import State, StateClass

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
    """What a customer reads: ``quantity`` x ``unit_price`` = ``amount``, at twelve decimals."""

    label: str
    quantity: Decimal
    unit_price: Money
    amount: Money


class PriceModel(ABC):
    """The arithmetic of one price. Amounts have twelve decimals and may be negative."""

    kind: ClassVar[str]
    state_class: ClassVar[StateClass]
    version: ClassVar[int] = 1
    """Raised when the arithmetic changes; it is part of the rule hash."""

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

    @abstractmethod
    def fold(self, state: State, fact: Fact) -> State:
        """The state with one more fact; raises ``FactIncomplete``."""

    @abstractmethod
    def lines(self, state: State) -> tuple[PriceLine, ...]:
        """What is charged for ``state``, line by line; none when nothing is charged."""

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
    """A model of class S: each fact adds a quantity to one cell and can be taken out again."""

    @abstractmethod
    def cell(self, fact: Fact) -> tuple[str, Decimal]:
        """Which cell of the state the fact counts in, and how much."""

    def empty(self) -> State:
        """No cell at all."""
        return {}

    def fold(self, state: State, fact: Fact) -> State:
        """The state with one more fact."""
        name, quantity = self.cell(fact)
        return _moved(state, name, quantity)

    def unfold(self, state: State, fact: Fact) -> State:
        """The state without a fact that was folded before."""
        name, quantity = self.cell(fact)
        return _moved(state, name, subtract(ZERO, quantity))


def _moved(state: State, name: str, quantity: Decimal) -> State:
    moved = {**state, name: add(state.get(name, ZERO), quantity)}
    return {cell: value for cell, value in moved.items() if value}


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
    quantity = fact.get("quantity")
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
