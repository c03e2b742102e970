"""Rules as a proof keeps them: enough to price a folded state again, years later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from groschen.core.errors import GroschenError
from groschen.core.fields import Fields, join
from groschen.core.money import Money, add_all, canonical, parse_amount
from groschen.core.prices import PriceModel, parse_price
from groschen.core.prices.model import PriceLine
from groschen.core.totals import State


class PinnedRule(Protocol):
    """What prices the state of a total, with the hash that pins it."""

    @property
    def rule_hash(self) -> str:
        """The SHA-256 of the rule."""
        ...

    def quantity(self, state: State) -> Decimal:
        """How much was used."""
        ...

    def lines(self, state: State) -> tuple[PriceLine, ...]:
        """What is charged, line by line."""
        ...

    def amount(self, state: State) -> Money:
        """What is charged, at twelve decimals."""
        ...

    def to_json(self) -> Mapping[str, object]:
        """The stored form, as ``read_rule`` reads it."""
        ...


@dataclass(frozen=True, slots=True)
class PriceRule:
    """A price by itself: a line somebody wrote by hand."""

    price: PriceModel

    @property
    def rule_hash(self) -> str:
        """The hash of the price."""
        return self.price.rule_hash

    def quantity(self, state: State) -> Decimal:
        """All cells of the state together."""
        return add_all(state.values())

    def lines(self, state: State) -> tuple[PriceLine, ...]:
        """The lines of the price."""
        return self.price.lines(state)

    def amount(self, state: State) -> Money:
        """What the price charges."""
        return self.price.amount(state)

    def to_json(self) -> Mapping[str, object]:
        """The price's own stored form."""
        return {"price": self.price.to_spec()}


def read_rule(data: object, path: str = "rule") -> PinnedRule:
    """Read the stored form of a rule; errors name the field below ``path``."""
    fields = Fields(data, path)
    spec = fields.value("price")
    fields.finish()
    try:
        return PriceRule(parse_price(spec))
    except GroschenError as refusal:
        field = join(fields.at("price"), refusal.field or "")
        raise type(refusal)(refusal.detail, field=field, hint=refusal.hint) from refusal


def state_json(state: State) -> dict[str, str]:
    """A state as a proof keeps it: every cell a decimal string."""
    return {cell: f"{canonical(value):f}" for cell, value in sorted(state.items())}


def read_state(data: object, path: str) -> State:
    """Read what ``state_json`` wrote."""
    fields = Fields(data, path)
    return {
        cell: parse_amount(fields.text(cell), fields.at(cell)) for cell, _ in list(fields.members())
    }
