"""Signing in and out. Each step is a transaction of its own, so that a failed try is remembered.

A try is counted and committed before the password is looked at: many guesses at once are many
tries. After five the person is locked out for a quarter of an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from groschen.features.tenants import vault
from groschen.features.tenants.model import (
    EmailMissing,
    LinkRefused,
    SignInRefused,
    UserDisabled,
)
from groschen.features.tenants.queries import people as queries
from groschen.features.tenants.service.passwords import (
    check_new_password,
    hash_password,
    password_fits,
)
from groschen.features.tenants.service.people import get_user, set_email
from groschen.kit.actor import SYSTEM
from groschen.kit.auth import Unauthenticated
from groschen.kit.auth.credentials import digest, new_token, tenant_of_token
from groschen.kit.auth.queries import directory_tenants
from groschen.kit.db import TenantNotFound

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from groschen.kit.auth import Authenticator
    from groschen.kit.db import Database, Scope

MOST_TRIES: Final = 5
LOCKED_OUT: Final = timedelta(minutes=15)
SESSION_LIVES: Final = timedelta(hours=12)
OVER_KEPT: Final = timedelta(days=1)
MOST_TENANTS: Final = 20


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session; the token is shown to its owner only and stored as a hash."""

    token: str
    tenant_id: UUID
    user_id: UUID
    expires_at: datetime


async def sign_in(
    database: Database, email: str, password: str, *, tenant_id: UUID | None = None
) -> SignedIn:
    """Open a session by e-mail and password; raise ``SignInRefused``, saying no more.

    The same address may sign in to several tenants; without ``tenant_id`` the first whose
    password fits is taken.
    """
    async with database.unscoped() as conn:
        found = await directory_tenants(conn, vault.SIGN_IN, vault.blind_email(email))
    wanted = [one for one in found if tenant_id in (None, one)][:MOST_TENANTS]
    for one in wanted:
        session = await _try(database, one, email, password)
        if session is not None:
            return session
    if not wanted:
        await password_fits(None, password)
    raise SignInRefused(
        "e-mail and password do not fit, or there were too many tries",
        hint="After five failed tries wait a quarter of an hour, or ask for a one-time link.",
    )


async def _try(database: Database, tenant_id: UUID, email: str, password: str) -> SignedIn | None:
    async with database.scope(tenant_id, SYSTEM) as scope:
        people = await vault.find_by_email(scope, email)
        counted = await queries.count_try(scope, people, MOST_TRIES, scope.real_now + LOCKED_OUT)
    fits = await password_fits(counted.password_hash if counted else None, password)
    if counted is None or not fits:
        return None
    async with database.scope(tenant_id, SYSTEM) as scope:
        await queries.forgive_tries(scope, counted.id)
        return await _open_session(scope, counted.id)


@dataclass(frozen=True, slots=True)
class LinkHolder:
    """Whom a one-time link lets in. Who has no e-mail address yet has to name one."""

    name: str | None
    email: str | None


async def look_at_link(database: Database, token: str) -> LinkHolder:
    """Say whom a link would let in, without using it up.

    Raises ``LinkRefused`` and ``UserDisabled``.
    """
    tenant_id = tenant_of_token("link", token)
    if tenant_id is None:
        raise _link_refused()
    try:
        async with database.scope(tenant_id, SYSTEM, write=False) as scope:
            user_id = await queries.living_link(scope, digest(token))
            if user_id is None:
                raise _link_refused()
            await _require_enabled(scope, user_id)
            known = await vault.read(scope, user_id) or {}
            return LinkHolder(known.get("name"), known.get("email"))
    except TenantNotFound as error:
        raise _link_refused() from error


async def sign_in_by_link(
    database: Database, token: str, *, email: str | None = None, password: str | None = None
) -> SignedIn:
    """Use a one-time link up and open a session; a ``password`` given is set.

    Who has no e-mail address yet (the first administrator) names one with the password.
    Raises ``LinkRefused``, ``UserDisabled``, ``PasswordUnfit``, ``EmailMissing``,
    ``EmailInvalid`` and ``EmailTaken``; a refused link other than by ``LinkRefused`` is not
    used up.
    """
    tenant_id = tenant_of_token("link", token)
    if tenant_id is None:
        raise _link_refused()
    if password is not None:
        check_new_password(password)
    hashed = await hash_password(password) if password is not None else None
    try:
        async with database.scope(tenant_id, SYSTEM) as scope:
            user_id = await queries.use_link(scope, digest(token))
            if user_id is None:
                raise _link_refused()
            await _admit(scope, user_id, email, hashed)
            return await _open_session(scope, user_id)
    except TenantNotFound as error:
        raise _link_refused() from error


async def _admit(scope: Scope, user_id: UUID, email: str | None, password_hash: str | None) -> None:
    await _require_enabled(scope, user_id)
    if password_hash is None:
        return
    known = await vault.read(scope, user_id) or {}
    if "email" not in known:
        if email is None:
            raise EmailMissing(
                "name the e-mail address to sign in with from now on",
                field="email",
                hint="Send 'email' together with 'password'.",
            )
        await set_email(scope, user_id, email, known.get("name"))
    await queries.set_password_hash(scope, user_id, password_hash)


async def _require_enabled(scope: Scope, user_id: UUID) -> None:
    user = await get_user(scope, user_id)
    if user.disabled_at is not None:
        raise UserDisabled("this person may no longer sign in")


def _link_refused() -> LinkRefused:
    return LinkRefused(
        "this one-time link was used, has expired, or never was one",
        hint="Ask an administrator for a new one.",
    )


async def _open_session(scope: Scope, user_id: UUID) -> SignedIn:
    token = new_token("session", scope.tenant_id)
    session = queries.NewSession(
        hash=digest(token),
        user_id=user_id,
        acting_tenant_id=scope.tenant_id,
        created_at=scope.real_now,
        expires_at=scope.real_now + SESSION_LIVES,
    )
    await queries.insert_session(scope, session)
    return SignedIn(token, scope.tenant_id, user_id, session.expires_at)


async def switch_tenant(
    database: Database, authenticator: Authenticator, token: str, tenant_id: UUID
) -> None:
    """Let a session act in a tenant of its own subtree; raise ``TenantNotFound`` outside it."""
    identity = await authenticator.identify(token)
    if identity.actor.party_id is not None and tenant_id != identity.home_tenant_id:
        raise TenantNotFound("there is no such tenant")
    await authenticator.require_below(tenant_id, identity.home_tenant_id)
    async with database.scope(identity.home_tenant_id, identity.actor) as scope:
        await queries.set_acting_tenant(scope, digest(token), tenant_id)


async def change_password(
    database: Database, authenticator: Authenticator, token: str, *, old: str, new: str
) -> None:
    """Set one's own password; all other sessions of the person stay.

    Raises ``SignInRefused`` and ``PasswordUnfit``.
    """
    check_new_password(new)
    identity = await authenticator.identify(token)
    user_id = identity.actor.id
    if identity.actor.kind != "user" or user_id is None:
        raise Unauthenticated("only a person has a password", hint="Sign in as a person.")
    async with database.scope(identity.home_tenant_id, SYSTEM) as scope:
        counted = await queries.count_try(scope, [user_id], MOST_TRIES, scope.real_now + LOCKED_OUT)
    if counted is None or not await password_fits(counted.password_hash, old):
        raise SignInRefused(
            "the old password does not fit, or there were too many tries", field="old"
        )
    hashed = await hash_password(new)
    async with database.scope(identity.home_tenant_id, SYSTEM) as scope:
        await queries.set_password_hash(scope, user_id, hashed)


async def end_session(database: Database, token: str) -> None:
    """Sign out; a token that is none, or is over, changes nothing."""
    tenant_id = tenant_of_token("session", token)
    if tenant_id is None:
        return
    try:
        async with database.scope(tenant_id, SYSTEM) as scope:
            await queries.end_session(scope, digest(token))
    except TenantNotFound:
        return


async def forget_what_is_over(scope: Scope) -> None:
    """Delete the sessions and one-time links of the tenant that have been over for a day.

    A token of them is refused before and after alike.
    """
    await queries.delete_sessions(scope, scope.real_now - OVER_KEPT)
    await queries.delete_links(scope, scope.real_now - OVER_KEPT)
