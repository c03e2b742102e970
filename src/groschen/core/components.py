"""Components: what a plan is made of, and the amounts that need no event."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, cast

from groschen.core.canonical import rule_hash
from groschen.core.errors import GroschenError, invariant
from groschen.core.fields import FieldInvalid, Fields, join
from groschen.core.money import ZERO, CurrencyMismatch, Money, amount_text, round12
from groschen.core.period import Cadence
from groschen.core.prices import PriceModel, ProofStep, parse_price
from groschen.core.prices.model import QUANTITY
from groschen.core.totals import StateClass

NAME_FORM: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
MOST_VALID_DAYS: Final = 10 * 366
MOST_LABEL: Final = 200
MOST_UNIT: Final = 16


class ComponentKind(StrEnum):
    """What a component charges for."""

    ONE_TIME = "one_time"
    RECURRING = "recurring"
    USAGE = "usage"
    PREPAID_PACKAGE = "prepaid_package"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"

    @property
    def is_derived(self) -> bool:
        """Whether it is a function of other components' totals (class D)."""
        return self in {ComponentKind.MINIMUM, ComponentKind.MAXIMUM}

    @property
    def has_windows(self) -> bool:
        """Whether it is charged per window, so that ``every`` says how long one is."""
        return self not in {ComponentKind.ONE_TIME, ComponentKind.PREPAID_PACKAGE}


class Timing(StrEnum):
    """When a recurring window is charged: when it starts, or when it is over."""

    ADVANCE = "advance"
    ARREARS = "arrears"


@dataclass(frozen=True, slots=True)
class CreditTerms:
    """The bucket a prepaid package gives: ``amount``, spendable for ``valid_days``, or for ever."""

    amount: Money
    valid_days: int | None


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a plan; ``id`` stays the same across versions.

    ``price`` is there unless the kind is minimum or maximum, which have ``amount`` and ``of``.
    ``label`` and ``unit`` are what bills call it and count it in.
    """

    id: str
    kind: ComponentKind = ComponentKind.ONE_TIME
    price: PriceModel | None = None
    meter: str | None = None
    every: Cadence | None = None
    timing: Timing | None = None
    of: tuple[str, ...] = ()
    amount: Money | None = None
    credit: CreditTerms | None = None
    revenue_account: str | None = None
    label: str | None = None
    unit: str | None = None

    @property
    def priced(self) -> PriceModel:
        """The price of a component that has one."""
        if self.price is None:
            invariant(holds=False, message=f"{self.kind} has no price")
        return cast("PriceModel", self.price)

    @property
    def rule_hash(self) -> str:
        """The SHA-256 that pins the component and the arithmetic of its price, in hex."""
        price = None if self.price is None else self.price.rule_hash
        return rule_hash({"component": self.to_json(), "price": price})

    def to_json(self) -> dict[str, object]:
        """The stored form, without what is not given; a one-time component names no kind."""
        every = {
            "kind": None if self.kind is ComponentKind.ONE_TIME else self.kind,
            "price": None if self.price is None else self.price.to_spec(),
            "meter": self.meter,
            "every": self.every,
            "timing": self.timing,
            "of": list(self.of) or None,
            "amount": None
            if self.amount is None
            else amount_text(self.amount.amount, self.amount.currency),
            "credit": None if self.credit is None else _credit_json(self.credit),
            "revenue_account": self.revenue_account,
            "label": self.label,
            "unit": self.unit,
        }
        given = {name: value for name, value in every.items() if value is not None}
        return {"id": self.id, **given}


def _credit_json(credit: CreditTerms) -> dict[str, object]:
    amount = amount_text(credit.amount.amount, credit.amount.currency)
    return {"amount": amount, "valid_days": credit.valid_days}


def parse_component(fields: Fields, currency: str) -> Component:
    """Read a component as submitted or stored; all its amounts are in ``currency``.

    What does not belong to its kind is refused as an unknown field. Whether ``of`` names
    components is told by ``check_components``, whether ``meter`` exists by the catalog.
    """
    kind = fields.choice("kind", ComponentKind, ComponentKind.ONE_TIME)
    component = Component(
        id=_name(fields, "id"),
        kind=kind,
        price=None if kind.is_derived else _price(fields, kind, currency),
        meter=fields.text("meter") if kind is ComponentKind.USAGE else None,
        every=fields.choice("every", Cadence) if kind.has_windows else None,
        timing=fields.choice("timing", Timing, Timing.ADVANCE)
        if kind is ComponentKind.RECURRING
        else None,
        of=_names(fields, "of") if kind.is_derived else (),
        amount=_positive(fields, "amount", currency) if kind.is_derived else None,
        credit=_credit(fields.nested("credit"), currency)
        if kind is ComponentKind.PREPAID_PACKAGE
        else None,
        revenue_account=fields.text("revenue_account") if fields.has("revenue_account") else None,
        label=_short(fields, "label", MOST_LABEL) if fields.has("label") else None,
        unit=_short(fields, "unit", MOST_UNIT) if fields.has("unit") else None,
    )
    fields.finish()
    return component


def check_components(components: Sequence[Component], path: str = "components") -> None:
    """Refuse two components of one id, and minimums and maximums of what they cannot count.

    They count components with the same ``every``; a maximum no derived ones, a minimum also
    maximums. So maximums first, then minimums is an order without circles.
    """
    known: dict[str, Component] = {}
    for index, component in enumerate(components):
        if component.id in known:
            raise FieldInvalid(
                f"two components are called {component.id}",
                field=join(path, f"{index}.id"),
                hint="give each component an id of its own",
            )
        known[component.id] = component
    for index, component in enumerate(components):
        for place, name in enumerate(component.of):
            _check_source(component, name, known, join(path, f"{index}.of.{place}"))


def _check_source(
    derived: Component, name: str, known: Mapping[str, Component], field: str
) -> None:
    source = known.get(name)
    if source is None:
        raise FieldInvalid(
            f"{name[:64]!r} is no component of this plan",
            field=field,
            hint=f"the components are: {', '.join(sorted(known))}",
        )
    counts_maximum = derived.kind is ComponentKind.MINIMUM
    if source.kind.is_derived and not (counts_maximum and source.kind is ComponentKind.MAXIMUM):
        raise FieldInvalid(
            f"a {derived.kind} cannot count the {source.kind} {name}",
            field=field,
            hint="name the components it is made of",
        )
    if source.every is not derived.every:
        raise FieldInvalid(
            f"{name} is not charged every {derived.every}",
            field=field,
            hint=f"name components with every {derived.every}",
        )


def price_of(price: PriceModel, quantity: Decimal) -> Money:
    """What a bare ``quantity`` costs, at twelve decimals: of an item, not of events."""
    return price.amount(price.fold(price.empty(), {QUANTITY: quantity}))


def recurring_amount(component: Component, quantity: Decimal, part: Fraction) -> Money:
    """What a window costs: the price of the item's ``quantity`` times ``part``, round12.

    ``part`` is the part of the window that the item has, 1 for the whole.
    """
    whole = price_of(component.priced, quantity)
    return Money(round12(Fraction(whole.amount) * part), whole.currency)


def recurring_steps(
    component: Component, quantity: Decimal, part: Fraction
) -> tuple[ProofStep, ...]:
    """How ``recurring_amount`` comes about: the price of the quantity, then its part."""
    price = component.priced
    state = price.fold(price.empty(), {QUANTITY: quantity})
    steps = price.steps(state)
    if part == 1:
        return steps
    whole = amount_text(price.amount(state).amount, price.currency)
    prorated = recurring_amount(component, quantity, part)
    days = ProofStep(
        "part of the window",
        f"{whole} x {part.numerator}/{part.denominator}",
        amount_text(prorated.amount, prorated.currency),
    )
    return *steps, days


def minimum_amount(component: Component, part: Fraction, sum_of: Money) -> Money:
    """What is missing to the minimum, zero or more.

    The minimum is ``part`` of its amount, round12; ``sum_of`` is what its components cost.
    """
    amount = _amount_of(component)
    owed = Money(round12(Fraction(amount.amount) * part), amount.currency)
    return max(owed - sum_of, Money.zero(amount.currency))


def maximum_amount(component: Component, sum_of: Money) -> Money:
    """The discount above the maximum, zero or less; ``sum_of`` is what its components cost."""
    amount = _amount_of(component)
    return min(amount - sum_of, Money.zero(amount.currency))


def _amount_of(component: Component) -> Money:
    if component.amount is None:
        invariant(holds=False, message=f"{component.kind} has no amount")
    return cast("Money", component.amount)


def _price(fields: Fields, kind: ComponentKind, currency: str) -> PriceModel:
    """Read a price; its errors get the path of the price in front of theirs."""
    path = fields.at("price")
    try:
        price = parse_price(fields.value("price"))
    except GroschenError as refusal:
        field = join(path, refusal.field) if refusal.field and refusal.field != path else path
        raise type(refusal)(
            refusal.detail, field=field, hint=refusal.hint, **refusal.facts
        ) from refusal
    if price.currency != currency:
        raise CurrencyMismatch(
            f"the price is in {price.currency}, the plan in {currency}",
            field=join(path, "params.currency"),
            hint=f"give the price in {currency}",
            expected=currency,
            actual=price.currency,
        )
    _check_fit(price, kind, join(path, "kind"))
    return price


def _check_fit(price: PriceModel, kind: ComponentKind, field: str) -> None:
    """Only usage has events in an order; only usage and orders have facts beyond a quantity."""
    if kind is ComponentKind.USAGE or price.needs_quantity_only:
        return
    if kind is ComponentKind.ONE_TIME and price.state_class is not StateClass.ORDERED:
        return
    raise FieldInvalid(
        f"{price.kind} cannot price a {kind} component, which has only a quantity",
        field=field,
        hint="use a price of the quantity, such as per_unit",
    )


def _credit(fields: Fields, currency: str) -> CreditTerms:
    terms = CreditTerms(
        _positive(fields, "amount", currency),
        fields.integer("valid_days", 1, MOST_VALID_DAYS) if fields.has("valid_days") else None,
    )
    fields.finish()
    return terms


def _positive(fields: Fields, name: str, currency: str) -> Money:
    amount = fields.money(name, currency)
    if amount.amount == ZERO:
        raise FieldInvalid(
            f"{fields.at(name)} is zero", field=fields.at(name), hint="give more than zero"
        )
    return amount


def _name(fields: Fields, name: str) -> str:
    text = fields.text(name)
    if NAME_FORM.fullmatch(text) is None:
        raise FieldInvalid(
            f"{fields.at(name)} cannot be {text[:64]!r}",
            field=fields.at(name),
            hint="use small letters, digits and _, such as fare",
        )
    return text


def _names(fields: Fields, name: str) -> tuple[str, ...]:
    names = fields.value(name)
    if not isinstance(names, list | tuple) or not names:
        raise FieldInvalid(
            f"{fields.at(name)} must be a list that is not empty",
            field=fields.at(name),
            hint='name components, such as ["energy"]',
        )
    found: list[str] = []
    for index, entry in enumerate(cast("Sequence[object]", names)):
        if not isinstance(entry, str) or entry in found:
            raise FieldInvalid(
                f"{fields.at(name)}.{index} is no text, or named twice",
                field=f"{fields.at(name)}.{index}",
                hint="name each component once",
            )
        found.append(entry)
    return tuple(found)


def _short(fields: Fields, name: str, most: int) -> str:
    text = fields.text(name)
    if len(text) > most:
        raise FieldInvalid(
            f"{fields.at(name)} has {len(text)} characters",
            field=fields.at(name),
            hint=f"use at most {most}",
        )
    return text
