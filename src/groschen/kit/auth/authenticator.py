"""Who sends a request: from the key or token to an open scope with its actor.

A key is found through ``directory`` (hash to tenant; a key never moves, so the answer is kept in
memory) and then read in its tenant on every request: a revoked or expired key fails at once.
A platform key with ``tenants:admin`` may act for a tenant below its own by ``On-Behalf-Of``;
a person may act for the tenant their session was switched to.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal
from uuid import UUID

from groschen.core.errors import GroschenError, Kind
from groschen.kit.actor import SYSTEM, Actor
from groschen.kit.auth import queries
from groschen.kit.auth.credentials import digest, is_api_key, tenant_of_token
from groschen.kit.db import TenantNotFound
from groschen.kit.ids import decode_id
from groschen.kit.permissions import PARTY_RIGHTS, ROLES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from groschen.kit.db import Database, Scope

MOST_REMEMBERED: Final = 10_000
NOBODY: Final = Actor("system", None, frozenset(), None, "nobody")


class Unauthenticated(GroschenError):
    """The request carries no usable key or session."""

    code: ClassVar[str] = "unauthenticated"
    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED


class KeyExpired(Unauthenticated):
    """The key or session is over."""

    code: ClassVar[str] = "credentials_expired"


class KeyRevoked(Unauthenticated):
    """The key or session was ended by somebody."""

    code: ClassVar[str] = "credentials_revoked"


@dataclass(frozen=True, slots=True)
class Credential:
    """A well-formed key or session token and the tenant where it has to be found."""

    kind: Literal["key", "session"]
    tenant_id: UUID
    hash: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A proven actor, the tenant it acts in, and the tenant that knows it."""

    actor: Actor
    tenant_id: UUID
    home_tenant_id: UUID


class Authenticator:
    """Turns credentials into scopes; one per process, beside its database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tenant_of_key: dict[str, UUID] = {}
        self._parents: dict[UUID, UUID | None] = {}
        self._uses: dict[tuple[UUID, UUID], datetime] = {}

    @asynccontextmanager
    async def scope(
        self,
        token: str,
        *,
        on_behalf_of: str | None = None,
        write: bool,
        exclusive: bool = False,
        dry_run: bool = False,
        request_id: str | None = None,
    ) -> AsyncIterator[Scope]:
        """Open one transaction for whoever holds ``token``.

        Raises ``Unauthenticated`` and its kinds, ``PermissionMissing`` for On-Behalf-Of without
        the right, ``TenantNotFound`` for a tenant that is not below one's own.
        """
        credential = await self.credential(token)
        identity = None
        if credential.kind == "session" or on_behalf_of is not None:
            identity = await self._identify(credential, on_behalf_of)
        async with self._database.scope(
            identity.tenant_id if identity else credential.tenant_id,
            identity.actor if identity else NOBODY,
            write=write,
            exclusive=exclusive,
            dry_run=dry_run,
            request_id=request_id,
        ) as scope:
            if identity is None:
                scope.actor = await self._key_actor(scope, credential.hash)
            yield scope

    async def identify(self, token: str, on_behalf_of: str | None = None) -> Identity:
        """Return who holds ``token`` and where they act; raises like ``scope``."""
        return await self._identify(await self.credential(token), on_behalf_of)

    async def credential(self, token: str) -> Credential:
        """Find the tenant of a key or token; raise ``Unauthenticated`` if there is none."""
        session_tenant = tenant_of_token("session", token)
        if session_tenant is not None:
            return Credential("session", session_tenant, digest(token))
        if not is_api_key(token):
            raise _rejected()
        hashed = digest(token)
        tenant_id = self._tenant_of_key.get(hashed)
        if tenant_id is None:
            tenant_id = await self._look_up(hashed)
        return Credential("key", tenant_id, hashed)

    async def _look_up(self, hashed: str) -> UUID:
        async with self._database.unscoped() as conn:
            found = await queries.directory_tenants(conn, "api_key", hashed)
        if not found:
            raise _rejected()
        if len(self._tenant_of_key) >= MOST_REMEMBERED:
            self._tenant_of_key.clear()
        self._tenant_of_key[hashed] = found[0]
        return found[0]

    async def _identify(self, credential: Credential, on_behalf_of: str | None) -> Identity:
        home = credential.tenant_id
        try:
            async with self._database.scope(home, NOBODY, write=False) as scope:
                if credential.kind == "key":
                    actor, acting = await self._key_actor(scope, credential.hash), home
                else:
                    actor, acting = await _session_actor(scope, credential.hash)
        except TenantNotFound as error:
            raise _rejected() from error
        if on_behalf_of is not None:
            actor.require("tenants:admin")
            acting = decode_id("ten", on_behalf_of)
        if actor.party_id is not None and acting != home:
            raise TenantNotFound("there is no such tenant")
        await self.require_below(acting, home)
        return Identity(actor, acting, home)

    async def require_below(self, tenant_id: UUID, ancestor_id: UUID) -> None:
        """Raise ``TenantNotFound`` unless the tenant is ``ancestor_id`` or below it."""
        current: UUID | None = tenant_id
        while current is not None:
            if current == ancestor_id:
                return
            current = await self._parent(current)
        raise TenantNotFound(
            "there is no such tenant below yours", hint="Look it up at GET /v1/tenants."
        )

    async def _parent(self, tenant_id: UUID) -> UUID | None:
        """Return the parent; it never changes, so it is read once."""
        if tenant_id not in self._parents:
            async with self._database.scope(tenant_id, SYSTEM, write=False) as scope:
                if len(self._parents) >= MOST_REMEMBERED:
                    self._parents.clear()
                self._parents[tenant_id] = scope.tenant.parent_tenant_id
        return self._parents[tenant_id]

    async def _key_actor(self, scope: Scope, hashed: str) -> Actor:
        row = await queries.select_key(scope, hashed)
        if row is None:
            raise _rejected()
        if row.revoked_at is not None:
            raise KeyRevoked("the API key was revoked", hint="Use another key.")
        if row.expires_at is not None and row.expires_at <= scope.real_now:
            raise KeyExpired("the API key has expired", hint="Make a new key.")
        self._uses[scope.tenant_id, row.id] = scope.real_now
        rights = frozenset(row.scopes)
        if row.party_id is not None:
            rights &= PARTY_RIGHTS
        return Actor("key", row.id, rights, row.party_id, "key")

    async def write_uses(self) -> None:
        """Store when keys were last used; called now and then, not by requests."""
        uses, self._uses = self._uses, {}
        by_tenant: dict[UUID, list[dict[str, object]]] = {}
        for (tenant_id, key_id), at in uses.items():
            by_tenant.setdefault(tenant_id, []).append({"id": key_id, "at": at})
        for tenant_id, rows in by_tenant.items():
            async with self._database.scope(tenant_id, SYSTEM, write=True) as scope:
                await queries.update_last_used(scope, rows)


async def _session_actor(scope: Scope, hashed: str) -> tuple[Actor, UUID]:
    row = await queries.select_session(scope, hashed)
    if row is None:
        raise _rejected()
    if row.ended_at is not None or row.disabled_at is not None:
        raise KeyRevoked("the session was ended", hint="Sign in again.")
    if row.expires_at <= scope.real_now:
        raise KeyExpired("the session is over", hint="Sign in again.")
    actor = Actor("user", row.user_id, ROLES[row.role], row.party_id, row.role)
    return actor, row.acting_tenant_id


def _rejected() -> Unauthenticated:
    return Unauthenticated(
        "there is no such key or session",
        hint="Send 'Authorization: Bearer gk_live_...' with a key made at POST /v1/api_keys.",
    )
