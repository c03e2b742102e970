"""Events come in exactly once and become money at once."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from support.metering import codes, event, per_unit, results

if TYPE_CHECKING:
    from support.metering import Utility

pytestmark = pytest.mark.anyio


async def test_an_event_becomes_an_amount(utility: Utility) -> None:
    await utility.household(per_unit("0.30"))
    told = await utility.accepted(event("1", 2.5), event("2", "0.5"))
    assert (told["accepted"], told["duplicates"], told["rejected"]) == (2, 0, 0)
    [total] = await utility.totals()
    assert (total["quantity"], total["amount"], total["gross"]) == (
        3,
        Decimal("0.9"),
        Decimal("0.9"),
    )
    assert (total["receivable"], total["event_count"]) == (Decimal("0.9"), 2)
    [day] = await utility.days()
    assert (str(day["day"]), day["amount"], day["unposted"]) == ("2027-01-10", Decimal("0.9"), True)


async def test_the_same_call_again_changes_nothing(utility: Utility) -> None:
    await utility.household()
    sent = [event(str(number)) for number in range(20)]
    await utility.accepted(*sent)
    before = await utility.totals()
    told = await utility.accepted(*sent)
    assert set(results(told)) == {"duplicate"}
    assert await utility.totals() == before


async def test_another_body_under_the_same_id_is_refused(utility: Utility) -> None:
    await utility.household()
    await utility.accepted(event("1", 1))
    told = (await utility.send(event("1", 2), event("2"))).json()
    assert codes(told) == ["event_id_reused", None]
    assert results(told) == ["rejected", "accepted"]


async def test_two_copies_in_one_call(utility: Utility) -> None:
    await utility.household()
    told = (await utility.send(event("1"), event("1"), event("1", 2))).json()
    assert results(told) == ["accepted", "duplicate", "rejected"]
    [total] = await utility.totals()
    assert total["quantity"] == 1
