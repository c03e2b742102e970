"""Packages: units are bought by the started package."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from groschen.core.fields import FieldInvalid, Fields
from groschen.core.money import EXACT, ZERO, Money, amount_text, subtract
from groschen.core.prices.model import (
    PriceLine,
    ProofStep,
    QuantityPrice,
    line_of,
    price_model,
    step_of,
)
from groschen.core.totals import StateClass


@price_model("package", state=StateClass.ADDITIVE)
@dataclass(frozen=True, slots=True)
class PackagePrice(QuantityPrice):
    """``package_price`` buys ``package_size`` units once ``free_units`` are used.

    A started package is charged in full; a quantity of zero or less costs nothing.
    """

    package_size: Decimal
    package_price: Money
    free_units: Decimal = ZERO

    @property
    def currency(self) -> str:
        """The currency of ``package_price``."""
        return self.package_price.currency

    @classmethod
    def from_params(cls, params: Fields) -> Self:
        """Read {"currency": "EUR", "package_size": "100", "package_price": "5", ...}."""
        price = params.money("package_price", params.currency())
        size = params.decimal("package_size")
        if not size:
            raise FieldInvalid(
                "a package holds nothing",
                field=params.at("package_size"),
                hint="give a size above zero",
            )
        return cls(size, price, params.decimal("free_units", ZERO))

    def to_params(self) -> dict[str, object]:
        """The stored form."""
        return {
            "currency": self.currency,
            "package_size": f"{self.package_size:f}",
            "package_price": amount_text(self.package_price.amount, self.currency),
            "free_units": f"{self.free_units:f}",
        }

    def lines_for(self, quantity: Decimal) -> tuple[PriceLine, ...]:
        """One line with the number of packages; none when the free units cover everything."""
        packages = self._packages(quantity)
        return (line_of("packages", packages, self.package_price),) if packages else ()

    def steps_for(self, quantity: Decimal) -> tuple[ProofStep, ...]:
        """How many packages were started, then what they cost."""
        units = f"({quantity:f} - {self.free_units:f}) / {self.package_size:f}"
        counted = ProofStep(
            "packages started", f"{units}, rounded up, at least 0", f"{self._packages(quantity):f}"
        )
        return counted, *map(step_of, self.lines_for(quantity))

    def _packages(self, quantity: Decimal) -> Decimal:
        paid = max(subtract(quantity, self.free_units), ZERO)
        whole, rest = EXACT.divmod(paid, self.package_size)
        return EXACT.add(whole, Decimal(1)) if rest else whole
