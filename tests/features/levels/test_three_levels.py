"""A reseller that sells to a reseller: every level rates the same use at its own price."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import psycopg
import pytest

from groschen import audit
from groschen.features.levels import service as offers
from groschen.features.levels.service import relaying
from groschen.features.levels.service.offers import OfferDraft
from groschen.kit.http import External
from support.metering import event, meter, per_unit, usage
from support.reselling import EARLIER, recurring
from support.two_levels import FIRST_DAY, MADE_BELOW, Levels, new_seller

if TYPE_CHECKING:
    from fastapi import FastAPI

    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls
    from support.reselling import Seller

pytestmark = pytest.mark.anyio


async def below_the_reseller(
    levels: Levels, app: FastAPI, database: Database, urls: ServerUrls
) -> Seller:
    """A reseller of the reseller, which buys its retail plan and sells it dearer."""
    last = await new_seller(app, database, urls, parent_tenant_id=levels.below_id)
    with psycopg.connect(urls.superuser) as conn:
        last_id = last.utility.api.tenant_id
        conn.execute(MADE_BELOW.encode(), (levels.below_id, last_id, "last"))
    draft = OfferDraft("home", External("last"), "customer", "home", EARLIER, {}, ())
    async with levels.below.utility.scope() as scope:
        made = await offers.publish_offer(scope, draft)
    await relaying.relay(database, levels.below_id)
    await last.partner("supplier")
    body = {"version": 1, "hash": made.copies[0].hash, "supplier": "supplier"}
    await last.ask("POST", "/v1/offers/ext:home/accept", body, 200)
    await last.utility.meter(**meter("energy"))
    await last.plan(
        usage("energy", "energy", per_unit("0.39"), every="day"),
        recurring("base", "0.45"),
        name="flat",
        agreement="home.v1",
        wholesale={"offer": "home", "version": 1},
    )
    return last


async def test_the_margins_add_up_to_retail_less_first_cost(
    levels: Levels, app: FastAPI, database: Database, database_urls: ServerUrls
) -> None:
    await levels.trade()
    last = await below_the_reseller(levels, app, database, database_urls)
    await last.subscribe("home", plan="flat", starts_at=FIRST_DAY)
    await last.utility.accepted(event("1", "7.35", at="2027-01-01T11:00:00Z"))
    await last.charge()
    chain = [last, levels.below, levels.above]
    for _ in range(3):
        for seller in chain:
            await seller.post()
            await relaying.relay(database, seller.utility.api.tenant_id)
    books = [await seller.books() for seller in chain]
    kwh, days = Decimal("7.35"), 30
    dear = kwh * Decimal("0.32") + days * Decimal("0.36")
    cheap = kwh * Decimal("0.28") + days * Decimal("0.32")
    assert books[0]["COST_OF_SHARES"] == dear == books[1]["PARTNER_CLAIM"]
    assert books[1]["COST_OF_SHARES"] == cheap == books[2]["PARTNER_CLAIM"]
    for seller in chain:
        async with seller.utility.scope(write=False) as scope:
            assert [one for one in await audit.run(scope) if not one.ok] == []
    shown = await levels.shown(levels.below)
    assert [(one["side"], one["in_transit"], one["unequal"]) for one in shown] == [
        ("retail", 0, 0),
        ("wholesale", 0, 0),
    ]
