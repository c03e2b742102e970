"""What an offer says: wholesale prices, the retail corridor, read strictly and pinned by a hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast

from groschen.core.canonical import rule_hash
from groschen.core.components import ComponentKind
from groschen.core.fields import FieldInvalid, Fields
from groschen.core.period import Cadence
from groschen.core.prices import parse_price
from groschen.core.prices.model import QuantityPrice


@dataclass(frozen=True, slots=True)
class Corridor:
    """The lowest and highest net unit price at which a component may be sold on."""

    lowest: Decimal
    highest: Decimal

    @classmethod
    def read(cls, fields: Fields) -> Corridor:
        """Read {"lowest": "0.25", "highest": "0.40"}."""
        corridor = cls(fields.decimal("lowest"), fields.decimal("highest"))
        fields.finish()
        if corridor.lowest > corridor.highest:
            raise FieldInvalid(
                f"{fields.at('highest')} is below the lowest price",
                field=fields.at("highest"),
                hint="give the lowest price first",
            )
        return corridor


@dataclass(frozen=True, slots=True)
class OfferComponent:
    """A component that a reseller buys; ``price`` is net, of the quantity of one of its totals."""

    id: str
    kind: ComponentKind
    every: Cadence | None
    price: QuantityPrice
    corridor: Corridor | None

    def to_json(self) -> dict[str, object]:
        """The stored form."""
        corridor = self.corridor
        limits = (
            {}
            if corridor is None
            else {
                "corridor": {
                    "lowest": f"{corridor.lowest:f}",
                    "highest": f"{corridor.highest:f}",
                }
            }
        )
        every = {} if self.every is None else {"every": self.every.value}
        price = self.price.to_spec()
        return {"id": self.id, "kind": self.kind.value, **every, "price": price, **limits}


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """One version of an offer. ``vat_rate`` is that of the wholesaler's supply."""

    offer: str
    version: int
    name: str
    currency: str
    valid_from: datetime
    vat_rate: Decimal
    components: tuple[OfferComponent, ...]
    brand_slots: tuple[str, ...]

    def component(self, name: str) -> OfferComponent | None:
        """The component of this id."""
        return next((one for one in self.components if one.id == name), None)

    @property
    def agreement(self) -> str:
        """The external id of the reseller's agreement that books the cost."""
        return f"{self.offer}.v{self.version}"

    def to_json(self) -> dict[str, object]:
        """The stored form; ``parse_offer`` gives it back."""
        return {
            "offer": self.offer,
            "version": self.version,
            "name": self.name,
            "currency": self.currency,
            "valid_from": self.valid_from.isoformat(),
            "vat_rate": f"{self.vat_rate:f}",
            "components": [one.to_json() for one in self.components],
            "brand_slots": list(self.brand_slots),
        }

    @property
    def hash(self) -> str:
        """The SHA-256 of the stored form, in hex."""
        return rule_hash(self.to_json())


def parse_offer(data: object) -> OfferTerms:
    """Read stored terms."""
    fields = Fields(data)
    currency = fields.currency()
    terms = OfferTerms(
        offer=fields.text("offer"),
        version=fields.integer("version", 1, 2**31 - 1),
        name=fields.text("name"),
        currency=currency,
        valid_from=datetime.fromisoformat(fields.text("valid_from")),
        vat_rate=fields.decimal("vat_rate"),
        components=tuple(_component(one) for one in fields.objects("components")),
        brand_slots=tuple(cast("list[str]", fields.value("brand_slots"))),
    )
    fields.finish()
    return terms


def _component(fields: Fields) -> OfferComponent:
    component = OfferComponent(
        id=fields.text("id"),
        kind=fields.choice("kind", ComponentKind),
        every=fields.choice("every", Cadence) if fields.has("every") else None,
        price=cast("QuantityPrice", parse_price(fields.value("price"))),
        corridor=Corridor.read(fields.nested("corridor")) if fields.has("corridor") else None,
    )
    fields.finish()
    return component
