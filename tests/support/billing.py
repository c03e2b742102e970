"""A tenant that sends invoices: its seller, customers, lines by hand, and bill runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from groschen import audit
from groschen.features.invoices import jobs
from groschen.kit.actor import SYSTEM
from groschen.kit.ids import decode_id, new_id

if TYPE_CHECKING:
    from groschen.kit.db import Database
    from groschen.kit.runtime import Runtime
    from support.api import Api

SELLER = {
    "name": "Leuchtturm Daten GmbH",
    "street": "Speicherstraße 12",
    "postal_code": "20457",
    "town": "Hamburg",
    "country": "DE",
    "vat_id": "DE123456789",
    "iban": "DE02120300000000202051",
}
ADDRESS = {"street": "Am Kai 7", "postal_code": "20459", "town": "Hamburg", "country": "DE"}


@dataclass
class Billing:
    """What tests do with invoices, over the API and the jobs."""

    api: Api
    database: Database
    runtime: Runtime
    parties: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        """Send one request with a fresh key; return the answer's JSON."""
        key = str(new_id()) if method == "POST" else None
        answer = await self.api(method, path, body, key=key)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def seller(self, **changes: object) -> Any:
        """Say who issues the invoices."""
        return await self.ask("PUT", "/v1/seller", {**SELLER, **changes})

    async def customer(self, name: str, *, address: bool = True) -> str:
        """Make a customer with an account of the same name; return the account's id."""
        details = {"address": ADDRESS} if address else {"email": "a@example.org"}
        party = {
            "kind": "organisation",
            "name": f"{name} GmbH",
            "external_id": f"{name}-party",
            "roles": ["customer"],
            "country": "DE",
            "details": details,
        }
        made = await self.ask("POST", "/v1/parties", party, 201)
        self.parties[name] = made["id"]
        account = {"party": made["id"], "external_id": name}
        opened: str = (await self.ask("POST", "/v1/accounts", account, 201))["id"]
        return opened

    async def charge(self, account: str, price: str, **changes: object) -> Any:
        """Charge something by hand."""
        line = {
            "account": f"ext:{account}",
            "label": "Set-up on site",
            "quantity": "1",
            "unit_price": price,
            "currency": "EUR",
            "basis": "net",
            "tax_class": "standard",
            "service_from": "2026-01-01",
            "service_to": "2026-01-31",
            **changes,
        }
        return await self.ask("POST", "/v1/billables", line, 201)

    async def run(self, **asked: object) -> Any:
        """Bill, and wait for it."""
        started = await self.ask("POST", "/v1/bill_runs", asked, 202)
        await self.work(started["id"])
        return await self.ask("GET", f"/v1/bill_runs/{started['id']}")

    async def work(self, run_id: str) -> None:
        """Do the job of a run."""
        await jobs.bill(self.runtime, self.api.tenant_id, decode_id("brn", run_id))

    async def invoices(self) -> list[Any]:
        """All documents, oldest first."""
        page = await self.ask("GET", "/v1/invoices?limit=200")
        return list(reversed(page["data"]))

    async def balances(self) -> dict[str, Decimal]:
        """What stands on each account of the ledger, debit positive; without empty ones."""
        found = await self.ask("GET", "/v1/ledger/trial_balance")
        sums = {
            row["account"]: Decimal(row["debit"]) - Decimal(row["credit"]) for row in found["data"]
        }
        return {account: amount for account, amount in sums.items() if amount}

    async def check_books(self) -> None:
        """Prove what the audit proves."""
        async with self.database.scope(self.api.tenant_id, SYSTEM, write=False) as scope:
            wrong = [check for check in await audit.run(scope) if not check.ok]
        assert not wrong, [(check.name, check.detail) for check in wrong]
