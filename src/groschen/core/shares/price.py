"""What a price model says of the quantity: a reseller's buy price."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Self

from groschen.core.errors import GroschenError
from groschen.core.fields import FieldInvalid, Fields, join
from groschen.core.money import add_all, amount_text
from groschen.core.prices import parse_price
from groschen.core.prices.model import QuantityPrice
from groschen.core.shares.rule import Base, Portion, ShareBase, ShareFormula, share_rule


@share_rule("price")
@dataclass(frozen=True, slots=True)
class PriceShare(ShareFormula):
    """What ``price`` asks for the quantity of the line, whatever the line costs the customer.

    It is at twelve decimals, as the supplier computes it with the same price.
    """

    bases: ClassVar[frozenset[Base]] = frozenset({Base.NET})

    price: QuantityPrice

    @classmethod
    def from_params(cls, params: Fields, currency: str) -> Self:
        """Read {"price": {"kind": "per_unit", "params": {...}}}: a price of a bare quantity."""
        path = params.at("price")
        try:
            price = parse_price(params.value("price"))
        except GroschenError as refusal:
            field = join(path, refusal.field) if refusal.field and refusal.field != path else path
            raise type(refusal)(refusal.detail, field=field, hint=refusal.hint) from refusal
        if not isinstance(price, QuantityPrice):
            raise FieldInvalid(
                f"{price.kind} does not price a bare quantity",
                field=join(path, "kind"),
                hint="use a price of the quantity, such as per_unit",
            )
        if price.currency != currency:
            raise FieldInvalid(
                f"the price is in {price.currency}, the agreement in {currency}",
                field=join(path, "params.currency"),
                hint=f"give the price in {currency}",
            )
        return cls(price)

    def to_params(self) -> dict[str, object]:
        """The stored form."""
        return {"price": self.price.to_spec()}

    def portions(self, beneficiary: str, value: Fraction, line: ShareBase) -> tuple[Portion, ...]:
        """One part: the price of the quantity."""
        del value
        amount = add_all(one.amount.amount for one in self.price.lines_for(line.quantity))
        factors = {
            "price": self.price.rule_hash,
            "quantity": f"{line.quantity:f}",
            "amount": amount_text(amount, self.price.currency),
        }
        return (Portion(beneficiary, Fraction(amount), factors),)
