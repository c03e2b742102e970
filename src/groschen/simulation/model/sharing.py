"""The model's own reading of plan and agreement: what a line costs and who gets what of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from groschen.simulation.model.exact import ZERO, half_up, tax_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json: TypeAlias = dict[str, Any]
TAX_RATES: Final = {"standard": Fraction(19, 100), "reduced": Fraction(7, 100)}
SELLER: Final = "seller"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line as it was ordered, with the terms that hold for it."""

    plan: Json
    agreement: Json | None
    tax_class: str
    route: str | None
    quantity: Fraction


@dataclass(frozen=True, slots=True)
class Part:
    """What one rule gives one partner; ``commission`` is what its statement takes of it, net."""

    rule: str
    partner: str
    amount: Fraction
    commissions: tuple[Commission, ...]
    kept_on: frozenset[str]


@dataclass(frozen=True, slots=True)
class Commission:
    """A deduction on the statement; ``kept_on`` are the events at which it is not given back."""

    amount: Fraction
    vat_rate: Fraction
    kept_on: frozenset[str]


@dataclass(frozen=True, slots=True)
class Priced:
    """A line in figures: ``gross`` and ``net`` in cents, the parts exact."""

    gross: Fraction
    net: Fraction
    parts: tuple[Part, ...]
    released_at: str
    """``on_payment`` or ``on_sale``."""

    @property
    def shared(self) -> Fraction:
        """What all partners get of the line."""
        return sum((part.amount for part in self.parts), start=ZERO)


def price(wanted: Wanted) -> Priced:
    """Price a line, take the tax out or put it on, and share what results."""
    rate = TAX_RATES[wanted.tax_class]
    amount = half_up(_amount(wanted))
    if wanted.plan["basis"] == "gross":
        gross, net = amount, amount - tax_within(amount, rate)
    else:
        gross, net = amount + half_up(amount * rate), amount
    if wanted.agreement is None:
        return Priced(gross, net, (), "on_payment")
    terms = wanted.agreement
    parts = tuple(_parts(terms, wanted, gross, net))
    return Priced(gross, net, parts, terms.get("release", "on_payment"))


def _amount(wanted: Wanted) -> Fraction:
    spec = wanted.plan["components"][0]["price"]
    params = spec["params"]
    match spec["kind"]:
        case "flat":
            return Fraction(params["amount"])
        case "per_unit":
            return Fraction(params["unit_price"]) * wanted.quantity
        case _:
            return Fraction(params["routes"][wanted.route]["fare"]) * wanted.quantity


def _parts(terms: Json, wanted: Wanted, gross: Fraction, net: Fraction) -> Iterator[Part]:
    left = gross if terms["seller_role"] == "agent" else net
    for rule in terms["rules"]:
        if rule.get("deducted_from", "line") == "statement":
            continue
        value = {"gross": gross, "net": net, "left": left}[rule.get("base", "left")]
        for partner, amount in _pieces(rule, value, wanted):
            left -= amount
            if partner != SELLER:
                taken = tuple(_commissions(terms, rule["id"], amount, wanted.quantity))
                yield Part(rule["id"], partner, amount, taken, _kept_on(rule))


def _pieces(rule: Json, value: Fraction, wanted: Wanted) -> list[tuple[str, Fraction]]:
    """What a rule gives of ``value``, as (who, how much)."""
    who, params = rule.get("beneficiary", SELLER), rule.get("params", {})
    if rule["kind"] == "residual":
        return [(who, value)]
    if rule["kind"] != "apportion":
        return [(who, _simple(rule, value, wanted.quantity))]
    weights = _weights(params["weights"], wanted)
    whole = sum(weights.values(), start=ZERO)
    rate = Fraction(params.get("rate", "1"))
    return [(name, value * rate * weight / whole) for name, weight in weights.items()]


def _simple(rule: Json, value: Fraction, quantity: Fraction) -> Fraction:
    params = rule["params"]
    match rule["kind"]:
        case "percent":
            return value * Fraction(params["rate"])
        case "fixed":
            return Fraction(params["amount"])
        case _:
            return Fraction(params["unit_price"]) * quantity


def _weights(given: str | Mapping[str, str], wanted: Wanted) -> dict[str, Fraction]:
    if not isinstance(given, str):
        return {name: Fraction(weight) for name, weight in given.items()}
    routes = wanted.plan["components"][0]["price"]["params"]["routes"]
    return {leg["operator"]: Fraction(leg["weight"]) for leg in routes[wanted.route]["legs"]}


def _commissions(terms: Json, of: str, share: Fraction, quantity: Fraction) -> Iterator[Commission]:
    for rule in terms["rules"]:
        if rule.get("deducted_from") == "statement" and rule.get("of", "all") in ("all", of):
            amount = _simple(rule, share, quantity)
            yield Commission(amount, Fraction(rule["vat_rate"]), _kept_on(rule))


def _kept_on(rule: Json) -> frozenset[str]:
    events = {"refund": "on_refund", "chargeback": "on_chargeback"}
    return frozenset(event for event, name in events.items() if rule.get(name) == "keep")
