"""What was paid of totals, as wallets and invoices know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.money import ZERO
from groschen.features.usage.queries import posting as queries
from groschen.features.usage.service.slices import PaidFor
from groschen.features.wallets import service as wallets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from groschen.kit.db import Scope


async def paid_for_totals(scope: Scope, total_ids: Sequence[UUID]) -> dict[UUID, PaidFor]:
    """What gifts and money paid of totals; those of which nothing is known are there too."""
    parts = await wallets.paid_parts(scope, total_ids)
    received = await queries.receipts(scope, total_ids)
    by_total: dict[UUID, list[wallets.PaidPart]] = {total_id: [] for total_id in total_ids}
    for part in parts:
        by_total[part.total_id].append(part)
    return {
        total_id: PaidFor.of(known, received.get(total_id, ZERO))
        for total_id, known in by_total.items()
    }
