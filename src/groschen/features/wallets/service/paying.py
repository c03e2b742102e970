"""What of a total is truly paid: given credit is a price reduction, emergency credit a loan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.wallets.queries import paying as queries
from groschen.features.wallets.queries.paying import PaidPart

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from groschen.kit.db import Scope

__all__ = ["PaidPart", "paid_parts"]


async def paid_parts(scope: Scope, total_ids: Sequence[UUID]) -> list[PaidPart]:
    """What of totals was paid by given credit and what of emergency credit is repaid, by day."""
    return await queries.paid_parts(scope, total_ids) if total_ids else []
