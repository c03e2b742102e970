"""A wholesaler and a reseller below it, as in example B: what is bought, sold on and used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg

from groschen.features.levels import service as levels
from groschen.features.levels.service import relaying
from groschen.features.levels.service.offers import OfferDraft
from groschen.features.levels.terms import Corridor
from groschen.features.parties import service as parties
from groschen.features.settlements import jobs
from groschen.features.settlements.service import closing
from groschen.kit.http import External
from support.alliance import all_statements
from support.api import Api, api_key
from support.database import make_tenant
from support.metering import Utility, event, meter, per_unit, usage
from support.reselling import EARLIER, Seller, recurring, share

if TYPE_CHECKING:
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.features.levels.service import OfferDetail
    from groschen.features.settlements.model import Statement
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls

FIRST_DAY = datetime(2026, 12, 31, 23, tzinfo=UTC)
"""The first of January in Berlin."""
LAST_EVENING = datetime(2027, 1, 30, 22, tzinfo=UTC)
SUBSUPPLIERS = (
    share("grid", "0.095", "energy", "grid"),
    share("metering", "0.046", "base", "metering"),
    share("platform", "0.02", "base", "platform"),
)
CORRIDORS = {"energy": Corridor(Decimal("0.25"), Decimal("0.40"))}
MADE_BELOW = """
    INSERT INTO groschen.tenant_children (tenant_id, child_tenant_id, external_id, name, relation,
                                          created_at)
    VALUES (%s, %s, %s, 'Reseller', 'child', now())
"""


@dataclass
class Levels:
    """A wholesaler above a reseller; ``above`` and ``below`` are their tenants."""

    above: Seller
    below: Seller
    urls: ServerUrls

    @property
    def database(self) -> Database:
        """The database of both."""
        return self.above.utility.database

    @property
    def above_id(self) -> UUID:
        """The wholesaler."""
        return self.above.utility.api.tenant_id

    @property
    def below_id(self) -> UUID:
        """The reseller."""
        return self.below.utility.api.tenant_id

    async def wholesale_plan(self, energy: dict[str, Any] | None = None) -> None:
        """Publish what the wholesaler supplies: 0.28 a kWh and 0.32 a day, and what it costs it."""
        await self.above.partner("grid", "metering", "platform")
        await self.above.agree(*SUBSUPPLIERS, release="on_sale")
        await self.above.utility.meter(**meter("energy"))
        await self.above.plan(
            usage("energy", "energy", energy or per_unit("0.28"), every="day"),
            recurring("base", "0.32"),
            agreement="supply",
            revenue_account="REV_WHOLESALE",
        )

    async def publish(self, **changes: Any) -> OfferDetail:
        """Offer the plan to the reseller."""
        values: dict[str, Any] = {
            "external_id": "power",
            "tenant": External("reseller"),
            "account": "customer",
            "plan": "power",
            "valid_from": EARLIER,
            "corridors": CORRIDORS,
            "brand_slots": ("name",),
        }
        async with self.above.utility.scope() as scope:
            return await levels.publish_offer(scope, OfferDraft(**(values | changes)))

    async def relay(self, *, rounds: int = 1) -> None:
        """Bring what both have to each other."""
        for _ in range(rounds):
            await relaying.relay(self.database, self.above_id)
            await relaying.relay(self.database, self.below_id)

    async def accept(
        self, version: int = 1, components: dict[str, str] | None = None, **changes: Any
    ) -> OfferDetail:
        """Accept the offer as it came."""
        async with self.below.utility.scope() as scope:
            offer = await levels.find(scope, External("power"))
            known = await levels.detail(scope, offer)
            copy = next(one for one in known.copies if one.version == version)
        body = {
            "version": version,
            "hash": copy.hash,
            "supplier": "supplier",
            "components": components or {},
        } | changes
        path = "/v1/offers/ext:power/accept"
        await self.below.ask("POST", path, body, 200)
        return known

    async def retail_plan(
        self, *components: dict[str, Any], name: str = "home", version: int = 1, **changes: Any
    ) -> None:
        """Publish what the reseller sells: 0.32 a kWh and 0.36 a day."""
        if not changes.pop("known_meter", False):
            await self.below.utility.meter(**meter("energy"))
        sold = (
            usage("energy", "energy", per_unit("0.32"), every="day"),
            recurring("base", "0.36", revenue_account="REV_BASE"),
        )
        await self.below.plan(
            *(components or sold),
            name=name,
            agreement=changes.pop("agreement", f"power.v{version}"),
            wholesale={"offer": "power", "version": version},
            **changes,
        )

    async def trade(self) -> None:
        """Everything up to the reseller's plan."""
        await self.wholesale_plan()
        await self.publish()
        await self.relay()
        await self.below.partner("supplier")
        await self.accept()
        await self.retail_plan()

    async def use(self, days: int, kwh: str = "7.35", starts_at: datetime = FIRST_DAY) -> UUID:
        """A customer of the reseller uses so much on so many days, with what time charges."""
        item = await self.below.subscribe("home", plan="home", starts_at=starts_at)
        for day in range(days):
            at = FIRST_DAY + timedelta(days=day, hours=12)
            await self.below.utility.accepted(event(f"day-{day}", kwh, at=at.isoformat()))
        await self.below.charge()
        return item

    async def state_january(self) -> Statement:
        """Close January at the reseller; return its statement for the wholesaler."""
        api = self.below.utility.api
        await self.below.advance("2027-02-02T10:00:00Z")
        async with self.below.utility.scope(exclusive=True) as scope:
            await closing.close_period(scope, date(2027, 2, 1))
        await jobs.state_partners(api.app.state.runtime, self.below_id)
        async with self.below.utility.scope() as scope:
            found = await parties.ids_by_external_id(scope, ["supplier"])
            [statement] = await all_statements(scope, found["supplier"])
        return statement

    async def shown(self, seller: Seller) -> list[dict[str, Any]]:
        """What ``GET /v1/levels`` says."""
        answer = await seller.utility.api("GET", "/v1/levels")
        assert answer.status_code == 200, answer.text
        shown: list[dict[str, Any]] = answer.json()["data"]
        return shown

    async def settle(self, rounds: int = 3) -> None:
        """Post and relay until everything has arrived everywhere."""
        for _ in range(rounds):
            await self.below.post()
            await self.relay()
            await self.above.post()
        await self.relay(rounds=2)


async def new_seller(
    app: FastAPI, database: Database, urls: ServerUrls, **columns: object
) -> Seller:
    """Found a test tenant that sells; its clock stands at the end of January."""
    values: dict[str, object] = {"mode": "test", "test_now": LAST_EVENING}
    tenant_id = make_tenant(urls, **(values | columns))
    utility = Utility(Api(app, await api_key(database, tenant_id), tenant_id), database)
    await utility.found()
    return Seller(utility)


async def two_levels(app: FastAPI, database: Database, urls: ServerUrls) -> Levels:
    """Found a wholesaler and a reseller below it, both with a clock of their own."""
    above = await new_seller(app, database, urls)
    above_id = above.utility.api.tenant_id
    below = await new_seller(app, database, urls, parent_tenant_id=above_id)
    with psycopg.connect(urls.superuser) as conn:
        below_id = below.utility.api.tenant_id
        conn.execute(MADE_BELOW.encode(), (above_id, below_id, "reseller"))
    return Levels(above, below, urls)
