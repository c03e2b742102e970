"""The composition root: the only place that knows all features, adapters and pages.

``wire`` imports what features register (jobs, listeners), ``create_app`` makes the ASGI app.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse

from groschen.adapters.bank.pain001 import Pain001Writer
from groschen.adapters.bank.sandbox import SandboxBanks
from groschen.adapters.delivery import qr_code
from groschen.adapters.delivery.manual import ManualDelivery
from groschen.adapters.delivery.ticket import TicketSigner
from groschen.adapters.delivery.webhook import WebhookDelivery
from groschen.adapters.payments.sandbox import SandboxPayments
from groschen.core.errors import GroschenError, invariant
from groschen.core.ports.delivery import DeliveryAdapter
from groschen.features.delivery.ports import ADAPTERS
from groschen.features.payments.ports import PROVIDERS, ConnectedProvider
from groschen.features.settlements.ports import BANK, FILE_WRITER, BankOpener
from groschen.features.tenants import service as tenants
from groschen.kit import clock
from groschen.kit.auth import Authenticator
from groschen.kit.config import Settings
from groschen.kit.db import Database
from groschen.kit.http.catalogue import problem_page
from groschen.kit.http.handlers import install_handlers
from groschen.kit.http.middleware import BodyLimit, RequestFrame
from groschen.kit.http.openapi import describe
from groschen.kit.http.router import Router
from groschen.kit.logs import logger
from groschen.kit.metrics import CONTENT_TYPE, render_metrics
from groschen.kit.runtime import Ports, Runtime
from groschen.kit.seal import Seal, install, seal_from
from groschen.kit.signing_keys import SigningKeys
from groschen.web.pages import ROUTERS
from groschen.web.ports import QR_CODES
from groschen.web.routes import connect, web_application
from groschen.web.sessions import TenantSessions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.types import Receive, Scope, Send

ORDER: Final = (
    "tenants",
    "ledger",
    "parties",
    "catalog",
    "receivables",
    "shares",
    "subscriptions",
    "wallets",
    "usage",
    "levels",
    "payments",
    "invoices",
    "settlements",
    "delivery",
    "orders",
)
"""From the lowest to the highest: a feature calls only what stands before it."""

KIT_MODULES: Final = ("outbox.api", "outbox.sequencer", "idempotency.expiry")
FEATURE_MODULES: Final = ("jobs", "events", "api")
API_VERSION: Final = "1.0.0"
API_PATHS: Final = ("/v1", "/problems")
KEY_USES_SECONDS: Final = 15
log = logger(__name__)


def wire(features: Sequence[str] = ORDER) -> tuple[Router, ...]:
    """Import every feature, so that its jobs and listeners are known; return all routers."""
    names = [f"groschen.kit.{module}" for module in KIT_MODULES]
    for feature in features:
        package = f"groschen.features.{feature}"
        if find_spec(package) is None:
            continue
        names += [
            f"{package}.{module}" for module in FEATURE_MODULES if find_spec(f"{package}.{module}")
        ]
    modules = [import_module(name) for name in names]
    found = [value for module in modules for value in vars(module).values()]
    return tuple(dict.fromkeys(value for value in found if isinstance(value, Router)))


def connect_ports(settings: Settings, database: Database, seal: Seal) -> Ports:
    """Connect the ports of ``core`` to the adapters this installation uses."""
    ports = Ports()
    payments = SandboxPayments(database, seal)
    providers = {
        "sandbox": ConnectedProvider(payments.open, is_test_only=True, world=payments.world)
    }
    ports.connect(PROVIDERS, providers)
    open_bank: BankOpener = SandboxBanks(database).open
    ports.connect(BANK, open_bank)
    ports.connect(FILE_WRITER, Pain001Writer())
    keys = SigningKeys(database, seal)
    adapters: tuple[DeliveryAdapter, ...] = (
        TicketSigner(database, keys),
        WebhookDelivery(keys, allow_private_targets=settings.private_webhook_targets),
        ManualDelivery(),
    )
    ports.connect(ADAPTERS, {adapter.name: adapter for adapter in adapters})
    ports.connect(QR_CODES, qr_code.svg)
    return ports


def make_runtime(settings: Settings, database: Database) -> Runtime:
    """Return what requests and jobs find around them; installs the secret key of the process."""
    seal = seal_from(settings)
    install(seal)
    return Runtime(database, settings, connect_ports(settings, database, seal))


async def first_start(settings: Settings) -> str | None:
    """Found the installation if it is new; return the administrator's sign-in path while needed."""
    wire()
    async with Database(settings) as database:
        make_runtime(settings, database)
        token = await tenants.first_link(database)
        return None if token is None else tenants.link_path(token)


def create_app(settings: Settings | None = None, features: Sequence[str] = ORDER) -> FastAPI:
    """Return the ASGI app: API, pages, health and metrics. Its lifespan opens the database."""
    settings = settings or Settings()
    web = web_application(*ROUTERS)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Database(settings) as database:
            app.state.runtime = make_runtime(settings, database)
            app.state.authenticator = authenticator = Authenticator(database)
            sessions = TenantSessions(database, authenticator)
            connect(web, sessions, runtime=app.state.runtime, authenticator=authenticator)
            writing = asyncio.create_task(_write_key_uses(app.state.authenticator))
            try:
                yield
            finally:
                writing.cancel()
                with suppress(asyncio.CancelledError):
                    await writing
                await app.state.authenticator.write_uses()

    app = FastAPI(
        title="Groschen",
        version=API_VERSION,
        summary="Open-source billing: orders, prices, payments and the fair division of money.",
        description="Amounts are decimal strings, ids carry a prefix, refusals are RFC 9457 "
        "problems. Every POST takes an Idempotency-Key.",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestFrame)
    install_handlers(app)
    _include(app, wire(features))
    _add_operations(app)
    _add_pages(app, web)
    return app


async def _write_key_uses(authenticator: Authenticator) -> None:
    while True:
        await clock.sleep(KEY_USES_SECONDS)
        try:
            await authenticator.write_uses()
        except GroschenError:
            log.exception("key_uses_not_stored")


def _include(app: FastAPI, routers: tuple[Router, ...]) -> None:
    for router in routers:
        app.include_router(router.routes)
    operations = [
        operation["operationId"]
        for path in describe(app)["paths"].values()
        for operation in path.values()
    ]
    invariant(len(operations) == len(set(operations)), "two operations have the same id")


def _add_operations(app: FastAPI) -> None:
    """Add what a machine that runs us asks for, and the pages about the API itself."""

    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    async def readyz() -> dict[str, str]:
        async with app.state.runtime.database.unscoped() as conn:
            await conn.execute("SELECT 1 FROM directory LIMIT 1")
        return {"status": "ready"}

    async def metrics() -> Response:
        return Response(render_metrics(), media_type=CONTENT_TYPE)

    async def openapi() -> dict[str, Any]:
        return describe(app)

    async def problem(code: str) -> PlainTextResponse:
        return PlainTextResponse(problem_page(code))

    for path, endpoint in (
        ("/healthz", healthz),
        ("/readyz", readyz),
        ("/metrics", metrics),
        ("/openapi.json", openapi),
        ("/problems/{code}", problem),
    ):
        app.add_api_route(path, endpoint, include_in_schema=False)


def _add_pages(app: FastAPI, web: FastAPI) -> None:
    """Let the pages answer what the API does not; an unknown address of it stays a problem."""
    unknown = app.router.default

    async def otherwise(scope: Scope, receive: Receive, send: Send) -> None:
        is_api = scope["type"] != "http" or scope["path"].startswith(API_PATHS)
        await (unknown if is_api else web)(scope, receive, send)

    app.router.default = otherwise
