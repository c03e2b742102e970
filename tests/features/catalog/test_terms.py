"""Terms of a plan version: read strictly, written back the same, pinned by a hash."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.core.canonical import rule_hash
from groschen.core.fields import FieldInvalid, FieldMissing, FieldUnknown
from groschen.core.money import AmountInvalid, CurrencyMismatch, WeightsAllZero
from groschen.core.prices import PriceKindUnknown
from groschen.core.sale import Basis
from groschen.features.catalog.terms import (
    MOST_COMPONENTS,
    DeliveryCircular,
    WholesaleTerms,
    parse_terms,
)

from .samples import route_price, ticket

if TYPE_CHECKING:
    from groschen.core.errors import GroschenError


def test_terms_are_written_back_as_they_were_read() -> None:
    terms = parse_terms(ticket())
    assert terms.basis is Basis.GROSS
    assert terms.component.id == "fare"
    assert terms.refund is not None
    assert terms.refund.fee.amount == Decimal(2)
    stored = json.loads(json.dumps(terms.to_json()))
    assert stored == ticket()
    assert parse_terms(stored) == terms
    assert terms.is_for_orders
    assert terms.hash == rule_hash(ticket())  # as it was before there were kinds of components


def test_terms_of_many_components_are_subscribed_to() -> None:
    price = {"kind": "flat", "params": {"currency": "EUR", "amount": "9.00"}}
    many = ticket(
        components=[
            {"id": "setup", "price": price},
            {
                "id": "fee",
                "kind": "recurring",
                "price": price,
                "every": "month",
                "timing": "arrears",
            },
            {"id": "use", "kind": "usage", "meter": "energy", "every": "day", "price": price},
            {
                "id": "pack",
                "kind": "prepaid_package",
                "price": price,
                "credit": {"amount": "10.00", "valid_days": 30},
            },
            {"id": "cap", "kind": "maximum", "every": "day", "of": ["use"], "amount": "5.00"},
            {
                "id": "least",
                "kind": "minimum",
                "every": "day",
                "of": ["use", "cap"],
                "amount": "1.00",
                "revenue_account": "REV_BASE",
                "label": "Minimum",
            },
        ]
    )
    terms = parse_terms(many)
    assert not terms.is_for_orders
    assert terms.meters == {"energy"}
    assert json.loads(json.dumps(terms.to_json())) == many
    assert parse_terms(terms.to_json()).hash == terms.hash == rule_hash(many)


@pytest.mark.parametrize("number", [2, 101])
def test_a_plan_has_at_most_a_hundred_components(number: int) -> None:
    price = {"kind": "flat", "params": {"currency": "EUR", "amount": "9"}}
    components = [{"id": f"c{one}", "price": price} for one in range(number)]
    if number <= MOST_COMPONENTS:
        assert len(parse_terms(ticket(components=components)).components) == number
        return
    with pytest.raises(FieldInvalid) as caught:
        parse_terms(ticket(components=components))
    assert caught.value.field == "components"


def test_optional_fields_may_be_left_out() -> None:
    short = ticket()
    for name in ("agreement", "valid_minutes", "delivery", "refund"):
        del short[name]
    terms = parse_terms(short)
    assert (terms.agreement, terms.valid_minutes, terms.refund) == (None, None, None)
    assert terms.delivery == ()
    assert parse_terms(terms.to_json()) == terms
    assert parse_terms(ticket(delivery=[])).delivery == ()
    bare = parse_terms(ticket(delivery=[{"step": "ticket", "adapter": "ticket"}]))
    assert bare.delivery[0].after == ()


def test_the_hash_pins_the_meaning_not_the_spelling() -> None:
    same = parse_terms(dict(reversed(ticket("12.9").items())))
    assert same.hash == parse_terms(ticket("12.90")).hash
    assert parse_terms(ticket("12.91")).hash != same.hash
    assert parse_terms(ticket(valid_minutes=90)).hash != same.hash


def step(name: str, *after: str) -> dict[str, Any]:
    return {"step": name, "adapter": "ticket", "after": list(after)}


def component(**changes: Any) -> list[dict[str, Any]]:
    return [{"id": "fare", "price": route_price(A="1"), **changes}]


def route(**changes: Any) -> dict[str, Any]:
    price = route_price(A="1")
    price["params"]["routes"]["A"] |= changes
    return price


def nested(depth: int) -> dict[str, Any]:
    inside: dict[str, Any] = {}
    for _ in range(depth):
        inside = {"a": inside}
    return inside


@pytest.mark.parametrize(
    ("terms", "refusal", "field"),
    [
        ([], FieldInvalid, "terms"),
        (ticket(currency="EURO"), FieldInvalid, "terms.currency"),
        (ticket(basis="brutto"), FieldInvalid, "terms.basis"),
        (ticket(surprise=1), FieldUnknown, "terms.surprise"),
        (ticket(revenue_account=None), FieldMissing, "terms.revenue_account"),
        (ticket(agreement=7), FieldInvalid, "terms.agreement"),
        (ticket(components=[]), FieldInvalid, "terms.components"),
        (ticket(components=component() * 2), FieldInvalid, "terms.components.1.id"),
        (ticket(components=component(id="Fare")), FieldInvalid, "terms.components.0.id"),
        (ticket(components=component(extra=1)), FieldUnknown, "terms.components.0.extra"),
        (ticket(components=component(price=[])), FieldInvalid, "terms.components.0.price"),
        (
            ticket(components=component(price={"kind": "gift", "params": {}})),
            PriceKindUnknown,
            "terms.components.0.price.kind",
        ),
        (
            ticket(components=component(price=route(fare="1.0000000000001"))),
            AmountInvalid,
            "terms.components.0.price.params.routes.A.fare",
        ),
        (
            ticket(components=component(price=route(legs=[]))),
            FieldInvalid,
            "terms.components.0.price.params.routes.A.legs",
        ),
        (
            ticket(components=component(price=route(legs=[{"operator": "x", "weight": "0"}]))),
            WeightsAllZero,
            "terms.components.0.price.params.routes.A.legs",
        ),
        (ticket(currency="CHF"), CurrencyMismatch, "terms.components.0.price.params.currency"),
        (ticket(valid_minutes="120"), FieldInvalid, "terms.valid_minutes"),
        (ticket(valid_minutes=True), FieldInvalid, "terms.valid_minutes"),
        (ticket(valid_minutes=0), FieldInvalid, "terms.valid_minutes"),
        (ticket(valid_minutes=10**9), FieldInvalid, "terms.valid_minutes"),
        (
            ticket(refund={"fee": "2.001", "fee_tax_class": "standard"}),
            FieldInvalid,
            "terms.refund.fee",
        ),
        (
            ticket(refund={"fee": "-2", "fee_tax_class": "standard"}),
            AmountInvalid,
            "terms.refund.fee",
        ),
        (
            ticket(refund={"fee": "2", "fee_tax_class": "luxury"}),
            FieldInvalid,
            "terms.refund.fee_tax_class",
        ),
        (
            ticket(refund={"fee": "2", "fee_tax_class": "standard", "x": 1}),
            FieldUnknown,
            "terms.refund.x",
        ),
        (ticket(delivery=[step("A")]), FieldInvalid, "terms.delivery.0.step"),
        (ticket(delivery=[{**step("a"), "x": 1}]), FieldUnknown, "terms.delivery.0.x"),
        (ticket(delivery=[{**step("a"), "after": "b"}]), FieldInvalid, "terms.delivery.0.after"),
        (ticket(delivery=[{**step("a"), "after": [1]}]), FieldInvalid, "terms.delivery.0.after"),
        (
            ticket(delivery=[{**step("a"), "settings": []}]),
            FieldInvalid,
            "terms.delivery.0.settings",
        ),
        (
            ticket(delivery=[{**step("a"), "settings": {"x": [1, 0.5]}}]),
            FieldInvalid,
            "terms.delivery.0.settings.x.1",
        ),
        (
            ticket(delivery=[{**step("a"), "settings": nested(9)}]),
            FieldInvalid,
            "terms.delivery.0.settings" + ".a" * 8,
        ),
        (ticket(delivery=[step("a"), step("a")]), FieldInvalid, "terms.delivery.1.step"),
        (ticket(delivery=[step("a", "b")]), FieldInvalid, "terms.delivery.0.after"),
        (
            ticket(delivery=[step("a", "b"), step("b", "a"), step("c")]),
            DeliveryCircular,
            "terms.delivery",
        ),
        (ticket(delivery=[step("a", "a")]), DeliveryCircular, "terms.delivery"),
        (ticket(delivery=[step(f"s{n}") for n in range(21)]), FieldInvalid, "terms.delivery"),
    ],
)
def test_a_refusal_names_the_path_of_the_field(
    terms: object, refusal: type[GroschenError], field: str
) -> None:
    with pytest.raises(refusal) as caught:
        parse_terms(terms, "terms")
    assert caught.value.field == field
    assert caught.value.hint


def test_a_plan_may_sell_on_an_offer_and_others_keep_their_hash() -> None:
    sold_on = parse_terms(ticket(wholesale={"offer": "power", "version": 2}))
    assert sold_on.wholesale == WholesaleTerms("power", 2)
    assert parse_terms(sold_on.to_json()) == sold_on
    assert "wholesale" not in parse_terms(ticket()).to_json()


@pytest.mark.parametrize(
    ("wholesale", "field"),
    [
        ({"offer": "power"}, "terms.wholesale.version"),
        ({"offer": "power", "version": 0}, "terms.wholesale.version"),
        ({"offer": "", "version": 1}, "terms.wholesale.offer"),
        ({"offer": "power", "version": 1, "price": "1"}, "terms.wholesale.price"),
    ],
)
def test_what_a_plan_sells_on_is_read_strictly(wholesale: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldInvalid) as refusal:
        parse_terms(ticket(wholesale=wholesale), "terms")
    assert refusal.value.field == field
