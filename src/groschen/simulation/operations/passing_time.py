"""The tenant's clock moves on, the terms change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from groschen.simulation import terms
from groschen.simulation.founding import agree, ahead, publish_version
from groschen.simulation.operations.registry import operation

if TYPE_CHECKING:
    from groschen.simulation.operations.registry import Turn

MINUTES: Final = 60
DAY: Final = 24 * MINUTES


@operation(weight=6, once=True)
async def clock(turn: Turn) -> None:
    """Minutes, hours or days pass, or a month ends, while everything else goes on."""
    if turn.chance.one_in(3):
        await advance(turn, _next_month(turn))
    else:
        minutes = turn.chance.pick((5, 16, 3 * MINUTES, DAY, 4 * DAY))
        await advance(turn, turn.business.now + timedelta(minutes=minutes))


def _next_month(turn: Turn) -> datetime:
    """Some hour of the first days of the next month."""
    business = turn.business
    first = (business.today.replace(day=1) + timedelta(days=32)).replace(day=1)
    day = first + timedelta(days=turn.chance.whole(0, 3))
    hour = turn.chance.whole(1, 22)
    local = datetime(day.year, day.month, day.day, hour, tzinfo=business.zone)
    return local.astimezone(UTC)


async def advance(turn: Turn, to: datetime) -> None:
    """Move the clock; business that runs at this moment happens before or after."""
    text = to.isoformat().replace("+00:00", "Z")
    await turn.business.owner.post("/v1/test_clock/advance", {"to": text}, expect={200})
    turn.business.now = to


@operation(weight=1, once=True)
async def new_terms(turn: Turn) -> None:
    """An agreement gets a version that holds from some day on."""
    business, chance = turn.business, turn.chance
    name = chance.pick(sorted(business.agreements))
    versions = business.agreements[name]
    start = ahead(business)
    if start in versions.by_start:
        return
    now = versions.at(business.now)
    partners = sorted(one for one in business.partners if name.startswith(one.split("-")[0]))
    role, release = now["seller_role"], now["release"]
    drawn = terms.agreement(chance, role, release, partners, is_plain=business.is_plain)
    drawn["settlement"] = now["settlement"]
    await agree(business, name, drawn, start)


@operation(weight=1, once=True)
async def new_prices(turn: Turn) -> None:
    """A plan gets a version that holds from some day on."""
    business, chance = turn.business, turn.chance
    offer = chance.pick([one for one in business.offers.values() if one.agreement is not None])
    start = ahead(business)
    if start not in offer.versions.by_start:
        drawn = terms.plan(chance, offer.agreement, offer.partners, is_plain=business.is_plain)
        await publish_version(business, offer, drawn, start)
