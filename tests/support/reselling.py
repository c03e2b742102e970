"""A utility that shares what it sells: partners, agreements, wallets, posting."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from groschen import audit
from groschen.core.ledger import VatMode
from groschen.features.catalog import service as catalog
from groschen.features.catalog.terms import parse_terms
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import Moment
from groschen.features.parties import service as parties
from groschen.features.parties.model import NewParty
from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.model import Funding, ItemDraft, SubscriptionDraft
from groschen.features.usage.service import charging, posting, releasing
from groschen.features.wallets import service as wallets
from groschen.features.wallets.model import Grant, LegalClass, Wallet, WalletDraft
from groschen.kit.http import External
from groschen.kit.ids import new_id
from groschen.kit.worker import drain
from support.api import Api, api_key
from support.database import make_tenant
from support.metering import NOW, START, Utility, meter, per_unit, usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.features.usage.service.posting import Portion
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls

EARLIER = datetime(2026, 12, 1, tzinfo=UTC)
SELL = ("0.32", "0.36")
BUY = ("0.28", "0.32")


def recurring(name: str, price: str, every: str = "day", **more: Any) -> dict[str, Any]:
    """A component charged for each window."""
    return {"id": name, "kind": "recurring", "price": per_unit(price), "every": every} | more


def share(name: str, price: str, component: str, partner: str) -> dict[str, Any]:
    """A share rule by the unit, of one component."""
    return {
        "id": name,
        "kind": "per_unit",
        "base": "net",
        "params": {"unit_price": price},
        "beneficiary": partner,
        "components": [component],
    }


def percent(name: str, rate: str, partner: str, **more: Any) -> dict[str, Any]:
    """A share rule of a part of the net."""
    params = {"rate": rate}
    rule = {"id": name, "kind": "percent", "base": "net", "params": params, "beneficiary": partner}
    return rule | more


@dataclass
class Seller:
    """A tenant that sells power and shares it."""

    utility: Utility
    items: dict[str, UUID] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: object, status: int) -> Any:
        """Send one request and expect ``status``."""
        answer = await self.utility.api(method, path, body, key=f"k-{new_id().hex}")
        assert answer.status_code == status, answer.text
        return answer.json()

    async def partner(self, *names: str) -> None:
        """Know partners."""
        async with self.utility.scope() as scope:
            for name in names:
                party = NewParty(name, "organisation", name, ("partner",), "DE", {})
                await parties.create_party(scope, party)

    async def agree(
        self,
        *rules: dict[str, Any],
        role: str = "principal",
        release: str = "on_payment",
        name: str = "supply",
        valid_from: str = "2026-12-01T00:00:00Z",
        **settlement: str,
    ) -> None:
        """Sign an agreement with these rules, or its next version."""
        body = {"external_id": name, "name": name}
        answer = await self.utility.api("POST", "/v1/agreements", body, key=f"k-{new_id().hex}")
        assert answer.status_code in {200, 201, 409}, answer.text
        terms = {
            "currency": "EUR",
            "seller_role": role,
            "release": release,
            "rules": list(rules),
            "settlement": {"period": "month", "min_payout": "0"} | settlement,
        }
        path = f"/v1/agreements/ext:{name}/versions"
        version = await self.ask("POST", path, {"valid_from": valid_from, "terms": terms}, 201)
        path = f"/v1/agreements/versions/{version['id']}/sign_off"
        await self.ask("POST", path, {"hash": version["hash"]}, 200)

    async def plan(
        self,
        *components: dict[str, Any],
        name: str = "power",
        agreement: str | None = None,
        basis: str = "net",
        revenue_account: str = "REV_ENERGY",
        wholesale: dict[str, Any] | None = None,
    ) -> None:
        """Publish a plan."""
        terms = {
            "currency": "EUR",
            "basis": basis,
            "components": list(components),
            "agreement": agreement,
            "revenue_account": revenue_account,
            "wholesale": wholesale,
        }
        async with self.utility.scope() as scope:
            if name not in self.utility.plans:
                await catalog.create_plan(scope, name, External("power"), name.title())
                self.utility.plans.add(name)
            plan = await catalog.find_plan(scope, External(name))
            await catalog.publish_version(scope, plan, parse_terms(terms), EARLIER)

    async def power(self, prices: Sequence[str], agreement: str | None) -> None:
        """Publish the plan of example B: energy by the kWh and a base fee by the day."""
        await self.utility.meter(**meter("energy"))
        await self.plan(
            usage("energy", "energy", per_unit(prices[0])),
            recurring("base", prices[1], timing="advance", revenue_account="REV_BASE"),
            agreement=agreement,
        )

    async def wallet(self, name: str = "purse", limit: str = "0", **changes: Any) -> Wallet:
        """Open a wallet of the customer."""
        draft = WalletDraft(
            account=External("customer"),
            vat_mode=changes.pop("vat_mode", VatMode.SINGLE_PURPOSE),
            legal_class=LegalClass.OWN_GOODS,
            tax_class="standard",
            external_id=name,
            emergency_limit=Decimal(limit),
            **changes,
        )
        async with self.utility.scope() as scope:
            return await wallets.open_wallet(scope, draft)

    async def top_up(self, amount: str, name: str = "purse") -> None:
        """Pay credit by instant transfer; runs all jobs that are due."""
        body = {"wallet": f"ext:{name}", "amount": amount, "provider": "sandbox"}
        await self.ask("POST", "/v1/top_ups", {**body, "method": "bank_instant"}, 201)
        await self.drain()

    async def grant(self, amount: str, name: str = "purse") -> None:
        """Give credit as a gift."""
        async with self.utility.scope() as scope:
            wallet = await wallets.find(scope, External(name))
            await wallets.grant(scope, wallet.id, Grant(Decimal(amount)))

    async def subscribe(
        self,
        *subjects: str,
        plan: str = "power",
        starts_at: datetime = START,
        wallet: str | None = None,
        quantity: str = "1",
        name: str = "home",
    ) -> UUID:
        """Subscribe the customer; what is due is not charged yet."""
        draft = SubscriptionDraft(
            account="customer",
            items=(ItemDraft(plan, Decimal(quantity), subjects=subjects),),
            external_id=name,
            starts_at=starts_at,
            funding=Funding.INVOICE if wallet is None else Funding.WALLET,
            wallet=None if wallet is None else External(wallet),
        )
        async with self.utility.scope() as scope:
            made = await subscriptions.create(scope, draft)
        self.items[name] = made.items[0].id
        return made.items[0].id

    async def advance(self, to: str) -> None:
        """Move the tenant's clock."""
        await self.ask("POST", "/v1/test_clock/advance", {"to": to}, 200)

    async def charge(self) -> int:
        """Charge all that is due; how many items that were."""
        charged = 0
        while True:
            async with self.utility.scope() as scope:
                done = await charging.charge_due(scope)
            assert not done.refused, done.refused
            charged += len(done.charged)
            if not done.charged:
                return charged

    async def post(self, limit: int = posting.PORTION) -> list[Portion]:
        """Post all slices that wait, ``limit`` in a portion."""
        portions: list[Portion] = []
        after = None
        while True:
            async with self.utility.scope() as scope:
                portion = await posting.post_portion(scope, after, limit)
            await self.balanced()
            portions.append(portion)
            if portion.last is None:
                return portions
            after = portion.last

    async def drain(self) -> None:
        """Run all jobs that are due."""
        await drain(self.utility.api.app.state.runtime)

    async def receive(self, paid: dict[UUID, str]) -> None:
        """Have an invoice paid that asked for parts of totals."""
        async with self.utility.scope() as scope:
            amounts = {total_id: Decimal(one) for total_id, one in paid.items()}
            await releasing.receive(scope, new_id(), amounts)

    async def books(self) -> dict[str, Decimal]:
        """The balances that are not zero: debit less credit, with the party where one is named."""
        async with self.utility.scope(write=False) as scope:
            rows = await ledger.trial_balance(scope, Moment())
        balances = {one.account: one.debit - one.credit for one in rows}
        return {name: one for name, one in balances.items() if one}

    async def party_balance(self, account: str, party: str) -> Decimal:
        """Debit less credit of a party."""
        async with self.utility.scope(write=False) as scope:
            found = await parties.ids_by_external_id(scope, [party])
            return await ledger.balance(scope, account, "EUR", party_id=found[party])

    async def total_ids(self) -> dict[str, list[UUID]]:
        """The totals by component."""
        found: dict[str, list[UUID]] = {}
        rows = await self.utility.rows(
            "SELECT component, id FROM item_totals WHERE tenant_id = %(t)s ORDER BY id"
        )
        for row in rows:
            found.setdefault(row["component"], []).append(row["id"])
        return found

    async def amounts(self, component: str) -> list[tuple[int, Decimal, Decimal]]:
        """Segment, quantity and amount of a component's totals, by window."""
        rows = await self.utility.rows(
            """
            SELECT t.segment, t.quantity, t.amount
              FROM item_totals t JOIN windows w ON w.tenant_id = t.tenant_id AND w.id = t.window_id
             WHERE t.tenant_id = %(t)s AND t.component = %(component)s
             ORDER BY w.starts_at, t.segment
            """,
            component=component,
        )
        return [(row["segment"], row["quantity"].normalize(), row["amount"]) for row in rows]

    async def shares(self) -> dict[str, Decimal]:
        """What partners have by rule and state, where it is not zero."""
        rows = await self.utility.rows(
            """
            SELECT p.external_id, l.rule, l.kind, s.state,
                   sum(CASE s.side WHEN 1 THEN m.amount ELSE -m.amount END) AS amount
              FROM share_movements m
              JOIN share_lines l ON l.tenant_id = m.tenant_id AND l.id = m.share_line_id
              JOIN parties p ON p.tenant_id = m.tenant_id AND p.id = m.beneficiary_id
             CROSS JOIN LATERAL (VALUES (m.to_state, 1), (m.from_state, -1)) AS s(state, side)
             WHERE m.tenant_id = %(t)s AND s.state IS NOT NULL
             GROUP BY p.external_id, l.rule, l.kind, s.state
            HAVING sum(CASE s.side WHEN 1 THEN m.amount ELSE -m.amount END) <> 0
            """
        )
        return {f"{row['external_id']} {row['rule']} {row['state']}": row["amount"] for row in rows}

    async def balanced(self) -> None:
        """Posted and unposted are the total, and every check of the books is silent."""
        rows = await self.utility.rows(
            """
            SELECT t.id
              FROM item_totals t
              LEFT JOIN total_days d ON d.tenant_id = t.tenant_id AND d.total_id = t.id
             WHERE t.tenant_id = %(t)s
             GROUP BY t.id, t.gross, t.amount
            HAVING t.gross <> coalesce(sum(d.gross), 0) OR t.amount <> coalesce(sum(d.amount), 0)
            """
        )
        assert rows == []
        async with self.utility.scope(write=False) as scope:
            wrong = [check for check in await audit.run(scope) if not check.ok]
        assert wrong == []


async def new_utility(app: FastAPI, database: Database, urls: ServerUrls) -> Utility:
    """Found one more test tenant, whose clock stands at ``NOW``."""
    tenant_id = make_tenant(urls, mode="test", test_now=NOW)
    made = Utility(Api(app, await api_key(database, tenant_id), tenant_id), database)
    await made.found()
    return made


def close(left: Decimal, right: str) -> bool:
    """Whether two amounts agree to the sixth decimal."""
    return abs(left - Decimal(right)) < Decimal("0.000001")
