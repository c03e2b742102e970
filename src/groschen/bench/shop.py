"""A transport alliance behind a real server: processes, a test tenant, a plan, a key."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx2

from groschen.core.errors import invariant
from groschen.features.tenants import service as tenants
from groschen.features.tenants.model import Founding
from groschen.features.tenants.service.founding import found_child, found_twin
from groschen.kit.actor import SYSTEM
from groschen.kit.ids import new_id
from groschen.kit.permissions import PERMISSIONS
from groschen.kit.processes import this_program
from groschen.kit.provision import environment_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from uuid import UUID

    from groschen.bench.ground import Ground

LEGS: Final = (("op-a", "8.4"), ("op-b", "21.7"), ("op-c", "3.9"))
ROUTE: Final = "CENTRE-HARBOUR"
START_TRIES: Final = 200
START_PAUSE_SECONDS: Final = 0.1
CALL_SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class Shop:
    """A tenant that sells one ticket for three operators, and a client with its key."""

    client: httpx2.AsyncClient
    tenant_id: UUID

    async def post(self, path: str, body: object) -> Any:
        """Send a command under a key of its own; every answer but a success ends the run."""
        answer = await self.client.post(path, json=body, headers={"Idempotency-Key": new_id().hex})
        invariant(answer.is_success, f"{path} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json()


@asynccontextmanager
async def shop(ground: Ground, *programs: str, serving: int = 1) -> AsyncIterator[Shop]:
    """Start ``programs`` (serve, worker) as processes of their own and set up a tenant.

    ``serving`` processes answer calls.
    """
    tenant_id, key = await _tenant(ground)
    port = _free_port()
    processes = [_start(ground, program, port, serving) for program in programs]
    try:
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {key}"},
            timeout=CALL_SECONDS,
        ) as client:
            await _ready(client)
            opened = Shop(client, tenant_id)
            await _open(opened)
            yield opened
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait()


async def _tenant(ground: Ground) -> tuple[UUID, str]:
    founding = Founding(
        external_id=f"shop-{new_id().hex}",
        name="Benchmark alliance",
        country="DE",
        time_zone="Europe/Berlin",
        home_currency="EUR",
    )
    async with ground.database.scope(ground.tenant_id, SYSTEM) as scope:
        live = await found_child(scope, founding)
    async with ground.database.scope(live.tenant_id, SYSTEM) as scope:
        twin = await found_twin(scope)
    async with ground.database.scope(twin.tenant_id, SYSTEM) as scope:
        _, secret = await tenants.create_key(scope, name="bench", permissions=PERMISSIONS)
    return twin.tenant_id, secret


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _start(ground: Ground, program: str, port: int, serving: int) -> subprocess.Popen[bytes]:
    settings = ground.runtime.settings.model_copy(
        update={
            "port": port,
            "log_level": "warning",
            "serve_processes": serving,
            "worker_processes": 1,
        }
    )
    environment = {**os.environ, **environment_of(settings)}
    return subprocess.Popen(this_program(program), env=environment, stdin=subprocess.DEVNULL)


async def _ready(client: httpx2.AsyncClient) -> None:
    is_ready = False
    for _ in range(START_TRIES):
        with suppress(httpx2.TransportError):
            is_ready = (await client.get("/readyz")).is_success
        if is_ready:
            break
        await asyncio.sleep(START_PAUSE_SECONDS)
    invariant(is_ready, "the server did not start")


async def _open(opened: Shop) -> None:
    for name, _ in LEGS:
        partner = {"external_id": name, "kind": "organisation", "name": name, "country": "DE"}
        await opened.post("/v1/parties", {**partner, "roles": ["partner"]})
    rider = {"external_id": "rider", "kind": "person", "roles": ["customer"], "country": "DE"}
    await opened.post("/v1/parties", rider)
    await opened.post(
        "/v1/accounts", {"external_id": "customer", "party": "ext:rider", "currency": "EUR"}
    )
    await opened.post("/v1/agreements", {"external_id": "clearing", "name": "Clearing"})
    version = await opened.post(
        "/v1/agreements/ext:clearing/versions",
        {"valid_from": "2020-01-01T00:00:00Z", "terms": _agreement()},
    )
    sign_off = f"/v1/agreements/versions/{version['id']}/sign_off"
    await opened.post(sign_off, {"hash": version["hash"]})
    product = {"external_id": "ticket", "name": "Ticket", "tax_class": "reduced"}
    await opened.post("/v1/products", product)
    plan = {"external_id": "single", "product": "ext:ticket", "name": "Single"}
    await opened.post("/v1/plans", plan)
    await opened.post(
        "/v1/plans/ext:single/versions", {"valid_from": "2020-01-01T00:00:00Z", "terms": _plan()}
    )


def _agreement() -> dict[str, object]:
    fare = {"id": "fare", "kind": "apportion", "base": "gross", "params": {"weights": "legs"}}
    commission = {
        "id": "commission",
        "kind": "percent",
        "params": {"rate": "0.06"},
        "deducted_from": "statement",
        "vat_rate": "0.19",
    }
    return {
        "currency": "EUR",
        "seller_role": "agent",
        "release": "on_payment",
        "rules": [fare, commission],
        "settlement": {"period": "month", "min_payout": "10.00"},
    }


def _plan() -> dict[str, object]:
    legs = [{"operator": name, "weight": weight} for name, weight in LEGS]
    routes = {ROUTE: {"fare": "12.90", "legs": legs}}
    price = {"kind": "route_table", "params": {"currency": "EUR", "routes": routes}}
    return {
        "currency": "EUR",
        "basis": "gross",
        "components": [{"id": "fare", "price": price}],
        "agreement": "clearing",
        "revenue_account": "REV_TRANSPORT",
        "valid_minutes": 120,
        "delivery": [],
        "refund": None,
    }


def orders(names: Sequence[str]) -> dict[str, object]:
    """The body of a bulk call that sells one ticket for each name."""
    return {
        "orders": [
            {
                "external_id": name,
                "account": "customer",
                "lines": [{"plan": "single", "route": ROUTE}],
                "payment": {"provider": "sandbox", "method": "tok_visa"},
            }
            for name in names
        ]
    }
