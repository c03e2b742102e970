"""Billing accounts: a tree of them may belong to one party, each in one currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.parties import queries
from groschen.features.parties.model import (
    Account,
    AccountExists,
    AccountNotFound,
    ParentCurrencyDiffers,
)
from groschen.features.parties.service.parties import get_party
from groschen.kit.http import External
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from groschen.kit.db import Scope
    from groschen.kit.http import Reference, Slice


async def create_account(
    scope: Scope,
    *,
    party: Reference,
    external_id: str | None = None,
    currency: str | None = None,
    time_zone: str | None = None,
    parent: Reference | None = None,
) -> Account:
    """Open an account; currency and zone are the tenant's unless given.

    Raises ``PartyNotFound``, ``AccountNotFound`` for the parent, ``ParentCurrencyDiffers`` and
    ``AccountExists``.
    """
    owner = await get_party(scope, party)
    above = await get_account(scope, parent) if parent is not None else None
    account_id = new_id()
    account = Account(
        id=account_id,
        external_id=external_id or encode_id("acc", account_id),
        party_id=owner.id,
        parent_account_id=above.id if above else None,
        currency=currency or scope.tenant.home_currency,
        time_zone=time_zone or scope.tenant.time_zone,
        created_at=scope.now,
    )
    if above is not None and above.currency != account.currency:
        raise ParentCurrencyDiffers(
            f"the parent is kept in {above.currency}, this account in {account.currency}",
            field="currency",
            hint="Open the account in the parent's currency, or without parent.",
        )
    if not await queries.insert_account(scope, account):
        raise AccountExists(
            f"another account has the external id '{account.external_id}'",
            field="external_id",
            hint=f"Read it at GET /v1/accounts/ext:{account.external_id}, or choose another id.",
        )
    data = {"account": encode_id("acc", account.id), "party": encode_id("pty", owner.id)}
    await publish(scope, [Event("account.opened", account.id, data)])
    return account


async def get_account(scope: Scope, reference: Reference) -> Account:
    """Return an account that the actor may see; raise ``AccountNotFound``."""
    if isinstance(reference, External):
        found = await queries.accounts_by_external_ids(scope, [reference])
    else:
        found = await queries.accounts_by_ids(scope, [reference])
    visible = [account for account in found if _is_visible(scope, account)]
    if not visible:
        raise AccountNotFound(
            "there is no such account", hint="List accounts at GET /v1/accounts, or open it there."
        )
    return visible[0]


async def accounts_by_external_id(scope: Scope, external_ids: Iterable[str]) -> dict[str, Account]:
    """Return those accounts that exist and that the actor may see, by external id."""
    wanted = sorted(set(external_ids))
    found = await queries.accounts_by_external_ids(scope, wanted) if wanted else []
    return {one.external_id: one for one in found if _is_visible(scope, one)}


async def list_accounts(
    scope: Scope, asked: Slice, *, party: Reference | None = None, text: str | None = None
) -> list[Account]:
    """Return a page of accounts, of one party if it is given, that the actor may see.

    ``text`` narrows the tenant's own list: it stands in an external id or in the name of an
    organisation. Names of people are encrypted and not found by a part of them.
    """
    if party is not None:
        owner = await get_party(scope, party)
        return await queries.accounts_of_party(scope, owner.id, asked.bounds)
    if scope.actor.party_id is not None:
        return await queries.accounts_of_party(scope, scope.actor.party_id, asked.bounds)
    return await queries.accounts(scope, asked.bounds, text)


def _is_visible(scope: Scope, account: Account) -> bool:
    return scope.actor.party_id in (None, account.party_id)
