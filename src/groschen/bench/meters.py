"""Thousands of metered households in a tenant: half prepaid, graduated and per-unit prices.

Two households are made through the features; the others are copies of their rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, LiteralString

from psycopg import sql

from groschen.core.ledger import VatMode
from groschen.core.meters import parse_meter
from groschen.core.tax import TaxCategory
from groschen.features.catalog import service as catalog
from groschen.features.catalog.service import meters
from groschen.features.catalog.terms import parse_terms
from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.model import Funding, ItemDraft, SubscriptionDraft
from groschen.features.wallets import service as wallets
from groschen.features.wallets.model import Grant, LegalClass, WalletDraft
from groschen.kit.actor import SYSTEM
from groschen.kit.http import External

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from groschen.bench.ground import Ground
    from groschen.kit.db import Scope

CREDIT: Final = Decimal(1_000_000)
UNIT_PRICE: Final = "0.3179"
TIERS: Final = [
    {"up_to": "10", "unit_price": "0.41"},
    {"up_to": "100", "unit_price": "0.3179"},
    {"up_to": None, "unit_price": "0.2499"},
]
PREPAID: Final = "prepaid"
INVOICED: Final = "invoiced"
DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Households:
    """The subjects: the first half prepaid, the second half invoiced."""

    subjects: tuple[str, ...]
    starts_at: datetime


async def households(ground: Ground, tenant_id: UUID, count: int) -> Households:
    """Set up ``count`` households in the tenant of a shop."""
    async with ground.database.scope(tenant_id, SYSTEM, exclusive=True) as scope:
        starts_at = scope.now - timedelta(days=DAYS)
        await _publish(scope, starts_at)
        first = {
            PREPAID: await _subscribe(scope, PREPAID, starts_at),
            INVOICED: await _subscribe(scope, INVOICED, starts_at),
        }
    for plan, subscription_id in first.items():
        await _copy(ground, tenant_id, plan, subscription_id, count // 2)
    subjects = tuple(f"{plan}-{n}" for plan in first for n in range(count // 2))
    return Households(subjects, starts_at)


async def _publish(scope: Scope, starts_at: datetime) -> None:
    spec = {"id": "energy", "event_type": "reading", "aggregation": "sum", "value": "kwh"}
    await meters.create(scope, "Energy", parse_meter(spec))
    await catalog.create_product(scope, "power", "Power", TaxCategory.STANDARD)
    graduated = {"kind": "graduated", "params": {"currency": "EUR", "tiers": TIERS}}
    per_unit = {"kind": "per_unit", "params": {"currency": "EUR", "unit_price": UNIT_PRICE}}
    for name, price in ((PREPAID, graduated), (INVOICED, per_unit)):
        plan = await catalog.create_plan(scope, name, External("power"), name.title())
        await catalog.publish_version(scope, plan, parse_terms(_terms(price)), starts_at)


def _terms(price: dict[str, Any]) -> dict[str, Any]:
    component = {
        "id": "energy",
        "kind": "usage",
        "meter": "energy",
        "price": price,
        "every": "month",
    }
    return {
        "currency": "EUR",
        "basis": "gross",
        "components": [component],
        "revenue_account": "REV_ENERGY",
    }


async def _subscribe(scope: Scope, plan: str, starts_at: datetime) -> UUID:
    is_prepaid = plan == PREPAID
    if is_prepaid:
        draft = WalletDraft(
            account=External("customer"),
            external_id="template",
            vat_mode=VatMode.SINGLE_PURPOSE,
            legal_class=LegalClass.OWN_GOODS,
            tax_class=TaxCategory.STANDARD,
        )
        wallet = await wallets.open_wallet(scope, draft)
        await wallets.grant(scope, wallet.id, Grant(CREDIT))
    made = await subscriptions.create(
        scope,
        SubscriptionDraft(
            account="customer",
            items=(ItemDraft(plan, Decimal(1), subjects=(f"{plan}-template",)),),
            external_id=f"{plan}-template",
            starts_at=starts_at,
            funding=Funding.WALLET if is_prepaid else Funding.INVOICE,
            wallet=External("template") if is_prepaid else None,
        ),
    )
    return made.subscription.id


async def _copy(ground: Ground, tenant_id: UUID, plan: str, first: UUID, count: int) -> None:
    """Copy a subscription with its item, terms, subject and wallet."""
    values = {"t": tenant_id, "plan": plan, "first": first, "count": count}
    async with ground.owner() as owner:
        await owner.execute(sql.SQL("SET app.tenant_id = {}").format(sql.Literal(str(tenant_id))))
        await owner.execute(
            """
            CREATE TEMP TABLE copies AS
            SELECT n, uuidv7() AS subscription_id, uuidv7() AS item_id, uuidv7() AS wallet_id
              FROM generate_series(0, %(count)s - 1) AS n
            """,
            values,
        )
        for table, replaced in COPIED.items():
            await owner.execute(_copying(table, replaced), values)
        await owner.execute("DROP TABLE copies")
        await owner.execute("ANALYZE")


NAMED: Final = "%(plan)s::text || '-' || c.n"
COPIED: Final[dict[str, dict[str, LiteralString]]] = {
    "wallets": {"id": "c.wallet_id", "external_id": NAMED},
    "wallet_buckets": {"id": "uuidv7()", "wallet_id": "c.wallet_id"},
    "subscriptions": {
        "id": "c.subscription_id",
        "external_id": NAMED,
        "wallet_id": "CASE WHEN r.wallet_id IS NULL THEN NULL ELSE c.wallet_id END",
    },
    "subscription_items": {
        "id": "c.item_id",
        "subscription_id": "c.subscription_id",
        "external_id": NAMED,
    },
    "item_terms": {"item_id": "c.item_id"},
    "item_subjects": {"item_id": "c.item_id", "subject": NAMED},
}
OF_WALLET: Final = "SELECT wallet_id FROM subscriptions WHERE id = %(first)s"
OF_ITEM: Final = "SELECT id FROM subscription_items WHERE subscription_id = %(first)s"
OF_FIRST: Final[dict[str, LiteralString]] = {
    "wallets": "r.id IN (" + OF_WALLET + ")",
    "wallet_buckets": "r.wallet_id IN (" + OF_WALLET + ")",
    "subscriptions": "r.id = %(first)s",
    "subscription_items": "r.subscription_id = %(first)s",
    "item_terms": "r.item_id IN (" + OF_ITEM + ")",
    "item_subjects": "r.item_id IN (" + OF_ITEM + ")",
}


def _copying(table: str, replaced: Mapping[str, LiteralString]) -> sql.Composed:
    """The statement that copies the first household's rows of a table."""
    changes = sql.SQL(", ").join(
        sql.SQL("{}, {}").format(sql.Literal(name), sql.SQL(value))
        for name, value in replaced.items()
    )
    return sql.SQL(
        "INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table},"
        " to_jsonb(r) || jsonb_build_object({changes}))).*"
        " FROM {table} r, copies c WHERE r.tenant_id = %(t)s AND {chosen}"
    ).format(table=sql.Identifier(table), changes=changes, chosen=sql.SQL(OF_FIRST[table]))
