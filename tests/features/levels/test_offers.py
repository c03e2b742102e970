"""Offers: what can be offered, what is accepted, and what a reseller may make of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.core.errors import GroschenError
from support.metering import per_unit, usage
from support.reselling import EARLIER, recurring

if TYPE_CHECKING:
    from support.two_levels import Levels

pytestmark = pytest.mark.anyio

FREE: dict[str, Any] = {
    "kind": "first_free",
    "params": {"currency": "EUR", "free_events": 1, "unit_price": "1"},
}
LEAST = {"id": "least", "kind": "minimum", "amount": "5", "of": ["energy"], "every": "month"}
OFFER: dict[str, Any] = {
    "external_id": "power",
    "tenant": "ext:reseller",
    "account": "customer",
    "plan": "power",
    "valid_from": "2026-12-01T00:00:00Z",
    "corridors": {"energy": {"lowest": "0.25", "highest": "0.40"}},
    "brand_slots": ["name"],
}


async def offered(levels: Levels) -> dict[str, Any]:
    """Publish over the API; return what the reseller sees."""
    await levels.wholesale_plan()
    made = await levels.above.ask("POST", "/v1/offers", OFFER, 201)
    assert (made["side"], made["versions"][0]["version"]) == ("given", 1)
    await levels.relay()
    await levels.below.partner("supplier")
    answer = await levels.below.utility.api("GET", "/v1/offers/ext:power")
    assert answer.status_code == 200, answer.text
    seen: dict[str, Any] = answer.json()
    assert (seen["id"], seen["side"]) == (made["id"], "taken")
    assert seen["versions"][0]["hash"] == made["versions"][0]["hash"]
    return seen


def acceptance(seen: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"version": 1, "hash": seen["versions"][0]["hash"], "supplier": "supplier"} | changes


async def test_both_sides_keep_the_same_copy_and_know_of_its_acceptance(levels: Levels) -> None:
    seen = await offered(levels)
    path = f"/v1/offers/{seen['id']}/accept"
    accepted = await levels.below.ask("POST", path, acceptance(seen), 200)
    again = await levels.below.ask("POST", path, acceptance(seen), 200)
    assert again == accepted
    assert accepted["versions"][0]["consumed_by"] == {"energy": "energy", "base": "base"}
    await levels.relay(rounds=2)
    listed = await levels.above.utility.api("GET", "/v1/offers")
    [above] = listed.json()["data"]
    assert above["versions"][0]["accepted_at"] is not None
    agreements = await levels.below.utility.api("GET", "/v1/agreements/ext:power.v1/versions")
    [version] = agreements.json()["data"]
    assert version["signed_at"] is not None
    assert version["terms"]["settlement"]["supply_vat_rate"] == "0.19"
    [level] = await levels.shown(levels.below)
    assert (level["side"], level["pairs"], level["currency"]) == ("retail", 0, None)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"hash": "0f" * 32}, 409, "offer_hash_mismatch"),
        ({"version": 2}, 404, "offer_not_found"),
        ({"supplier": "nobody"}, 422, "beneficiary_unknown"),
        ({"components": {"energy": "gas"}}, 422, "offer_component_unknown"),
        ({"components": {"energy": "energy"}}, 422, "offer_component_unknown"),
    ],
)
async def test_an_acceptance_must_fit(
    levels: Levels, changes: dict[str, Any], status: int, code: str
) -> None:
    seen = await offered(levels)
    path = f"/v1/offers/{seen['id']}/accept"
    refusal = await levels.below.ask("POST", path, acceptance(seen, **changes), status)
    assert refusal["code"] == code


async def test_only_the_tenant_it_is_made_to_accepts_it(levels: Levels) -> None:
    seen = await offered(levels)
    path = f"/v1/offers/{seen['id']}/accept"
    refusal = await levels.above.ask("POST", path, acceptance(seen), 409)
    assert refusal["code"] == "offer_not_for_tenant"
    await levels.below.ask("POST", path, acceptance(seen), 200)
    other = acceptance(seen, components={"a": "energy", "b": "base"})
    refusal = await levels.below.ask("POST", path, other, 409)
    assert refusal["code"] == "offer_accepted"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"tenant": "ext:stranger"}, "reseller_unknown", "tenant"),
        ({"account": "nobody"}, "reseller_unknown", "account"),
        ({"plan": "none"}, "plan_unknown", "plan"),
        ({"corridors": {"gas": {"lowest": "0", "highest": "1"}}}, "offer_component_unknown", None),
    ],
)
async def test_an_offer_must_fit(
    levels: Levels, changes: dict[str, Any], code: str, field: str | None
) -> None:
    await levels.wholesale_plan()
    refusal = await levels.above.ask("POST", "/v1/offers", OFFER | changes, 422)
    assert refusal["code"] == code
    assert field is None or refusal["errors"][0]["pointer"].endswith(field)


@pytest.mark.parametrize(
    ("components", "basis", "code"),
    [
        ((usage("energy", "energy", FREE),), "net", "offer_price_unfit"),
        ((usage("energy", "energy", per_unit("1")),), "gross", "offer_plan_unfit"),
        (
            (
                usage("energy", "energy", per_unit("1")),
                {
                    "id": "least",
                    "kind": "minimum",
                    "amount": "5",
                    "of": ["energy"],
                    "every": "month",
                },
            ),
            "net",
            "offer_plan_unfit",
        ),
    ],
)
async def test_prices_that_cannot_travel_are_not_offered(
    levels: Levels, components: tuple[dict[str, Any], ...], basis: str, code: str
) -> None:
    await levels.above.utility.meter(id="energy", event_type="reading", aggregation="count")
    await levels.above.plan(*components, basis=basis, agreement=None)
    body: dict[str, Any] = {**OFFER, "corridors": {}}
    refusal = await levels.above.ask("POST", "/v1/offers", body, 422)
    assert refusal["code"] == code


ENERGY = usage("energy", "energy", per_unit("0.32"), every="day")
BASE = recurring("base", "0.36")
OUTSIDE = ("price_outside_corridor", "price")


@pytest.mark.parametrize(
    ("components", "changes", "code", "field"),
    [
        (
            (usage("energy", "energy", per_unit("0.41")), BASE),
            {},
            "price_outside_corridor",
            "price",
        ),
        (
            (usage("energy", "energy", per_unit("0.24")), BASE),
            {},
            "price_outside_corridor",
            "price",
        ),
        ((usage("energy", "energy", FREE), BASE), {}, "price_outside_corridor", "price"),
        ((ENERGY,), {}, "plan_not_in_offer", "components"),
        ((ENERGY, BASE, usage("gas", "energy", per_unit("1"))), {}, "plan_not_in_offer", "id"),
        ((ENERGY, recurring("base", "10", every="month")), {}, "plan_not_in_offer", "every"),
        ((ENERGY, BASE), {"agreement": None}, "plan_not_in_offer", "agreement"),
        ((ENERGY, BASE), {"version": 2}, "offer_not_accepted", "wholesale"),
    ],
)
async def test_a_plan_sells_on_as_the_offer_allows(
    levels: Levels,
    components: tuple[dict[str, Any], ...],
    changes: dict[str, Any],
    code: str,
    field: str,
) -> None:
    await offered(levels)
    await levels.accept()
    with pytest.raises(GroschenError) as refusal:
        await levels.retail_plan(*components, **changes)
    assert refusal.value.code == code
    assert (refusal.value.field or "").endswith(field)
    assert refusal.value.hint


async def test_gross_prices_are_compared_net(levels: Levels) -> None:
    await offered(levels)
    await levels.accept()
    dear = usage("energy", "energy", per_unit("0.476"), every="day")
    await levels.retail_plan(dear, BASE, basis="gross")


async def test_selling_below_the_wholesale_price_is_told(levels: Levels) -> None:
    await offered(levels)
    await levels.accept()
    cheap = usage("energy", "energy", per_unit("0.26"), every="day")
    await levels.retail_plan(cheap, BASE)
    told = await levels.below.utility.rows(
        "SELECT data FROM outbox WHERE tenant_id = %(t)s AND type = 'plan.below_wholesale'"
        " UNION ALL SELECT data FROM events WHERE tenant_id = %(t)s"
        "    AND type = 'plan.below_wholesale'"
    )
    assert [one["data"]["components"] for one in told] == [["energy"]]


async def test_a_new_version_leaves_what_was_sold(levels: Levels) -> None:
    await levels.trade()
    await levels.use(2)
    await levels.above.plan(
        usage("energy", "energy", per_unit("0.30"), every="day"),
        recurring("base", "0.40"),
        name="dearer",
        agreement="supply",
        revenue_account="REV_WHOLESALE",
    )
    await levels.publish(plan="dearer", valid_from=EARLIER)
    await levels.relay()
    await levels.accept(version=2)
    await levels.retail_plan(name="dear", version=2, known_meter=True)
    await levels.below.subscribe("other", plan="dear", name="other", starts_at=EARLIER)
    await levels.settle()
    books = await levels.below.books()
    old = 2 * Decimal("2.058") + 30 * Decimal("0.32")
    assert books["COST_OF_SHARES"] == old
    await levels.below.charge()
    await levels.settle()
    dearer = await levels.below.books()
    assert (dearer["COST_OF_SHARES"] - old) % Decimal("0.4") < Decimal("0.4")
    assert dearer["COST_OF_SHARES"] > old
    above = await levels.above.books()
    assert above["PARTNER_CLAIM"] == dearer["COST_OF_SHARES"]


async def test_a_mirrored_subscription_is_not_changed_by_hand(levels: Levels) -> None:
    await levels.trade()
    await levels.use(1)
    await levels.settle()
    answer = await levels.above.utility.api("GET", "/v1/subscriptions")
    [mirrored] = answer.json()["data"]
    assert mirrored["funding"] == "claim"
    path = f"/v1/subscriptions/{mirrored['id']}/cancel"
    refusal = await levels.above.ask("POST", path, {}, 409)
    assert refusal["code"] == "subscription_mirrored"
    body = {
        "account": "customer",
        "items": [{"plan": "power", "quantity": "1"}],
        "funding": "claim",
    }
    refusal = await levels.above.ask("POST", "/v1/subscriptions", body, 409)
    assert refusal["code"] == "subscription_mirrored"
