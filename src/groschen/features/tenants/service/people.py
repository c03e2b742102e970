"""People who sign in: added, given another role, disabled, sent a one-time link."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from groschen.features.tenants import vault
from groschen.features.tenants.model import (
    EmailInvalid,
    EmailTaken,
    LastAdministrator,
    PermissionNotHeld,
    Role,
    RoleNeedsParty,
    User,
    UserDisabled,
    UserNotFound,
)
from groschen.features.tenants.queries import keys
from groschen.features.tenants.queries import people as queries
from groschen.kit.auth.credentials import digest, new_token
from groschen.kit.http.fields import EMAIL_FORM, MOST_EMAIL
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish
from groschen.kit.permissions import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from groschen.kit.db import Scope
    from groschen.kit.http import Slice

LINK_LIVES: Final = timedelta(hours=24)


async def add_user(
    scope: Scope,
    *,
    role: Role,
    email: str | None,
    name: str | None = None,
    party_id: UUID | None = None,
) -> User:
    """Add a person without password; ``make_link`` lets them in the first time.

    A partner or customer belongs to ``party_id``, which the caller has checked. Raises
    ``EmailTaken``, and ``PermissionNotHeld`` when the role holds more than the one who gives it.
    """
    _check_role(scope, role)
    _check_party(role, party_id)
    user = User(new_id(), role, party_id, False, None, None, scope.real_now)  # noqa: FBT003
    await queries.insert_user(scope, user)
    await set_email(scope, user.id, email, name)
    data = {"user": encode_id("usr", user.id), "role": str(role)}
    await publish(scope, [Event("user.added", user.id, data)])
    return user


def _check_party(role: Role, party_id: UUID | None) -> None:
    if role.belongs_to_party != (party_id is not None):
        raise RoleNeedsParty(
            "a partner's or customer's person belongs to a party, everybody else to the tenant",
            field="role",
            hint="Add a person of a party at POST /v1/parties/{party}/users.",
        )


async def set_email(scope: Scope, user_id: UUID, email: str | None, name: str | None) -> None:
    """Store e-mail and name in the vault and make the person findable at sign-in."""
    record = {key: value for key, value in (("email", email), ("name", name)) if value}
    if email is not None:
        _check_email(email)
        for known in await vault.find_by_email(scope, email):
            if known != user_id and await queries.select_user(scope, known) is not None:
                raise EmailTaken(
                    "somebody of this tenant already signs in with this e-mail address",
                    field="email",
                    hint="Look at GET /v1/users, or use another address.",
                )
        await vault.make_findable_for_sign_in(scope, email)
    await vault.store(scope, user_id, record)


def _check_email(email: str) -> None:
    if len(email) > MOST_EMAIL or re.match(EMAIL_FORM, email) is None:
        raise EmailInvalid(
            "this cannot be an e-mail address",
            field="email",
            hint="Give one like ada.berg@example.org.",
        )


def _check_role(scope: Scope, role: Role) -> None:
    for permission in sorted(ROLES[role]):
        if not scope.actor.may(permission):
            raise PermissionNotHeld(
                f"the role '{role}' holds '{permission}', which you do not hold yourself",
                field="role",
                hint="Choose a smaller role, or ask an administrator.",
            )


async def get_user(scope: Scope, user_id: UUID) -> User:
    """Return one person; raise ``UserNotFound``."""
    user = await queries.select_user(scope, user_id)
    if user is None:
        raise UserNotFound("there is no such person here", hint="List them at GET /v1/users.")
    return user


async def list_users(scope: Scope, asked: Slice) -> list[User]:
    """Return a page of people, disabled ones included."""
    return await queries.users(scope, asked.bounds)


async def emails(scope: Scope, user_ids: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """Return what the vault knows (``email``, ``name``) of people who are not erased."""
    return await vault.read_many(scope, user_ids)


async def actor_names(scope: Scope, actor_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return what to call those who did something: people by name, keys by theirs.

    Who is not of this tenant, or was erased, is left out. Without ``personal_data:read`` only
    keys are named.
    """
    wanted = sorted(set(actor_ids))
    if not wanted:
        return {}
    named = await keys.key_names(scope, wanted)
    if scope.actor.may("personal_data:read"):
        for user_id, known in (await vault.read_many(scope, wanted)).items():
            named[user_id] = known.get("name") or known.get("email") or encode_id("usr", user_id)
    return named


async def change_role(scope: Scope, user_id: UUID, role: Role) -> User:
    """Give a person of the tenant itself another role; who belongs to a party stays there."""
    user = await get_user(scope, user_id)
    _check_party(role, user.party_id)
    _check_role(scope, role)
    if role is not Role.ADMINISTRATOR:
        await _keep_an_administrator(scope, user_id)
    await queries.update_role(scope, user_id, role)
    data = {"user": encode_id("usr", user_id), "role": str(role)}
    await publish(scope, [Event("user.role_changed", user_id, data)])
    return await get_user(scope, user_id)


async def disable_user(scope: Scope, user_id: UUID) -> User:
    """Let a person sign in no more and end their sessions; doing it twice is as once."""
    user = await get_user(scope, user_id)
    if user.disabled_at is None:
        await _keep_an_administrator(scope, user_id)
        await queries.disable_user(scope, user_id)
        await queries.end_sessions_of(scope, user_id)
        data = {"user": encode_id("usr", user_id)}
        await publish(scope, [Event("user.disabled", user_id, data)])
    return await get_user(scope, user_id)


async def erase_user(scope: Scope, user_id: UUID) -> User:
    """Disable a person and forget name and e-mail for ever; what they did names their id."""
    user = await disable_user(scope, user_id)
    known = await vault.read(scope, user_id)
    if known is not None and "email" in known:
        await vault.make_unfindable_for_sign_in(scope, known["email"])
    await vault.erase(scope, user_id)
    data = {"user": encode_id("usr", user_id)}
    await publish(scope, [Event("user.erased", user_id, data)])
    return user


async def _keep_an_administrator(scope: Scope, leaving: UUID) -> None:
    administrators = await queries.lock_administrators(scope)
    if administrators == [leaving]:
        raise LastAdministrator(
            "this is the tenant's last administrator",
            hint="Give somebody else the role first.",
        )


async def make_link(scope: Scope, user_id: UUID) -> str:
    """Return the token of a one-time link that lives 24 hours and lets a person set a password."""
    user = await get_user(scope, user_id)
    if user.disabled_at is not None:
        raise UserDisabled("this person may no longer sign in", hint="Add a new person.")
    token = new_token("link", scope.tenant_id)
    await queries.insert_link(scope, digest(token), user_id, scope.real_now + LINK_LIVES)
    return token


def link_path(token: str) -> str:
    """Return the path of the page that takes a one-time link."""
    return f"/sign-in/link?token={token}"
