"""Looking at wallets; a customer sees its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.parties import service as parties
from groschen.features.wallets.model import (
    BucketRow,
    Movement,
    TopUp,
    TopUpNotFound,
    Wallet,
    WalletNotFound,
)
from groschen.features.wallets.queries import charging
from groschen.features.wallets.queries import top_ups as top_up_queries
from groschen.features.wallets.queries import wallets as queries
from groschen.kit.http import External

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from groschen.kit.db import Scope
    from groschen.kit.http import Reference, Slice


async def of(scope: Scope, ids: Collection[UUID]) -> dict[UUID, Wallet]:
    """Wallets by id; those that do not exist are left out."""
    return {one.id: one for one in await charging.wallets(scope, sorted(ids))} if ids else {}


async def find(scope: Scope, reference: Reference) -> Wallet:
    """Read one wallet; raises WalletNotFound, also for one the actor may not see."""
    if isinstance(reference, External):
        wallet_id = await queries.wallet_id(scope, reference)
    else:
        wallet_id = reference
    found = [] if wallet_id is None else await charging.wallets(scope, [wallet_id])
    if not found or scope.actor.party_id not in (None, found[0].party_id):
        raise WalletNotFound(
            "there is no such wallet",
            field="wallet",
            hint="list the wallets with GET /v1/wallets, or open one there",
        )
    return found[0]


async def page(scope: Scope, asked: Slice, account: Reference | None = None) -> list[Wallet]:
    """Wallets, newest first; a customer's own, none for a partner. Raises AccountNotFound."""
    account_id = None if account is None else (await parties.get_account(scope, account)).id
    return await queries.page_of_wallets(scope, account_id, scope.actor.party_id, asked)


async def buckets(scope: Scope, wallet: Wallet) -> list[BucketRow]:
    """All buckets of a wallet, newest first."""
    return await queries.buckets_of(scope, wallet.id)


async def movements(scope: Scope, wallet: Wallet, asked: Slice) -> list[Movement]:
    """What moved a wallet other than use, newest first."""
    return await queries.page_of_movements(scope, wallet.id, asked)


async def top_up(scope: Scope, top_up_id: UUID) -> TopUp:
    """Read one top-up or grant; raises TopUpNotFound, also for one the actor may not see."""
    found = await top_up_queries.top_ups(scope, [top_up_id])
    if not found or scope.actor.party_id not in (None, found[0].party_id):
        raise TopUpNotFound(
            "there is no such top-up",
            field="top_up_id",
            hint="list the top-ups with GET /v1/top_ups",
        )
    return found[0]


async def top_up_page(scope: Scope, asked: Slice, wallet: Reference | None = None) -> list[TopUp]:
    """Top-ups and grants, newest first; a customer's own. Raises WalletNotFound."""
    wallet_id = None if wallet is None else (await find(scope, wallet)).id
    return await top_up_queries.page_of_top_ups(scope, wallet_id, scope.actor.party_id, asked)
