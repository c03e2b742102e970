"""What both sides booked: noted when it is posted, told to the other side, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.money import ZERO
from groschen.features.levels.model import LevelSide, LevelSummary, LevelsUnequal, pseudonym
from groschen.features.levels.queries import amounts as queries
from groschen.features.levels.queries import offers as offer_queries
from groschen.features.levels.queries import travelling
from groschen.features.levels.service.asking import ask_to_relay
from groschen.features.levels.service.packing import bought_totals
from groschen.features.shares import service as shares
from groschen.features.usage import service as usage
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from groschen.features.levels.queries.amounts import UntoldAmount
    from groschen.features.usage.service import PostedTotal
    from groschen.kit.db import Scope


async def note_posted(scope: Scope, total_ids: Sequence[UUID]) -> None:
    """Note what is booked of totals that travel, as far as nothing of them waits to be posted."""
    rows = [*await _retail(scope, total_ids), *await _wholesale(scope, total_ids)]
    if rows:
        await queries.upsert_amounts(scope, json_rows(rows))
        await ask_to_relay(scope)


async def _retail(scope: Scope, total_ids: Sequence[UUID]) -> list[dict[str, object]]:
    """What a reseller owes the tenant above: its shares."""
    above = scope.tenant.parent_tenant_id
    own = await travelling.travelling(scope, total_ids)
    if not own or above is None:
        return []
    posted = await usage.posted(scope, own)
    suppliers = {one.party_id for one in await offer_queries.taken(scope) if one.party_id}
    costs = await shares.booked(scope, sorted(own), suppliers)
    costs |= dict.fromkeys(await bought_totals(scope, own - costs.keys()), ZERO)
    return [
        {
            "mirror_key": pseudonym(total_id, above),
            "side": LevelSide.RETAIL,
            "peer_tenant_id": above,
            "revision": one.revision,
            "amount": cost,
            **_booked(scope, one),
        }
        for total_id, cost in costs.items()
        if (one := posted.get(total_id)) is not None and not one.waits
    ]


async def _wholesale(scope: Scope, total_ids: Sequence[UUID]) -> list[dict[str, object]]:
    """What a wholesaler claims; the states are read first, so that none is newer than posted."""
    states = await travelling.states_of_totals(scope, total_ids)
    posted = await usage.posted(scope, [one.total_id for one in states])
    return [
        {
            "mirror_key": state.mirror_key,
            "side": LevelSide.WHOLESALE,
            "peer_tenant_id": state.peer_tenant_id,
            "revision": state.revision,
            "amount": one.amount,
            **_booked(scope, one),
        }
        for state in states
        if (one := posted.get(state.total_id)) is not None and not one.waits
    ]


def _booked(scope: Scope, total: PostedTotal) -> dict[str, object]:
    return {
        "quantity": total.quantity,
        "currency": total.currency,
        "booked_at": scope.real_now,
        "told": False,
    }


async def take_told(scope: Scope, peer_tenant_id: UUID, told: Sequence[UntoldAmount]) -> None:
    """Keep what another tenant says it booked, unless something newer is known."""
    rows = [
        {
            "mirror_key": one.mirror_key,
            "side": one.side,
            "peer_tenant_id": peer_tenant_id,
            "revision": one.revision,
            "quantity": one.quantity,
            "amount": one.amount,
            "currency": one.currency,
            "booked_at": one.booked_at,
            "told": True,
        }
        for one in told
    ]
    await queries.upsert_amounts(scope, json_rows(rows))


async def mark_told(scope: Scope, told: Sequence[UntoldAmount]) -> None:
    """Note that the other side knows."""
    rows = [
        {"mirror_key": one.mirror_key, "side": one.side, "revision": one.revision} for one in told
    ]
    await queries.mark_told(scope, json_rows(rows))


async def check_equal(scope: Scope, party_id: UUID) -> None:
    """Refuse to settle with a party while its books and ours differ; raises ``LevelsUnequal``."""
    pair = await queries.unequal(scope, party_id)
    if pair is not None:
        raise LevelsUnequal(
            "the two sides booked different amounts for the same use",
            hint="compare the pair on both sides with `groschen ledger verify`",
            pair=str(pair),
        )


async def summaries(scope: Scope) -> list[LevelSummary]:
    """How the tenant stands with the levels above and below; a party's actor sees nothing."""
    if scope.actor.party_id is not None:
        return []
    return await queries.summaries(scope)
