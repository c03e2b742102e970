"""Releasing shares of usage when money comes later: emergency credit repaid, invoices paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.shares import SellerRole
from groschen.features.shares import service as shares
from groschen.features.shares.model import Release
from groschen.features.usage.queries import posting as queries
from groschen.features.usage.service.paid import paid_for_totals
from groschen.features.usage.service.slices import posted_figures, released_of
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from decimal import Decimal
    from uuid import UUID

    from groschen.kit.db import Scope


async def receive(scope: Scope, source_id: UUID, paid: Mapping[UUID, Decimal]) -> None:
    """Record what a payment, its ``source_id``, paid of the invoiced part of totals; release it.

    Amounts are gross; what went back (a refund, a chargeback) is negative and has a source of
    its own. The same source again changes nothing.
    """
    rows = [{"total_id": total_id, "amount": amount} for total_id, amount in paid.items()]
    if rows and (new := await queries.insert_receipts(scope, source_id, json_rows(rows))):
        await release(scope, new, source_id)


async def release(scope: Scope, total_ids: Collection[UUID], source_id: UUID) -> None:
    """Bring what is released of totals to what is paid of what is posted of them.

    ``source_id`` is new for each call. Totals not posted yet are released when they are.
    """
    ordered = sorted(set(total_ids))
    await shares.lock(scope, ordered)
    pinned = await shares.pinned(scope, ordered)
    shared = {total_id: version for total_id, version in pinned.items() if version is not None}
    posted = await queries.posted_sums(scope, list(shared))
    paid_for = await paid_for_totals(scope, list(shared))
    releases: list[Release] = []
    for total_id, version in shared.items():
        figures = posted_figures(posted[total_id], paid_for[total_id])
        is_agent = version.terms.seller_role is SellerRole.AGENT
        paid, base = released_of(figures, paid_for[total_id], is_agent=is_agent)
        releases.append(Release(total_id, paid, base, source_id))
    await shares.release_totals(scope, releases, source_id)
