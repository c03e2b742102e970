"""Asking for the jobs of usage inside the transaction that gives them work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.kit.jobs import defer_many, defer_once

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from groschen.kit.db import Scope

CHARGE_DUE: Final = "usage.charge_due"
POST: Final = "usage.post"
RELEASE: Final = "usage.release"


async def ask_to_charge(scope: Scope) -> None:
    """Have items charged that became due in this transaction."""
    await defer_once(scope, CHARGE_DUE)


async def ask_to_post(scope: Scope) -> None:
    """Have slices posted that this transaction added to."""
    await defer_once(scope, POST)


async def ask_to_release(scope: Scope, total_ids: Iterable[UUID]) -> None:
    """Have the shares of totals released as far as they are paid."""
    await defer_many(scope, RELEASE, [{"total_id": total_id} for total_id in total_ids])
