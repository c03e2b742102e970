"""Time passes: buckets open and expire, protected days end, though nobody uses anything."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from groschen.features.wallets.queries import charging
from groschen.features.wallets.queries import wallets as queries
from groschen.features.wallets.service.crediting import store_purses
from groschen.features.wallets.service.standing import lock_keys, news, purse_of, standing_after
from groschen.kit.outbox import publish

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.features.wallets.model import BucketRow
    from groschen.kit.db import Scope

BATCH: Final = 500


async def refresh_due(scope: Scope) -> bool:
    """Refresh a portion of the wallets for which time did something; says whether it was full.

    Expired credit stays in its bucket and on PREPAID; it cannot be used any more. Tells of
    every line that a wallet crosses by it.
    """
    due = await queries.wallets_to_refresh(scope, BATCH)
    silent = await queries.wallets_at_limit(scope)
    await _refresh(scope, sorted({*due, *silent}))
    return len(due) == BATCH


async def _refresh(scope: Scope, wallet_ids: list[UUID]) -> None:
    if not wallet_ids:
        return
    await charging.lock_wallets(scope, lock_keys(wallet_ids))
    wallets = await charging.wallets(scope, wallet_ids)
    stored: dict[UUID, list[BucketRow]] = defaultdict(list)
    for row in await charging.buckets_in_use(scope, wallet_ids):
        stored[row.wallet_id].append(row)
    purses = [
        (wallet, tuple(stored[wallet.id]), purse_of(wallet, stored[wallet.id], scope.now))
        for wallet in wallets
    ]
    await store_purses(scope, purses)
    await publish(
        scope,
        [
            event
            for wallet, _, purse in purses
            for event in news(wallet, standing_after(wallet, purse))
        ],
    )
