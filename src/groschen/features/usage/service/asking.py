"""Asking for the jobs of usage inside the transaction that gives them work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from groschen.features.usage.model import AHEAD_MINUTES
from groschen.kit.jobs import JobArgument, defer_many, defer_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from groschen.kit.db import Scope

CHARGE_DUE: Final = "usage.charge_due"
POST: Final = "usage.post"
RELEASE: Final = "usage.release"
RERATE: Final = "usage.rerate"
MOVE_ON: Final = "usage.move_on"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


async def ask_to_charge(scope: Scope) -> None:
    """Have items charged that became due in this transaction."""
    await defer_once(scope, CHARGE_DUE)


async def ask_to_post(scope: Scope) -> None:
    """Have slices posted that this transaction added to."""
    await defer_once(scope, POST)


async def ask_to_release(scope: Scope, total_ids: Iterable[UUID]) -> None:
    """Have the shares of totals released as far as they are paid."""
    await defer_many(scope, RELEASE, [{"total_id": total_id} for total_id in total_ids])


async def ask_to_rerate(scope: Scope, since: Mapping[UUID, datetime]) -> None:
    """Have events of items since an instant counted as their contracts say now."""
    soon = scope.now + timedelta(minutes=AHEAD_MINUTES)
    asked: list[dict[str, JobArgument]] = [
        {"item_id": item_id, "microseconds": (at - EPOCH) // MICROSECOND}
        for item_id, at in since.items()
        if at <= soon
    ]
    await defer_many(scope, RERATE, asked)
