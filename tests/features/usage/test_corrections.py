"""Late events, voids, returns and changed contracts: differences like any other."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.service import ChangeDraft
from groschen.kit.worker import drain
from support.metering import event, graduated, meter, per_unit, results, usage

if TYPE_CHECKING:
    from support.metering import Utility

pytestmark = pytest.mark.anyio
TIERS = graduated(("10", "1"), ("20", "0.5"), (None, "0.1"))


async def void(utility: Utility, name: str, status: int = 200) -> Any:
    body = {"source": "meters", "id": name, "reason": "read twice"}
    answer = await utility.api.post("/v1/events/void", body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def figures(utility: Utility) -> list[tuple[object, ...]]:
    return [
        (one["component"], one["group_key"], one["quantity"], one["amount"], one["event_count"])
        for one in await utility.totals()
    ]


async def test_a_late_event_belongs_to_its_window(utility: Utility) -> None:
    await utility.household(TIERS)
    await utility.accepted(event("now", 5))
    await utility.accepted(event("late", 12, at="2027-01-01T00:00:00+01:00"))
    assert await figures(utility) == [("energy", "", 12 + 5, Decimal("13.5"), 2)]
    days = {str(day["day"]): day["amount"] for day in await utility.days()}
    assert days == {"2027-01-10": 5, "2027-01-01": Decimal("8.5")}


async def test_windows_are_those_of_the_contract_zone(utility: Utility) -> None:
    await utility.meter(**meter("energy"))
    await utility.plan("energy", usage("energy", "energy", per_unit("1"), every="day"))
    await utility.subscribe("energy", "home")
    await utility.accepted(
        event("1", at="2027-01-10T22:59:59.999999Z"), event("2", at="2027-01-10T23:00:00Z")
    )
    assert [one["quantity"] for one in await utility.totals()] == [1, 1]
    assert [str(day["day"]) for day in await utility.days()] == ["2027-01-10", "2027-01-11"]


async def test_a_voided_event_is_taken_out_and_comes_back(utility: Utility) -> None:
    await utility.household(TIERS)
    await utility.accepted(event("1", 15), event("2", 10))
    before = await utility.totals()
    told = await void(utility, "1")
    assert (told["counts"], told["reason"], told["event_id"]) == (False, "read twice", "1")
    assert await figures(utility) == [("energy", "", 10, 10, 1)]
    assert (await void(utility, "1", 409))["code"] == "usage_event_voided"
    assert results(await utility.accepted(event("1", 15))) == ["accepted"]
    assert await utility.totals() == before
    assert results(await utility.accepted(event("1", 15))) == ["duplicate"]
    await void(utility, "1")
    assert await figures(utility) == [("energy", "", 10, 10, 1)]


async def test_a_voided_event_does_not_come_back_as_another(utility: Utility) -> None:
    await utility.household()
    await utility.accepted(event("1", 15))
    await void(utility, "1")
    told = (await utility.send(event("1", 16))).json()
    assert told["results"][0]["code"] == "event_id_reused"
    assert await figures(utility) == [("energy", "", 0, 0, 0)]


async def test_what_was_never_accepted_cannot_be_voided(utility: Utility) -> None:
    assert (await void(utility, "1", 404))["code"] == "usage_event_not_found"


@pytest.mark.parametrize(
    ("aggregation", "all_of_them", "without_the_largest"),
    [("max", 9, 5), ("min", 2, 2), ("latest", 5, 5), ("unique", 3, 2)],
)
async def test_extremal_totals_fold_their_window_again(
    utility: Utility, aggregation: str, all_of_them: int, without_the_largest: int
) -> None:
    await utility.household(aggregation=aggregation)
    await utility.accepted(
        event("1", 2, at="2027-01-10T10:00:00Z"),
        event("2", 9, at="2027-01-10T11:00:00Z"),
        event("3", 5, at="2027-01-10T12:00:00Z"),
    )
    [total] = await utility.totals()
    assert total["quantity"] == all_of_them
    await void(utility, "2")
    [total] = await utility.totals()
    assert (total["quantity"], total["event_count"]) == (without_the_largest, 2)
    await utility.accepted(event("2", 9, at="2027-01-10T11:00:00Z"))
    [total] = await utility.totals()
    assert (total["quantity"], total["event_count"]) == (all_of_them, 3)


async def test_first_events_free_whatever_their_order(utility: Utility) -> None:
    await utility.household(
        {
            "kind": "first_free",
            "params": {"currency": "EUR", "unit_price": "1", "free_events": 1},
        }
    )
    await utility.accepted(event("2", 7, at="2027-01-11T10:00:00Z"))
    await utility.accepted(event("3", 1, at="2027-01-12T10:00:00Z"))
    assert await figures(utility) == [("energy", "", 8, 1, 2)]
    await utility.accepted(event("1", 2, at="2027-01-10T10:00:00Z"))
    assert await figures(utility) == [("energy", "", 10, 8, 3)]
    await void(utility, "1")
    assert await figures(utility) == [("energy", "", 8, 1, 2)]


async def test_groups_have_totals_of_their_own(utility: Utility) -> None:
    await utility.household(TIERS, group_by=["region"])
    await utility.accepted(
        event("1", data={"kwh": 10, "region": "north"}),
        event("2", data={"kwh": 11, "region": "south"}),
    )
    assert await figures(utility) == [
        ("energy", '{"region":"north"}', 10, 10, 1),
        ("energy", '{"region":"south"}', 11, Decimal("10.5"), 1),
    ]
    told = (await utility.send(event("3"))).json()
    assert told["results"][0]["field"] == "data.region"


async def test_an_event_may_count_in_several_components(utility: Utility) -> None:
    await utility.meter(**meter("energy"))
    await utility.meter(**meter("readings", "count", None))
    await utility.plan(
        "energy",
        usage("energy", "energy", per_unit("0.30")),
        usage("service", "readings", per_unit("0.01")),
    )
    await utility.subscribe("energy", "home")
    await utility.accepted(event("1", 10), event("2", 10))
    assert await figures(utility) == [
        ("energy", "", 20, 6, 2),
        ("service", "", 2, Decimal("0.02"), 2),
    ]


async def test_a_maximum_follows_what_it_limits(utility: Utility) -> None:
    await utility.meter(**meter("energy"))
    limit = {"id": "cap", "kind": "maximum", "amount": "5", "of": ["energy"], "every": "month"}
    await utility.plan("energy", usage("energy", "energy", per_unit("1")), limit)
    await utility.subscribe("energy", "home")
    await utility.accepted(event("1", 4))
    assert await figures(utility) == [("energy", "", 4, 4, 1)]
    await utility.accepted(
        event("2", 4, at="2027-01-11T10:00:00Z"), event("3", 4, at="2027-01-12T10:00:00Z")
    )
    assert await figures(utility) == [("cap", "", 0, -7, 0), ("energy", "", 12, 12, 3)]
    caps = [day["amount"] for day in await utility.days() if day["component"] == "cap"]
    assert caps == [-3, -4]
    await void(utility, "3")
    await void(utility, "2")
    assert await figures(utility) == [("cap", "", 0, 0, 0), ("energy", "", 4, 4, 1)]


async def test_a_backdated_change_moves_events_to_the_new_terms(utility: Utility) -> None:
    item = await utility.household(per_unit("1"))
    await utility.accepted(
        event("1", 3, at="2027-01-05T10:00:00Z"), event("2", 4, at="2027-01-15T10:00:00Z")
    )
    await utility.plan("better", usage("energy", "energy", per_unit("0.5")))
    async with utility.scope() as scope:
        found = await utility.rows(
            "SELECT subscription_id FROM subscription_items WHERE tenant_id = %(t)s"
        )
        at = datetime(2027, 1, 10, tzinfo=UTC)
        await subscriptions.change(
            scope, found[0]["subscription_id"], item, ChangeDraft(at=at, plan="better")
        )
    await drain(utility.api.app.state.runtime)
    assert [(one["segment"], one["quantity"], one["amount"]) for one in await utility.totals()] == [
        (1, 3, 3),
        (2, 4, 2),
    ]
    await void(utility, "2")
    await void(utility, "1")
    assert [one["amount"] for one in await utility.totals()] == [0, 0]
