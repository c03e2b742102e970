"""The terms of a plan version, read strictly from JSON and pinned by a hash.

Errors name the path of the field, such as ``components.0.price.params.routes.A-B.fare``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, cast

from groschen.core.canonical import rule_hash
from groschen.core.components import (
    NAME_FORM,
    Component,
    ComponentKind,
    check_components,
    parse_component,
)
from groschen.core.currencies import CURRENCIES, currency_digits
from groschen.core.errors import GroschenError, Kind
from groschen.core.fields import FieldInvalid, Fields, join
from groschen.core.money import Money, amount_text
from groschen.core.sale import Basis
from groschen.core.tax import TaxCategory

MOST_VALID_MINUTES: Final = 10 * 366 * 24 * 60
MOST_COMPONENTS: Final = 100
MOST_STEPS: Final = 20
MOST_DEPTH: Final = 8
MOST_VERSION: Final = 2**31 - 1


class DeliveryCircular(GroschenError):
    """Delivery steps wait for each other, so none could start."""

    code: ClassVar[str] = "delivery_circular"
    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(frozen=True, slots=True)
class DeliveryStep:
    """One step of delivering what was sold, done by ``adapter`` after the steps of ``after``."""

    step: str
    adapter: str
    after: tuple[str, ...]
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RefundTerms:
    """What a refund costs the customer: ``fee`` is gross, taxed by ``fee_tax_class``."""

    fee: Money
    fee_tax_class: TaxCategory


@dataclass(frozen=True, slots=True)
class WholesaleTerms:
    """Whose supply a reseller's plan sells on: an accepted ``version`` of an ``offer``."""

    offer: str
    version: int


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """Everything a version of a plan says.

    ``agreement`` is the external id of the agreement that shares the revenue. Without ``refund``
    an order of the plan cannot be refunded, without ``valid_minutes`` it does not expire. With
    ``wholesale`` what is used of it is bought from the tenant above.
    """

    currency: str
    basis: Basis
    components: tuple[Component, ...]
    agreement: str | None
    revenue_account: str
    valid_minutes: int | None
    delivery: tuple[DeliveryStep, ...]
    refund: RefundTerms | None
    wholesale: WholesaleTerms | None = None

    @property
    def is_for_orders(self) -> bool:
        """Whether it can be ordered: exactly one price, charged once. The rest is subscribed to."""
        return [one.kind for one in self.components] == [ComponentKind.ONE_TIME]

    @property
    def component(self) -> Component:
        """The only component of terms that are ``is_for_orders``."""
        return self.components[0]

    @property
    def meters(self) -> frozenset[str]:
        """The external ids of the meters that its prices need."""
        return frozenset(one.meter for one in self.components if one.meter is not None)

    def to_json(self) -> dict[str, object]:
        """The stored form; ``parse_terms`` gives the terms back."""
        wholesale = self.wholesale
        bought: dict[str, object] = (
            {}
            if wholesale is None
            else {"wholesale": {"offer": wholesale.offer, "version": wholesale.version}}
        )
        return {
            "currency": self.currency,
            "basis": self.basis,
            "components": [component.to_json() for component in self.components],
            "agreement": self.agreement,
            "revenue_account": self.revenue_account,
            "valid_minutes": self.valid_minutes,
            "delivery": [
                {
                    "step": step.step,
                    "adapter": step.adapter,
                    "after": list(step.after),
                    "settings": dict(step.settings),
                }
                for step in self.delivery
            ],
            "refund": None
            if self.refund is None
            else {
                "fee": amount_text(self.refund.fee.amount, self.currency),
                "fee_tax_class": self.refund.fee_tax_class,
            },
            **bought,
        }

    @property
    def hash(self) -> str:
        """The SHA-256 of the stored form, in hex; pins a version."""
        return rule_hash(self.to_json())


def parse_terms(data: object, path: str = "") -> PlanTerms:
    """Read terms as submitted or stored; errors name the field by its path below ``path``."""
    fields = Fields(data, path)
    currency = _currency(fields)
    terms = PlanTerms(
        currency=currency,
        basis=fields.choice("basis", Basis),
        components=_components(fields, currency),
        agreement=fields.text("agreement") if fields.has("agreement") else None,
        revenue_account=fields.text("revenue_account"),
        valid_minutes=_valid_minutes(fields),
        delivery=_delivery(fields),
        refund=_refund(fields.nested("refund"), currency) if fields.has("refund") else None,
        wholesale=_wholesale(fields.nested("wholesale")) if fields.has("wholesale") else None,
    )
    fields.finish()
    return terms


def _currency(fields: Fields) -> str:
    code = fields.text("currency")
    if code not in CURRENCIES:
        raise FieldInvalid(
            f"{code[:64]!r} is not an ISO 4217 currency",
            field=fields.at("currency"),
            hint="use a code such as EUR",
        )
    return code


def _components(fields: Fields, currency: str) -> tuple[Component, ...]:
    path = fields.at("components")
    components = tuple(parse_component(one, currency) for one in fields.objects("components"))
    if len(components) > MOST_COMPONENTS:
        raise FieldInvalid(
            f"{path} has {len(components)} entries",
            field=path,
            hint=f"use at most {MOST_COMPONENTS}",
        )
    check_components(components, path)
    return components


def _name(fields: Fields, name: str) -> str:
    text = fields.text(name)
    if NAME_FORM.fullmatch(text) is None:
        raise FieldInvalid(
            f"{fields.at(name)} cannot be {text[:64]!r}",
            field=fields.at(name),
            hint="use small letters, digits and _, such as fare",
        )
    return text


def _valid_minutes(fields: Fields) -> int | None:
    if not fields.has("valid_minutes"):
        return None
    minutes = fields.value("valid_minutes")
    if isinstance(minutes, bool) or not isinstance(minutes, int):
        raise FieldInvalid(
            "valid_minutes must be a whole number",
            field=fields.at("valid_minutes"),
            hint="write minutes as a JSON integer, such as 120",
        )
    if not 1 <= minutes <= MOST_VALID_MINUTES:
        raise FieldInvalid(
            f"valid_minutes cannot be {minutes}",
            field=fields.at("valid_minutes"),
            hint=f"give 1 to {MOST_VALID_MINUTES} minutes, or null for no end",
        )
    return minutes


def _wholesale(fields: Fields) -> WholesaleTerms:
    terms = WholesaleTerms(fields.text("offer"), fields.integer("version", 1, MOST_VERSION))
    fields.finish()
    return terms


def _refund(fields: Fields, currency: str) -> RefundTerms:
    fee = fields.money("fee", currency)
    exponent = fee.amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > currency_digits(currency):
        raise FieldInvalid(
            f"a fee in {currency} has at most {currency_digits(currency)} decimals",
            field=fields.at("fee"),
            hint="give an amount that can be paid",
        )
    terms = RefundTerms(fee, fields.choice("fee_tax_class", TaxCategory))
    fields.finish()
    return terms


def _delivery(fields: Fields) -> tuple[DeliveryStep, ...]:
    if not fields.has("delivery") or fields.value("delivery") == []:
        return ()
    steps = tuple(_step(entry) for entry in fields.objects("delivery"))
    path = fields.at("delivery")
    if len(steps) > MOST_STEPS:
        raise FieldInvalid(
            f"{path} has {len(steps)} steps",
            field=path,
            hint=f"use at most {MOST_STEPS} steps",
        )
    _check_names(steps, path)
    _check_order(steps, path)
    return steps


def _step(fields: Fields) -> DeliveryStep:
    step = DeliveryStep(
        _name(fields, "step"),
        _name(fields, "adapter"),
        _after(fields),
        _settings(fields),
    )
    fields.finish()
    return step


def _after(fields: Fields) -> tuple[str, ...]:
    if not fields.has("after"):
        return ()
    names = fields.value("after")
    if not isinstance(names, list | tuple) or not all(
        isinstance(name, str) for name in cast("Sequence[object]", names)
    ):
        raise FieldInvalid(
            f"{fields.at('after')} must be a list of steps",
            field=fields.at("after"),
            hint='name the steps to wait for, such as ["ticket"]',
        )
    return tuple(dict.fromkeys(cast("Sequence[str]", names)))


def _settings(fields: Fields) -> Mapping[str, object]:
    if not fields.has("settings"):
        return {}
    settings = fields.value("settings")
    if not isinstance(settings, Mapping):
        raise FieldInvalid(
            f"{fields.at('settings')} must be an object",
            field=fields.at("settings"),
            hint="write what the adapter needs as a JSON object",
        )
    _check_plain(cast("Mapping[str, object]", settings), fields.at("settings"), MOST_DEPTH)
    return cast("Mapping[str, object]", settings)


def _check_plain(value: object, path: str, depth: int) -> None:
    """Refuse what no hash could pin, such as numbers with a point, and nesting without end."""
    if depth == 0:
        raise FieldInvalid(
            f"{path} is nested too deeply", field=path, hint="keep the settings flat"
        )
    if isinstance(value, Mapping):
        for name, item in cast("Mapping[str, object]", value).items():
            _check_plain(item, join(path, name), depth - 1)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(cast("Sequence[object]", value)):
            _check_plain(item, join(path, str(index)), depth - 1)
    elif value is not None and not isinstance(value, str | int):
        raise FieldInvalid(
            f"{path} is a number with a point", field=path, hint="write decimals as strings"
        )


def _check_names(steps: Sequence[DeliveryStep], path: str) -> None:
    known: set[str] = set()
    for index, step in enumerate(steps):
        if step.step in known:
            raise FieldInvalid(
                f"two steps are called {step.step}",
                field=f"{path}.{index}.step",
                hint="give each step a name of its own",
            )
        known.add(step.step)
    for index, step in enumerate(steps):
        for name in step.after:
            if name not in known:
                raise FieldInvalid(
                    f"{step.step} waits for {name[:64]!r}, which is no step",
                    field=f"{path}.{index}.after",
                    hint=f"the steps are: {', '.join(sorted(known))}",
                )


def _check_order(steps: Sequence[DeliveryStep], path: str) -> None:
    waiting = {step.step: set(step.after) for step in steps}
    while waiting:
        ready = {name for name, after in waiting.items() if not after & waiting.keys()}
        if not ready:
            raise DeliveryCircular(
                f"the steps {', '.join(sorted(waiting))} wait for each other",
                field=path,
                hint="let one of them wait for nothing",
            )
        waiting = {name: after for name, after in waiting.items() if name not in ready}
