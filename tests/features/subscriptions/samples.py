"""Plans and subscriptions for tests."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from groschen.core.ledger import VatMode
from groschen.core.tax import TaxCategory
from groschen.features.catalog import service as catalog
from groschen.features.catalog.terms import parse_terms
from groschen.features.ledger.service import seed_chart
from groschen.features.parties import service as parties
from groschen.features.parties.model import NewParty
from groschen.features.subscriptions import service
from groschen.features.subscriptions.model import ItemDraft, SubscriptionDraft
from groschen.features.wallets import service as wallets
from groschen.features.wallets.model import LegalClass, WalletDraft
from groschen.kit.http import External

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from groschen.features.catalog.model import Plan
    from groschen.features.parties.model import Account
    from groschen.features.subscriptions.model import SubscriptionDetail
    from groschen.kit.db import Scope


def flat(amount: str, currency: str = "EUR") -> dict[str, Any]:
    """A price of one amount for each."""
    return {"kind": "per_unit", "params": {"currency": currency, "unit_price": amount}}


def fee(amount: str = "10", *, currency: str = "EUR", **changes: Any) -> dict[str, Any]:
    """The terms of a plan with one price."""
    return {
        "currency": currency,
        "basis": "net",
        "components": [{"id": "fee", "price": flat(amount, currency)}],
        "revenue_account": "REV_BASE",
        **changes,
    }


async def open_account(scope: Scope, name: str = "household", currency: str = "EUR") -> Account:
    """A customer with a billing account of the same name."""
    await parties.create_party(
        scope, NewParty(name, "organisation", name.title(), ("customer",), "DE", {})
    )
    return await parties.create_account(
        scope, party=External(name), external_id=name, currency=currency
    )


async def publish(
    scope: Scope, name: str, terms: dict[str, Any], valid_from: datetime | None = None
) -> Plan:
    """A plan with a version, of a product of its own."""
    await seed_chart(scope)
    await catalog.create_product(scope, name, name.title(), TaxCategory.STANDARD)
    plan = await catalog.create_plan(scope, name, External(name), name.title())
    await catalog.publish_version(scope, plan, parse_terms(terms), valid_from)
    return plan


async def subscribe(scope: Scope, plan: str = "power", **changes: Any) -> SubscriptionDetail:
    """A household that subscribes to one plan; ``changes`` replace fields of the draft."""
    item = ItemDraft(plan, Decimal(1), subjects=("meter-1",))
    return await service.create(scope, SubscriptionDraft("household", (item,), **changes))


async def open_wallet(scope: Scope, account: str = "household", state: str = "open") -> UUID:
    """A wallet of an account, open or closed."""
    draft = WalletDraft(
        External(account), VatMode.MULTI_PURPOSE, LegalClass.LIMITED_NETWORK, "standard"
    )
    wallet = await wallets.open_wallet(scope, draft)
    await scope.conn.execute(
        "UPDATE wallets SET state = %s WHERE tenant_id = %s AND id = %s",
        (state, scope.tenant_id, wallet.id),
    )
    return wallet.id


async def told(scope: Scope) -> list[tuple[str, dict[str, Any]]]:
    """The events about subscriptions, in the order they were published."""
    cursor = await scope.conn.execute(
        "SELECT type, data FROM outbox WHERE tenant_id = %s ORDER BY id", (scope.tenant_id,)
    )
    rows = await cursor.fetchall()
    return [(row[0], row[1]) for row in rows if row[0].startswith("subscription.")]
