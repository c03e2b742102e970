"""A transport alliance that sells tickets through the API, for tests of the whole way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from groschen import audit
from groschen.features.tenants.service.founding import found_child, found_twin
from groschen.kit.actor import SYSTEM
from groschen.kit.ids import decode_id, new_id
from groschen.kit.permissions import ROLES
from groschen.kit.worker import drain
from support.api import Api, api_key, founding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.db import Database, Scope

LEGS = {"op-a": "8.4", "op-b": "21.7", "op-c": "3.9"}
IBANS = {
    "op-a": "DE02120300000000202051",
    "op-b": "DE02500105170137075030",
    "op-c": "DE02100500000054540402",
}
START = "2027-01-05T08:00:00Z"


@dataclass
class Alliance:
    """One test tenant with its plan, agreement, operators and a customer's account."""

    app: FastAPI
    api: Api

    async def ask(self, method: str, path: str, body: object = None, *, status: int) -> Any:
        """Send one request with a fresh idempotency key and expect ``status``."""
        answer = await self.api(method, path, body, key=f"k-{new_id().hex}")
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def drain(self) -> None:
        """Run all jobs that are due."""
        await drain(self.app.state.runtime)

    async def quote(self, route: str = "CENTRE-HARBOUR") -> Any:
        """Ask for the price of one ticket."""
        body = {"lines": [{"plan": "single", "route": route}]}
        return await self.ask("POST", "/v1/quotes", body, status=201)

    async def sell(self, names: Iterable[str], method: str = "tok_visa") -> Any:
        """Sell tickets by the bulk call and run the jobs."""
        orders = [self.draft(name, method) for name in names]
        answer = await self.ask("POST", "/v1/orders/bulk", {"orders": orders}, status=200)
        assert answer["rejected"] == 0, answer
        await self.drain()
        return answer

    def draft(self, name: str, method: str = "tok_visa") -> dict[str, object]:
        """The order of one ticket."""
        return {
            "external_id": name,
            "account": "customer",
            "lines": [{"plan": "single", "route": "CENTRE-HARBOUR"}],
            "payment": {"provider": "sandbox", "method": method},
        }

    async def order(self, name: str) -> Any:
        """Read an order by its external id."""
        return await self.ask("GET", f"/v1/orders/ext:{name}", status=200)

    async def balances(self) -> Mapping[str, str]:
        """The trial balance: debit less credit by account."""
        answer = await self.ask("GET", "/v1/ledger/trial_balance", status=200)
        return {row["account"]: row["balance"] for row in answer["data"]}

    async def advance(self, to: str) -> None:
        """Move the tenant's clock."""
        await self.ask("POST", "/v1/test_clock/advance", {"to": to}, status=200)

    async def buy(self, name: str, *plans: str, method: str = "tok_visa", **changes: object) -> Any:
        """Place one order of these plans and run the jobs; returns it as it is then."""
        lines = [{"plan": plan, "route": "CENTRE-HARBOUR"} for plan in plans or ("single",)]
        draft = {**self.draft(name, method), "lines": lines, **changes}
        await self.ask("POST", "/v1/orders", draft, status=201)
        await self.drain()
        return await self.order(name)

    async def refund(self, name: str, *, status: int = 201, **body: object) -> Any:
        """Ask for a refund; the jobs are not run."""
        body = {"reason": "journey cancelled", **body}
        return await self.ask("POST", f"/v1/orders/ext:{name}/refund", body, status=status)

    async def refunded(self, name: str, **body: object) -> Any:
        """Ask for a refund and let it happen."""
        asked = await self.refund(name, **body)
        await self.drain()
        return asked

    async def refuse(self, method: str, path: str, body: object = None) -> Any:
        """Send a request that must be refused; returns the problem."""
        answer = await self.api(method, path, body, key=f"k-{new_id().hex}")
        assert 400 <= answer.status_code < 500, (path, answer.status_code, answer.text)
        problem = answer.json()
        assert problem["hint"], problem
        assert problem["detail"], problem
        return problem

    def scope(self, **options: bool) -> AbstractAsyncContextManager[Scope]:
        """Open a scope of the tenant past the API."""
        database: Database = self.app.state.runtime.database
        return database.scope(self.api.tenant_id, SYSTEM, **options)

    async def audit(self) -> None:
        """Every sub-ledger equals the ledger, nothing hangs in the air."""
        async with self.scope(write=False) as scope:
            wrong = [check for check in await audit.run(scope) if not check.ok]
        assert wrong == []

    async def outstanding(self) -> Mapping[str, str]:
        """The accounts whose balance is not zero."""
        return {name: one for name, one in (await self.balances()).items() if one != "0"}

    async def close(self, period_to: str) -> Mapping[str, Any]:
        """Close the books up to a day; the statements of that closing by operator."""
        await self.advance(f"{period_to}T09:00:00Z")
        body = {"period_to": period_to}
        answer = await self.api("POST", "/v1/settlements/close", body, key=f"k-{new_id().hex}")
        assert answer.status_code in {200, 202}, answer.text
        await self.drain()
        found = await self.ask("GET", "/v1/statements?limit=100", status=200)
        names = await self.party_names()
        return {
            names[one["beneficiary_id"]]: one
            for one in found["data"]
            if one["period_to"] == period_to
        }

    async def party_names(self) -> Mapping[str, str]:
        """External ids of the parties by public id."""
        found = await self.ask("GET", "/v1/parties?limit=100", status=200)
        return {one["id"]: one["external_id"] for one in found["data"]}

    async def partner_api(self, name: str, permissions: Iterable[str] | None = None) -> Api:
        """A key of one party, with the rights of a partner or these."""
        names = await self.party_names()
        [public_id] = [one for one, external_id in names.items() if external_id == name]
        database: Database = self.app.state.runtime.database
        token = await api_key(
            database,
            self.api.tenant_id,
            ROLES["partner"] if permissions is None else permissions,
            party_id=decode_id("pty", public_id),
        )
        return Api(self.app, token, self.api.tenant_id)


async def found_alliance(
    app: FastAPI,
    database: Database,
    root_id: UUID,
    *,
    fare: str = "12.90",
    legs: Mapping[str, str] = LEGS,
    role: str = "agent",
) -> Alliance:
    """Found a test tenant with everything it needs to sell a ticket."""
    async with database.scope(root_id, SYSTEM) as scope:
        live = await found_child(scope, founding())
    async with database.scope(live.tenant_id, SYSTEM) as scope:
        tenant = await found_twin(scope)
    alliance = Alliance(app, Api(app, await api_key(database, tenant.tenant_id), tenant.tenant_id))
    await alliance.advance(START)
    for name in legs:
        body = {"external_id": name, "kind": "organisation", "name": f"Operator {name}"}
        await alliance.ask(
            "POST", "/v1/parties", {**body, "roles": ["partner"], "country": "DE"}, status=201
        )
    customer = {"external_id": "rider", "kind": "person", "roles": ["customer"], "country": "DE"}
    await alliance.ask("POST", "/v1/parties", customer, status=201)
    account = {"external_id": "customer", "party": "ext:rider", "currency": "EUR"}
    await alliance.ask("POST", "/v1/accounts", account, status=201)
    await agree(alliance, role)
    product = {"external_id": "ticket", "name": "Single ticket", "tax_class": "reduced"}
    await alliance.ask("POST", "/v1/products", product, status=201)
    await publish(alliance, fare, legs)
    return alliance


async def agree(alliance: Alliance, role: str, name: str = "clearing") -> None:
    """Sign an agreement with the operators, in whose name the seller sells or in its own."""
    await alliance.ask("POST", "/v1/agreements", {"external_id": name, "name": name}, status=201)
    base = {"agent": ("gross", "1"), "principal": ("net", "0.94")}[role]
    rules: list[dict[str, object]] = [
        {
            "id": "fare",
            "kind": "apportion",
            "base": base[0],
            "params": {"rate": base[1], "weights": "legs"},
        }
    ]
    if role == "agent":
        rules.append(
            {
                "id": "commission",
                "kind": "percent",
                "params": {"rate": "0.06"},
                "deducted_from": "statement",
                "vat_rate": "0.19",
                "on_chargeback": "keep",
            }
        )
    await sign(alliance, name, agreement_terms(rules, role=role))


def agreement_terms(
    rules: Sequence[Mapping[str, object]], *, role: str = "agent", **changes: object
) -> dict[str, object]:
    """Terms with these rules."""
    return {
        "currency": "EUR",
        "seller_role": role,
        "release": "on_payment",
        "rules": list(rules),
        "settlement": {"period": "month", "min_payout": "10.00"},
        **changes,
    }


async def sign(alliance: Alliance, name: str, terms: Mapping[str, object]) -> Any:
    """Write a version of an agreement and sign it off."""
    version = await alliance.ask(
        "POST",
        f"/v1/agreements/ext:{name}/versions",
        {"valid_from": "2027-01-01T00:00:00Z", "terms": terms},
        status=201,
    )
    path = f"/v1/agreements/versions/{version['id']}/sign_off"
    return await alliance.ask("POST", path, {"hash": version["hash"]}, status=200)


async def publish(
    alliance: Alliance,
    fare: str,
    legs: Mapping[str, str],
    name: str = "single",
    agreement: str | None = "clearing",
    **changes: object,
) -> None:
    """Publish a plan with one route, shared under an agreement; ``changes`` are of its terms."""
    route = {
        "fare": fare,
        "legs": [{"operator": name, "weight": weight} for name, weight in legs.items()],
    }
    price = {
        "kind": "route_table",
        "params": {"currency": "EUR", "routes": {"CENTRE-HARBOUR": route}},
    }
    await offer(alliance, name, price, agreement=agreement, **changes)


async def offer(
    alliance: Alliance, name: str, price: Mapping[str, object], **changes: object
) -> None:
    """Publish a plan with any price."""
    plan = {"external_id": name, "product": "ext:ticket", "name": name}
    await alliance.ask("POST", "/v1/plans", plan, status=201)
    terms = {
        "currency": "EUR",
        "basis": "gross",
        "components": [{"id": "fare", "price": price}],
        "agreement": "clearing",
        "revenue_account": "REV_TRANSPORT",
        "valid_minutes": 120,
        "delivery": [{"step": "ticket", "adapter": "ticket", "after": [], "settings": {}}],
        "refund": {"fee": "2.00", "fee_tax_class": "standard"},
        **changes,
    }
    body = {"valid_from": START, "terms": terms}
    await alliance.ask("POST", f"/v1/plans/ext:{name}/versions", body, status=201)
