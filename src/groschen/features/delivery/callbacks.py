"""Who reports a result: a key of the tenant, or whoever signs with its webhook secret."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from groschen.kit.actor import Actor
from groschen.kit.auth import Authenticator, Unauthenticated
from groschen.kit.clock import real_now
from groschen.kit.db import Scope, TenantNotFound
from groschen.kit.http.routes import bearer_token
from groschen.kit.seal import the_seal
from groschen.kit.signatures import SignatureInvalid, verify
from groschen.kit.signing_keys import Purpose, SigningKeys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from fastapi import Request

    from groschen.kit.runtime import Runtime

PERMISSION: Final = "delivery:write"
TARGET: Final = Actor("system", None, frozenset({PERMISSION}), None, "delivery_target")


@asynccontextmanager
async def caller_scope(
    request: Request, runtime: Runtime, proofs: Authenticator, tenant_id: UUID | None
) -> AsyncIterator[Scope]:
    """Open a writing scope for the caller. Raises Unauthenticated, SignatureInvalid."""
    if "authorization" in request.headers:
        async with proofs.scope(bearer_token(request), write=True) as scope:
            scope.actor.require(PERMISSION)
            yield scope
        return
    if tenant_id is None:
        raise Unauthenticated(
            "a result comes with an API key, or signed and with the parameter tenant_id",
            hint="send Authorization, or webhook-signature and ?tenant_id=ten_...",
        )
    await _check_signature(request, runtime, tenant_id)
    async with runtime.database.scope(tenant_id, TARGET) as scope:
        yield scope


async def _check_signature(request: Request, runtime: Runtime, tenant_id: UUID) -> None:
    keys = SigningKeys(runtime.database, the_seal())
    try:
        secrets = [key.secret for key in await keys.current(tenant_id, Purpose.WEBHOOK)]
    except TenantNotFound as refusal:
        raise SignatureInvalid(
            "no signature fits the message",
            field="webhook-signature",
            hint="sign the raw bytes of the body with the tenant's current secret",
        ) from refusal
    verify(secrets, request.headers, await request.body(), real_now())
