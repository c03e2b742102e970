"""A household with a prepaid wallet in a test tenant; what it uses is charged as usage does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from groschen import audit
from groschen.core.money import add, multiply, round12
from groschen.features.tenants.service.founding import found_child, found_twin
from groschen.features.wallets import service as wallets
from groschen.features.wallets.model import Funded, Wallet, WalletCharge
from groschen.kit.actor import SYSTEM
from groschen.kit.ids import decode_id, new_id
from groschen.kit.rows import json_rows
from groschen.kit.worker import drain
from support.api import Api, api_key, founding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

    from fastapi import FastAPI

    from groschen.kit.db import Database, Scope

MONDAY = "2027-03-01T08:00:00Z"  # a working day
TOTALS = """
    INSERT INTO item_totals AS t (tenant_id, owner_id, component, window_id, segment, group_key, id,
                             account_id, party_id, plan_version_id, rule_hash, currency, state,
                             quantity, amount, gross, funded_wallet, funded_overdraft, receivable,
                             event_count, event_hash, revision, updated_at)
    SELECT %(tenant_id)s, r.total_id, r.component, r.total_id, 1, '', r.total_id, %(account_id)s,
           %(party_id)s, r.total_id, '', 'EUR', '{}', 0, 0, r.gross, r.wallet, r.overdraft,
           r.receivable, 1, '', 1, %(now)s
      FROM json_to_recordset(%(rows)s::json) AS r(
           total_id uuid, component text, gross numeric, wallet numeric, overdraft numeric,
           receivable numeric)
        ON CONFLICT (tenant_id, owner_id, component, window_id, segment, group_key) DO UPDATE
       SET gross = t.gross + EXCLUDED.gross,
           funded_wallet = t.funded_wallet + EXCLUDED.funded_wallet,
           funded_overdraft = t.funded_overdraft + EXCLUDED.funded_overdraft,
           receivable = t.receivable + EXCLUDED.receivable
"""
DAYS = """
    INSERT INTO total_days AS d (tenant_id, total_id, day, quantity, amount, gross, wallet,
                                 wallet_vat, overdraft, receivable, unposted)
    SELECT %(tenant_id)s, r.total_id, r.day, 0, 0, r.gross, r.wallet, r.wallet_vat, r.overdraft,
           r.receivable, true
      FROM json_to_recordset(%(rows)s::json) AS r(
           total_id uuid, day date, gross numeric, wallet numeric, wallet_vat numeric,
           overdraft numeric, receivable numeric)
        ON CONFLICT (tenant_id, total_id, day) DO UPDATE
       SET gross = d.gross + EXCLUDED.gross, wallet = d.wallet + EXCLUDED.wallet,
           wallet_vat = d.wallet_vat + EXCLUDED.wallet_vat,
           overdraft = d.overdraft + EXCLUDED.overdraft,
           receivable = d.receivable + EXCLUDED.receivable
"""


def gross_of(net: str) -> Decimal:
    """A net amount with 19 percent VAT, at twelve decimals."""
    return add(Decimal(net), round12(multiply(Decimal(net), Decimal("0.19"))))


@dataclass(frozen=True)
class Use:
    """The gross of a total changed on a day."""

    total_id: UUID
    day: str
    difference: Decimal
    component: str = "energy"


@dataclass
class Household:
    """One test tenant with one customer, and a wallet."""

    app: FastAPI
    api: Api
    receivables: dict[UUID, Decimal] = field(default_factory=dict[UUID, Decimal])
    wallet_id: UUID = field(default_factory=new_id)

    async def ask(self, method: str, path: str, body: object = None, *, status: int) -> Any:
        """Send one request with a fresh idempotency key and expect ``status``."""
        answer = await self.api(method, path, body, key=f"k-{new_id().hex}")
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def scope(self, **options: bool) -> AbstractAsyncContextManager[Scope]:
        """Open a scope of the tenant past the API."""
        database: Database = self.app.state.runtime.database
        return database.scope(self.api.tenant_id, SYSTEM, **options)

    async def drain(self) -> None:
        """Run all jobs that are due."""
        await drain(self.app.state.runtime)

    async def advance(self, to: str) -> None:
        """Move the tenant's clock."""
        await self.ask("POST", "/v1/test_clock/advance", {"to": to}, status=200)

    async def open(self, name: str = "home", **terms: object) -> Any:
        """Open a wallet; it is the one that use is charged to from now on."""
        body = {
            "account": "ext:household",
            "external_id": name,
            "vat_mode": "single_purpose",
            "legal_class": "own_goods",
            "tax_class": "standard",
            "emergency_limit": "5.00",
            "protected_region": "DE-BY",
            "thresholds": ["5.00", "2.00"],
            **terms,
        }
        opened = await self.ask("POST", "/v1/wallets", body, status=201)
        self.wallet_id = decode_id("wal", opened["id"])
        return opened

    async def top_up(self, amount: str = "20.00", method: str = "bank_instant") -> Any:
        """Pay for credit and let it happen; the top-up as it is then."""
        body = {"wallet": "ext:home", "amount": amount, "provider": "sandbox", "method": method}
        asked = await self.ask("POST", "/v1/top_ups", body, status=201)
        await self.drain()
        return await self.ask("GET", f"/v1/top_ups/{asked['id']}", status=200)

    async def grant(self, amount: str, **terms: object) -> Any:
        """Give credit."""
        path = "/v1/wallets/ext:home/grants"
        return await self.ask("POST", path, {"amount": amount, **terms}, status=201)

    async def wallet(self) -> Wallet:
        """The wallet as it is now."""
        async with self.scope(write=False) as scope:
            return (await wallets.of(scope, [self.wallet_id]))[self.wallet_id]

    async def use(
        self,
        difference: str | Decimal,
        day: str = "2027-03-01",
        *,
        total_id: UUID | None = None,
        component: str = "energy",
    ) -> Funded:
        """Charge one difference of a total (a new one unless it is given)."""
        total_id = total_id or new_id()
        [funded] = await self.charge([Use(total_id, day, Decimal(difference), component)])
        return funded

    async def charge(self, uses: Sequence[Use]) -> list[Funded]:
        """Charge a batch in one transaction, and store totals and slices as usage does."""
        async with self.scope() as scope:
            wallet = (await wallets.of(scope, [self.wallet_id]))[self.wallet_id]
            funded = await wallets.charge(
                scope,
                [
                    WalletCharge(
                        self.wallet_id,
                        one.total_id,
                        one.component,
                        date.fromisoformat(one.day),
                        one.difference,
                        self.receivables.get(one.total_id, Decimal(0)),
                    )
                    for one in uses
                ],
            )
            await self._store(scope, wallet, uses, funded)
        for one in funded:
            before = self.receivables.get(one.total_id, Decimal(0))
            self.receivables[one.total_id] = add(before, one.receivable)
        return funded

    async def _store(
        self, scope: Scope, wallet: Wallet, uses: Sequence[Use], funded: Sequence[Funded]
    ) -> None:
        for asked, one in zip(uses, funded, strict=True):
            whole = add(one.wallet, one.overdraft, one.receivable)
            assert whole == asked.difference
            rows = json_rows(
                [
                    {
                        "total_id": one.total_id,
                        "component": asked.component,
                        "day": one.day,
                        "gross": whole,
                        "wallet": one.wallet,
                        "wallet_vat": one.wallet_vat,
                        "overdraft": one.overdraft,
                        "receivable": one.receivable,
                    }
                ]
            )
            values = {
                "tenant_id": scope.tenant_id,
                "account_id": wallet.account_id,
                "party_id": wallet.party_id,
                "now": scope.now,
                "rows": rows,
            }
            await scope.conn.execute(TOTALS, values)
            await scope.conn.execute(DAYS, values)

    async def events(self, kind: str = "wallet.") -> list[tuple[str, dict[str, Any]]]:
        """The news of a kind, in order."""
        async with self.scope(write=False) as scope:
            cursor = await scope.conn.execute(
                """
                SELECT type, data FROM outbox WHERE tenant_id = %(t)s
                 UNION ALL
                SELECT type, data FROM events WHERE tenant_id = %(t)s
                 ORDER BY 1
                """,
                {"t": scope.tenant_id},
            )
            found = await cursor.fetchall()
        return [(name, data) for name, data in found if name.startswith(kind)]

    async def journal(self, kind: str, at: int = -1) -> dict[str, Decimal]:
        """A journal of a kind by account, the last unless said: debit positive."""
        async with self.scope(write=False) as scope:
            cursor = await scope.conn.execute(
                """
                SELECT j.id, p.account, sum(p.amount)
                  FROM journals j
                  JOIN postings p ON p.tenant_id = j.tenant_id AND p.journal_id = j.id
                 WHERE j.tenant_id = %(t)s AND j.kind = %(kind)s
                 GROUP BY j.id, p.account
                """,
                {"t": scope.tenant_id, "kind": kind},
            )
            found = await cursor.fetchall()
        ids = sorted({row[0] for row in found})
        return {account: amount for one, account, amount in found if one == ids[at]}

    async def audit(self) -> None:
        """Every sub-ledger equals the ledger, nothing hangs in the air."""
        async with self.scope(write=False) as scope:
            wrong = [check for check in await audit.run(scope) if not check.ok]
        assert wrong == []

    async def balance(self, account: str) -> Decimal:
        """Debit less credit of an account."""
        answer = await self.ask("GET", "/v1/ledger/trial_balance", status=200)
        rows = {row["account"]: row["balance"] for row in answer["data"]}
        return Decimal(rows.get(account, "0"))


async def found_household(app: FastAPI, database: Database, root_id: UUID) -> Household:
    """Found a test tenant with a customer's account and an open wallet."""
    async with database.scope(root_id, SYSTEM) as scope:
        live = await found_child(scope, founding())
    async with database.scope(live.tenant_id, SYSTEM) as scope:
        tenant = await found_twin(scope)
    token = await api_key(database, tenant.tenant_id)
    household = Household(app, Api(app, token, tenant.tenant_id))
    await household.advance(MONDAY)
    party = {"external_id": "tenant-1", "kind": "person", "roles": ["customer"], "country": "DE"}
    await household.ask("POST", "/v1/parties", party, status=201)
    account = {"external_id": "household", "party": "ext:tenant-1", "currency": "EUR"}
    await household.ask("POST", "/v1/accounts", account, status=201)
    await household.open()
    return household
