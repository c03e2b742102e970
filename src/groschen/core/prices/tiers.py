"""Tiers, as graduated and volume prices have them: only upper bounds are stored, inclusive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from groschen.core.fields import FieldInvalid, Fields
from groschen.core.money import ZERO, Money, amount_text, subtract
from groschen.core.prices.model import PriceLine, line_of

MOST_TIERS: Final = 100


@dataclass(frozen=True, slots=True)
class Tier:
    """Units up to ``up_to`` (inclusive; None without end) at ``unit_price``.

    ``flat_fee`` is due once when the tier is entered.
    """

    up_to: Decimal | None
    unit_price: Money
    flat_fee: Money


@dataclass(frozen=True, slots=True)
class Reached:
    """A tier that was entered: its number from 1, its lower bound, and the units in it."""

    number: int
    tier: Tier
    above: Decimal
    units: Decimal

    def lines(self, units: Decimal) -> Iterator[PriceLine]:
        """The line of ``units`` and that of the fee; none for nothing."""
        name, bounds = f"tier {self.number}", (self.above, self.tier.up_to)
        if units:
            yield line_of(name, units, self.tier.unit_price, *bounds)
        if self.tier.flat_fee.amount:
            yield line_of(f"{name} fee", Decimal(1), self.tier.flat_fee, *bounds)


def entered(tiers: Sequence[Tier], quantity: Decimal, *, at_zero: bool) -> tuple[Reached, ...]:
    """The tiers that ``quantity`` enters, from the first to the one that holds it.

    Nothing is entered at zero or below; with ``at_zero`` the first one is, without units.
    """
    if quantity <= 0:
        return (Reached(1, tiers[0], ZERO, ZERO),) if at_zero else ()
    found: list[Reached] = []
    above = ZERO
    for number, tier in enumerate(tiers, start=1):
        top = quantity if tier.up_to is None else min(quantity, tier.up_to)
        if top > above:
            found.append(Reached(number, tier, above, subtract(top, above)))
        above = top
    return tuple(found)


def read_tiers(params: Fields, currency: str) -> tuple[Tier, ...]:
    """Read [{"up_to": "100", "unit_price": "1.00", "flat_fee": "0.00"}, ...].

    Bounds ascend, each above zero; the last tier, and no other, has none.
    """
    entries = list(params.objects("tiers"))
    if len(entries) > MOST_TIERS:
        raise FieldInvalid(
            f"{params.at('tiers')} has {len(entries)} entries",
            field=params.at("tiers"),
            hint=f"use at most {MOST_TIERS} tiers",
        )
    tiers: list[Tier] = []
    below = ZERO
    for entry in entries:
        tier = _read_tier(entry, currency)
        _check_bound(entry, tier, below, is_last=entry is entries[-1])
        below = tier.up_to or below
        tiers.append(tier)
    return tuple(tiers)


def tier_params(tiers: Sequence[Tier]) -> list[dict[str, object]]:
    """The stored form."""
    return [
        {
            "up_to": None if tier.up_to is None else f"{tier.up_to:f}",
            "unit_price": amount_text(tier.unit_price.amount, tier.unit_price.currency),
            "flat_fee": amount_text(tier.flat_fee.amount, tier.flat_fee.currency),
        }
        for tier in tiers
    ]


def _read_tier(entry: Fields, currency: str) -> Tier:
    tier = Tier(
        up_to=entry.decimal("up_to") if entry.has("up_to") else None,
        unit_price=entry.money("unit_price", currency),
        flat_fee=Money(entry.decimal("flat_fee", ZERO), currency),
    )
    entry.finish()
    return tier


def _check_bound(entry: Fields, tier: Tier, below: Decimal, *, is_last: bool) -> None:
    if tier.up_to is None and is_last:
        return
    if is_last:
        detail, hint = "the last tier has an upper bound", "leave up_to out, or add a tier"
    elif tier.up_to is None:
        detail, hint = "a tier before the last has no upper bound", "give up_to"
    elif tier.up_to <= below:
        detail, hint = "the upper bounds do not ascend from zero", f"give more than {below:f}"
    else:
        return
    raise FieldInvalid(detail, field=entry.at("up_to"), hint=hint)
