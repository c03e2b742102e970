"""A small transport alliance behind a real port, with people who sign in, for browser tests.

What happens behind the stage (orders placed, jobs run) happens in a thread with its own loop,
over an app of its own on the same database.
"""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import uvicorn
from anyio.from_thread import start_blocking_portal

from groschen.app import create_app
from groschen.features.tenants import service as tenants
from groschen.kit.db import Database
from support.billing import ADDRESS, SELLER
from support.tickets import IBANS, Alliance, found_alliance, publish

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from anyio.from_thread import BlockingPortal
    from starlette.applications import Starlette

    from groschen.kit.config import Settings

PASSWORD = "correct horse battery staple"
LEGS = {"op-a": "8.4", "op-b": "21.7", "op-c": "3.9"}
END = "2027-03-01T00:00:00Z"
FIRST_READING = datetime(2027, 1, 31, 0, 0, tzinfo=UTC)
METER = {
    "external_id": "energy",
    "name": "Energy",
    "terms": {"event_type": "reading", "aggregation": "sum", "value": "kwh"},
}
TIERS = [{"up_to": "20", "unit_price": "0.42"}, {"up_to": None, "unit_price": "0.36"}]
TERMS: dict[str, object] = {
    "currency": "EUR",
    "basis": "gross",
    "revenue_account": "REV_TRANSPORT",
    "components": [
        {
            "id": "energy",
            "label": "Energy",
            "kind": "usage",
            "meter": "energy",
            "every": "month",
            "price": {"kind": "graduated", "params": {"currency": "EUR", "tiers": TIERS}},
        },
        {
            "id": "base",
            "label": "Base fee",
            "kind": "recurring",
            "every": "month",
            "timing": "arrears",
            "price": {"kind": "per_unit", "params": {"currency": "EUR", "unit_price": "9.90"}},
        },
    ],
}
WALLET = {
    "vat_mode": "single_purpose",
    "legal_class": "own_goods",
    "tax_class": "standard",
    "emergency_limit": "5.00",
    "protected_region": "DE-BY",
    "thresholds": ["5.00", "2.00"],
}
PREPAID = {"funding": "wallet", "wallet": "ext:W-1"}
DEBTOR = {"name": "Verbund", "iban": "DE89370400440532013000"}
PEOPLE = {
    "ada": ("administrator", "Ada Berg"),
    "fina": ("finance", "Fina Grün"),
    "otto": ("operator", "Otto Weiß"),
    "rita": ("read_only", "Rita Blau"),
}


@dataclass
class Town:
    """The alliance, where it is served, and one-time links of its people by short name."""

    portal: BlockingPortal
    alliance: Alliance
    address: str
    links: dict[str, str]

    def do(self, act: Callable[..., Awaitable[Any]], *arguments: object) -> Any:
        """Do something behind the stage and wait for it."""
        return self.portal.call(act, *arguments)

    def sell(self, *names: str) -> None:
        """Sell one ticket under each of these numbers, paid and delivered."""
        self.do(self.alliance.sell, names)

    def drain(self) -> None:
        """Run all jobs that are due."""
        self.do(self.alliance.drain)

    def ask(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        """Send one request of the API and expect ``status``."""

        async def send() -> Any:
            return await self.alliance.ask(method, path, body, status=status)

        return self.do(send)

    def id_of_order(self, number: str) -> str:
        """The public id of an order."""
        order: str = self.ask("GET", f"/v1/orders/ext:{number}")["order"]["id"]
        return order


def draft(number: str, plan: str = "single", method: str = "tok_visa") -> dict[str, object]:
    """The order of one ticket."""
    return {
        "external_id": number,
        "account": "customer",
        "lines": [{"plan": plan, "route": "CENTRE-HARBOUR"}],
        "payment": {"provider": "sandbox", "method": method},
    }


def live_through_january(made: Town) -> None:
    """Sell January, one letter still to be posted and one payment refused; February begins."""
    made.sell(*(f"T-{number}" for number in range(1, 10)))
    made.ask("POST", "/v1/orders", draft("L-1", "letter"), 201)
    made.ask("POST", "/v1/orders", draft("F-1", method="tok_declined"), 201)
    made.drain()
    made.do(made.alliance.close, "2027-02-01")
    made.do(made.alliance.advance, "2027-02-03T09:00:00Z")
    made.sell("T-11")


@contextmanager
def served(application: Starlette) -> Iterator[str]:
    """Serve ``application`` on a free local port while the block runs; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(application, log_level="critical", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


@contextmanager
def town(settings: Settings) -> Iterator[Town]:
    """Found the alliance, let its people be invited, and serve it."""
    with ExitStack() as stack:
        portal = stack.enter_context(start_blocking_portal("asyncio"))
        app = create_app(settings)
        stack.enter_context(portal.wrap_async_context_manager(app.router.lifespan_context(app)))
        database = stack.enter_context(portal.wrap_async_context_manager(Database(settings)))
        alliance, links = portal.call(_found, app, database)
        address = stack.enter_context(served(create_app(settings)))
        yield Town(portal, alliance, address, links)


async def _found(app: Any, database: Database) -> tuple[Alliance, dict[str, str]]:
    first = await tenants.ensure_installation(database)
    assert first is not None
    alliance = await found_alliance(app, database, first.tenant_id)
    settings = {"funds_model": "agent_for_payee", "debtor": DEBTOR}
    etag = (await alliance.api.get("/v1/tenants/current")).headers["etag"]
    given = {"If_Match": etag}
    changed = await alliance.api("PATCH", "/v1/tenants/current", settings, headers=given)
    assert changed.status_code == 200, changed.text
    steps = [
        {"step": "ticket", "adapter": "ticket", "after": [], "settings": {}},
        {"step": "letter", "adapter": "manual", "after": ["ticket"], "settings": {}},
    ]
    await publish(alliance, "12.90", LEGS, "letter", delivery=steps)
    await _subscribe(alliance)
    return alliance, {"first": tenants.link_path(first.link), **await _invite(alliance)}


async def _subscribe(alliance: Alliance) -> None:
    """Sell power to the customer: one contract by invoice, one that ends, one from a wallet."""
    ask = alliance.ask
    product = {"external_id": "power", "name": "Power", "tax_class": "standard"}
    await ask("POST", "/v1/products", product, status=201)
    await ask("POST", "/v1/meters", METER, status=201)
    for plan, name in (("day", "Day power"), ("night", "Night power")):
        body = {"external_id": plan, "product": "ext:power", "name": name}
        await ask("POST", "/v1/plans", body, status=201)
        version = {"valid_from": "2027-01-01T00:00:00Z", "terms": TERMS}
        await ask("POST", f"/v1/plans/ext:{plan}/versions", version, status=201)
    wallet = {"account": "ext:customer", "external_id": "W-1", **WALLET}
    await ask("POST", "/v1/wallets", wallet, status=201)
    await _top_up(alliance, "30.00")
    phase = {"from_at": "2027-06-01T00:00:00Z", "plan": "night"}
    for number, more in (("S-1", {}), ("S-2", {}), ("P-1", PREPAID)):
        item: dict[str, object] = {"plan": "day", "quantity": "1", "phases": [phase]}
        item["subjects"] = [f"meter-{number}"]
        sold: dict[str, object] = {"external_id": number, "account": "customer", "items": [item]}
        await ask("POST", "/v1/subscriptions", {**sold, **more}, status=201)
    await ask("POST", "/v1/subscriptions/ext:S-2/cancel", {"at": END}, status=201)


async def _top_up(alliance: Alliance, amount: str) -> None:
    body = {"wallet": "ext:W-1", "amount": amount, "provider": "sandbox", "method": "tok_visa"}
    await alliance.ask("POST", "/v1/top_ups", body, status=201)
    await alliance.drain()


def use_power(made: Town) -> None:
    """Let meters report the days before now, one a quarter of an hour; one meter nobody knows."""
    known = [reading(f"meter-{one}", step) for one in ("S-1", "P-1") for step in range(300)]
    made.ask("POST", "/v1/events", [*known, reading("meter-lost", 1)])
    made.drain()


def bill(made: Town) -> None:
    """Issue the invoices of January, and give a little of one back."""
    made.ask("PUT", "/v1/seller", SELLER)
    made.ask("PUT", "/v1/parties/ext:rider/details", {"name": "Rida Rot", "address": ADDRESS})
    made.ask("POST", "/v1/bill_runs", {}, 202)
    made.drain()
    for invoice in made.ask("GET", "/v1/invoices")["data"][:1]:
        line = {"position": 1, "amount": "1.00"}
        body = {"effect": "concede", "lines": [line], "reason": "power cut"}
        made.ask("POST", f"/v1/invoices/{invoice['id']}/credit_notes", body, 201)
    made.drain()


def reading(subject: str, step: int) -> dict[str, object]:
    """The reading of a meter some quarters of an hour after the first."""
    at = FIRST_READING + timedelta(minutes=15 * step)
    return {
        "specversion": "1.0",
        "id": f"{subject}-{step}",
        "source": "head-end",
        "type": "reading",
        "subject": subject,
        "time": at.isoformat(),
        "data": {"kwh": str(Decimal("0.1") + Decimal("0.05") * (step % 7))},
    }


async def _invite(alliance: Alliance) -> dict[str, str]:
    """Add people of the tenant, of operators and of the customer; return their one-time links."""
    links: dict[str, str] = {}
    for short, (role, name) in PEOPLE.items():
        body = {"email": email(short), "name": name, "role": role}
        user = await alliance.ask("POST", "/v1/users", body, status=201)
        links[short] = await _link(alliance, user["id"])
    for operator in ("op-a", "op-b"):
        body = {"email": email(operator), "name": f"Person of {operator}"}
        user = await alliance.ask("POST", f"/v1/parties/ext:{operator}/users", body, status=201)
        links[operator] = await _link(alliance, user["id"])
        account = {"currency": "EUR", "holder": f"Operator {operator}", "iban": IBANS[operator]}
        path = f"/v1/parties/ext:{operator}/payout_accounts"
        await alliance.ask("POST", path, account, status=201)
    body = {"email": email("rida"), "name": "Rida Rot", "role": "customer"}
    user = await alliance.ask("POST", "/v1/parties/ext:rider/users", body, status=201)
    links["rida"] = await _link(alliance, user["id"])
    return links


async def _link(alliance: Alliance, user_id: str) -> str:
    path = f"/v1/users/{user_id}/sign_in_links"
    link: str = (await alliance.ask("POST", path, status=201))["path"]
    return link


def email(short: str) -> str:
    """The address that somebody signs in with."""
    return f"{short}@verbund.example"
