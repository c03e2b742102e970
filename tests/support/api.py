"""A client of the API and tenants to use it with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx2

from groschen.features.tenants import service as tenants
from groschen.features.tenants.model import Founding
from groschen.kit.actor import SYSTEM
from groschen.kit.ids import encode_id, new_id
from groschen.kit.permissions import MODULES, PERMISSIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import FastAPI

    from groschen.kit.db import Database

BASE = "http://groschen.test"


@dataclass
class Api:
    """Speaks to the app as one key; ``headers`` go with every request."""

    app: FastAPI
    token: str | None
    tenant_id: UUID
    headers: dict[str, str] = field(default_factory=dict)

    async def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """Send one request; ``key`` is the idempotency key."""
        named = {name.replace("_", "-"): one for name, one in (headers or {}).items()}
        sent = {**self.headers, **named}
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if key is not None:
            sent["Idempotency-Key"] = key
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
            options: dict[str, Any] = {"json": body} if body is not None else {}
            if content is not None:
                options = {"content": content}
            raw = [(name.encode(), one.encode("latin-1")) for name, one in sent.items()]
            return await client.request(method, path, headers=raw, **options)

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        """Send a GET."""
        return await self("GET", path, headers=headers)

    async def post(
        self, path: str, body: object = None, *, key: str | None = None, **headers: str
    ) -> httpx2.Response:
        """Send a POST."""
        return await self("POST", path, body, key=key, headers=headers)

    def on_behalf_of(self, tenant_id: str) -> Api:
        """Return the same key acting for a tenant below."""
        return Api(self.app, self.token, self.tenant_id, {"On-Behalf-Of": tenant_id})

    def with_token(self, token: str | None) -> Api:
        """Return another key's or session's view."""
        return Api(self.app, token, self.tenant_id)


def founding(name: str = "Verbund", **changes: object) -> Founding:
    """Return what is needed to found a tenant."""
    given: dict[str, Any] = {
        "external_id": f"tenant-{new_id().hex}",
        "name": name,
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "home_currency": "EUR",
        "modules": MODULES,
        **changes,
    }
    return Founding(**given)


async def api_key(
    database: Database,
    tenant_id: UUID,
    permissions: Iterable[str] = PERMISSIONS,
    *,
    party_id: UUID | None = None,
) -> str:
    """Make a key past the API and return its secret."""
    async with database.scope(tenant_id, SYSTEM) as scope:
        _, secret = await tenants.create_key(
            scope, name="test", permissions=permissions, party_id=party_id
        )
        return secret


def public(tenant_id: UUID) -> str:
    """Return the public id of a tenant."""
    return encode_id("ten", tenant_id)
