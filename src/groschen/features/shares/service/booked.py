"""What is booked of totals for some beneficiaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.money import ZERO, add
from groschen.features.shares.queries import totals as queries

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from decimal import Decimal
    from uuid import UUID

    from groschen.kit.db import Scope


async def booked(
    scope: Scope, total_ids: Sequence[UUID], beneficiary_ids: Collection[UUID]
) -> dict[UUID, Decimal]:
    """The shares booked so far, by total; a total without a share of these is left out."""
    sums: dict[UUID, Decimal] = {}
    for part in await queries.booked_parts(scope, total_ids) if total_ids else []:
        if part.kind == "share" and part.beneficiary_id in beneficiary_ids:
            sums[part.total_id] = add(sums.get(part.total_id, ZERO), part.amount)
    return sums
