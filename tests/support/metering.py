"""A utility that meters households, for tests of usage: plans, subscriptions, events."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from groschen.core.meters import parse_meter
from groschen.core.tax import TaxCategory
from groschen.features.catalog import service as catalog
from groschen.features.catalog.service import meters
from groschen.features.catalog.terms import parse_terms
from groschen.features.ledger.service import seed_chart
from groschen.features.parties import service as parties
from groschen.features.parties.model import NewParty
from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.model import Funding, ItemDraft, SubscriptionDraft
from groschen.kit.actor import SYSTEM
from groschen.kit.http import External

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractAsyncContextManager
    from uuid import UUID

    import httpx2

    from groschen.kit.db import Database, Scope
    from support.api import Api

NOW = datetime(2027, 1, 20, 12, tzinfo=UTC)
START = datetime(2026, 12, 31, 23, tzinfo=UTC)
BATCH = "application/cloudevents-batch+json"


def per_unit(amount: str) -> dict[str, Any]:
    """A price for each unit."""
    return {"kind": "per_unit", "params": {"currency": "EUR", "unit_price": amount}}


def graduated(*tiers: tuple[str | None, str]) -> dict[str, Any]:
    """A price in tiers: upper bound and unit price of each."""
    listed = [{"up_to": bound, "unit_price": price} for bound, price in tiers]
    return {"kind": "graduated", "params": {"currency": "EUR", "tiers": listed}}


def usage(name: str, meter: str, price: dict[str, Any], every: str = "month") -> dict[str, Any]:
    """A component charged as events come."""
    return {"id": name, "kind": "usage", "meter": meter, "price": price, "every": every}


def meter(
    name: str, aggregation: str = "sum", value: str | None = "kwh", **more: Any
) -> dict[str, Any]:
    """A meter of readings."""
    spec = {"id": name, "event_type": "reading", "aggregation": aggregation, **more}
    return spec if value is None else {**spec, "value": value}


def event(
    name: str, kwh: object = 1, *, at: str = "2027-01-10T10:00:00Z", **changes: Any
) -> dict[str, Any]:
    """A reading of household ``home`` as a CloudEvent; None leaves a field out."""
    made = {
        "specversion": "1.0",
        "source": "meters",
        "id": name,
        "type": "reading",
        "subject": "home",
        "time": at,
        "data": {"kwh": kwh},
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


@dataclass
class Utility:
    """A tenant with its API; ``plan`` and ``subscribe`` say what counts."""

    api: Api
    database: Database
    plans: set[str] = field(default_factory=set)

    def scope(self, **options: bool) -> AbstractAsyncContextManager[Scope]:
        """Open a scope of the tenant."""
        return self.database.scope(self.api.tenant_id, SYSTEM, **options)

    async def found(self) -> None:
        """Give the tenant its chart, its rates and a customer."""
        async with self.scope() as scope:
            await seed_chart(scope)
            await catalog.seed_tax_rates(scope)
            await catalog.create_product(scope, "power", "Power", TaxCategory.STANDARD)
            await parties.create_party(
                scope, NewParty("customer", "organisation", "Customer", ("customer",), "DE", {})
            )
            await parties.create_account(
                scope, party=External("customer"), external_id="customer", currency="EUR"
            )

    async def meter(self, **spec: Any) -> None:
        """Publish a meter."""
        async with self.scope() as scope:
            await meters.create(scope, spec["id"], parse_meter(spec))

    async def plan(self, name: str, *components: dict[str, Any], basis: str = "gross") -> None:
        """Publish a plan, or the next version of it."""
        terms = {
            "currency": "EUR",
            "basis": basis,
            "components": list(components),
            "revenue_account": "REV_BASE",
        }
        async with self.scope() as scope:
            if name not in self.plans:
                await catalog.create_plan(scope, name, External("power"), name.title())
                self.plans.add(name)
            plan = await catalog.find_plan(scope, External(name))
            await catalog.publish_version(scope, plan, parse_terms(terms), START)

    async def subscribe(
        self,
        plan: str,
        *subjects: str,
        starts_at: datetime = START,
        wallet: str | None = None,
    ) -> UUID:
        """Subscribe the customer; return the id of the item."""
        draft = SubscriptionDraft(
            account="customer",
            items=(ItemDraft(plan, Decimal(1), subjects=subjects),),
            starts_at=starts_at,
            funding=Funding.INVOICE if wallet is None else Funding.WALLET,
            wallet=None if wallet is None else External(wallet),
        )
        async with self.scope() as scope:
            made = await subscriptions.create(scope, draft)
        return made.items[0].id

    async def household(self, price: dict[str, Any] | None = None, **spec: Any) -> UUID:
        """One meter, one plan, one subscription for the subject ``home``."""
        await self.meter(**(meter("energy") | spec))
        await self.plan("energy", usage("energy", "energy", price or per_unit("0.30")))
        return await self.subscribe("energy", "home")

    async def send(self, *events: object, media_type: str = BATCH) -> httpx2.Response:
        """Send events in one call."""
        body = json.dumps(list(events)).encode()
        return await self.raw(body, media_type)

    async def raw(self, body: bytes, media_type: str = BATCH) -> httpx2.Response:
        """Send a body as it is."""
        return await self.api(
            "POST", "/v1/events", content=body, headers={"Content-Type": media_type}
        )

    async def accepted(self, *events: object) -> Any:
        """Send events that must all be accepted."""
        answer = await self.send(*events)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["rejected"] == 0, told
        return told

    async def totals(self) -> list[dict[str, Any]]:
        """Every total, in key order."""
        return await self.rows(
            """
            SELECT component, segment, group_key, quantity, amount, gross, funded_wallet,
                   funded_overdraft, receivable, event_count, event_hash, state
              FROM item_totals WHERE tenant_id = %(t)s
             ORDER BY owner_id, component, window_id, segment, group_key
            """
        )

    async def days(self) -> list[dict[str, Any]]:
        """Every day slice."""
        return await self.rows(
            """
            SELECT i.component, d.day, d.quantity, d.amount, d.gross, d.receivable, d.unposted
              FROM total_days d JOIN item_totals i ON i.tenant_id = d.tenant_id
               AND i.id = d.total_id
             WHERE d.tenant_id = %(t)s ORDER BY i.component, d.day
            """
        )

    async def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """Read rows; ``%(t)s`` is the tenant."""
        async with self.scope(write=False) as scope:
            cursor = await scope.conn.execute(query.encode(), {"t": scope.tenant_id, **values})
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


def results(told: Any) -> list[str]:
    """The statuses of an answer."""
    return [one["status"] for one in told["results"]]


def codes(told: Any) -> Iterable[str | None]:
    """The codes of an answer."""
    return [one["code"] for one in told["results"]]
