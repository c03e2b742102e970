"""Looking at wallets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.wallets.queries import charging as queries

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from groschen.features.wallets.model import Wallet
    from groschen.kit.db import Scope


async def of(scope: Scope, ids: Collection[UUID]) -> dict[UUID, Wallet]:
    """Wallets by id; those that do not exist are left out."""
    return {one.id: one for one in await queries.wallets(scope, sorted(ids))} if ids else {}
