"""Rules as a proof keeps them: enough to price a folded state again, years later."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from groschen.core.errors import GroschenError
from groschen.core.fields import Fields, join
from groschen.core.meters import parse_meter
from groschen.core.money import parse_amount
from groschen.core.prices import PriceModel, parse_price
from groschen.core.prices.model import PriceLine
from groschen.core.totals import State
from groschen.core.usage import FixedRule, UsageRule


@dataclass(frozen=True, slots=True)
class PinnedRule:
    """What prices the state of a line: usage, an amount computed elsewhere, or a bare price.

    A bare price is that of a line somebody wrote by hand.
    """

    pricing: UsageRule | FixedRule | PriceModel

    @property
    def rule_hash(self) -> str:
        """The SHA-256 of the rule."""
        return self.pricing.rule_hash

    def quantity(self, state: State) -> Decimal:
        """How much was used."""
        return self.pricing.quantity(state)

    def lines(self, state: State) -> tuple[PriceLine, ...]:
        """What is charged, line by line."""
        return self.pricing.lines(state)

    def amount(self, state: State) -> Decimal:
        """What is charged, at twelve decimals."""
        return self.pricing.amount(state).amount

    def to_json(self) -> dict[str, object]:
        """The stored form, as ``read_rule`` reads it."""
        if isinstance(self.pricing, FixedRule):
            fixed = self.pricing
            return {
                "fixed": fixed.component_hash,
                "currency": fixed.currency,
                "label": fixed.label,
            }
        if isinstance(self.pricing, UsageRule):
            meter, price = self.pricing.meter, self.pricing.price
            return {"meter": meter.to_json(), "price": price.to_spec()}
        return {"price": self.pricing.to_spec()}


def read_rule(data: object, path: str = "rule") -> PinnedRule:
    """Read the stored form of a rule; errors name the field below ``path``."""
    fields = Fields(data, path)
    if fields.has("fixed"):
        fixed = FixedRule(fields.text("fixed"), fields.currency(), fields.text("label"))
        fields.finish()
        return PinnedRule(fixed)
    meter = fields.value("meter") if fields.has("meter") else None
    spec = fields.value("price")
    fields.finish()
    try:
        price = parse_price(spec)
        return PinnedRule(price if meter is None else UsageRule(parse_meter(meter), price))
    except GroschenError as refusal:
        field = join(path, refusal.field or "price")
        raise type(refusal)(refusal.detail, field=field, hint=refusal.hint) from refusal


def read_state(data: object, path: str) -> State:
    """Read a stored state: every cell a decimal as text."""
    fields = Fields(data, path)
    cells = [cell for cell, _ in fields.members()]
    return {cell: parse_amount(fields.text(cell), fields.at(cell)) for cell in cells}
