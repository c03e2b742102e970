"""The relay: acts as one tenant and then as another, never as both; sends states, not differences.

Each step reads in one tenant, writes in the other, and then notes in the first that it is done.
Dying between two of them leaves the note out; the same is sent again and changes nothing.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from groschen.core.errors import GroschenError
from groschen.features.levels.model import OfferSide, TradeOffer
from groschen.features.levels.queries import amounts as amount_queries
from groschen.features.levels.queries import offers as offer_queries
from groschen.features.levels.service import amounts, packing, receiving
from groschen.features.levels.service.asking import RELAY
from groschen.kit.actor import job_actor
from groschen.kit.logs import logger
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from groschen.features.levels.model import Parcel
    from groschen.features.levels.queries.offers import SentCopy
    from groschen.features.levels.queries.travelling import WaitingTotal
    from groschen.features.levels.service.packing import Packed
    from groschen.kit.db import Database

RELAYS: Final = job_actor(RELAY)
AT_ONCE: Final = 500

log = logger(__name__)


async def relay(database: Database, tenant_id: UUID) -> None:
    """Bring what a tenant has for others to them: offers down, totals up, amounts both ways."""
    await _send_offers(database, tenant_id)
    await _tell_acceptances(database, tenant_id)
    await _send_totals(database, tenant_id)
    await _tell_amounts(database, tenant_id)


async def _send_offers(database: Database, tenant_id: UUID) -> None:
    async with database.scope(tenant_id, RELAYS, write=False) as scope:
        waiting = await offer_queries.copies_to_send(scope)
    for peer, group in _by_peer(waiting):
        await _take_offers(database, tenant_id, peer, group)
        rows = [{"offer_id": one.offer_id, "version": one.version} for one in _latest(group)]
        async with database.scope(tenant_id, RELAYS) as scope:
            await offer_queries.mark_sent(scope, json_rows(rows))


async def _take_offers(
    database: Database, giver_id: UUID, peer: UUID, group: Sequence[SentCopy]
) -> None:
    async with database.scope(peer, RELAYS) as scope:
        for one in _latest(group):
            taken = TradeOffer(
                one.offer_id,
                one.external_id,
                OfferSide.TAKEN,
                giver_id,
                None,
                None,
                one.terms["currency"],
                scope.now,
            )
            await offer_queries.insert_offer(scope, taken)
        rows = [
            {
                "offer_id": one.offer_id,
                "version": one.version,
                "plan_version_id": None,
                "terms": one.terms,
                "hash": one.hash,
                "published_at": one.published_at,
            }
            for one in group
        ]
        await offer_queries.insert_copies(scope, json_rows(rows))


def _latest(group: Sequence[SentCopy]) -> list[SentCopy]:
    """Of each offer its newest version."""
    return list({one.offer_id: one for one in group}.values())


async def _tell_acceptances(database: Database, tenant_id: UUID) -> None:
    async with database.scope(tenant_id, RELAYS, write=False) as scope:
        waiting = await offer_queries.acceptances_to_tell(scope)
    for peer, group in _by_peer(waiting):
        rows = [
            {
                "offer_id": one.offer_id,
                "version": one.version,
                "hash": one.hash,
                "accepted_at": one.accepted_at,
                "told": True,
            }
            for one in group
        ]
        async with database.scope(peer, RELAYS) as scope:
            await offer_queries.insert_acceptances(scope, json_rows(rows))
        async with database.scope(tenant_id, RELAYS) as scope:
            await offer_queries.mark_told(scope, json_rows(rows))


async def _send_totals(database: Database, tenant_id: UUID) -> None:
    after: WaitingTotal | None = None
    while True:
        async with database.scope(tenant_id, RELAYS, write=False) as scope:
            packed = await packing.pack(scope, after, AT_ONCE)
        await deliver(database, tenant_id, packed)
        if packed.last is None:
            return
        after = packed.last


async def deliver(database: Database, tenant_id: UUID, packed: Packed) -> None:
    """Bring what was packed to the tenant above; what it refuses goes on waiting, with the reason.

    One item that is refused does not keep out the others.
    """
    peer = packed.peer_tenant_id
    if peer is not None and packed.parcel.states:
        try:
            await _receive(database, tenant_id, peer, packed.parcel)
        except GroschenError:
            await _one_by_one(database, tenant_id, peer, packed)
            return
    if packed.revisions or packed.idle:
        async with database.scope(tenant_id, RELAYS) as scope:
            await packing.unpacked(scope, packed)


async def _receive(database: Database, tenant_id: UUID, peer: UUID, parcel: Parcel) -> None:
    async with database.scope(peer, RELAYS) as scope:
        await receiving.receive(scope, tenant_id, parcel)


async def _one_by_one(database: Database, tenant_id: UUID, peer: UUID, packed: Packed) -> None:
    for item in packed.parcel.items:
        part = packed.only(item.item_id)
        refusal: GroschenError | None = None
        try:
            await _receive(database, tenant_id, peer, part.parcel)
        except GroschenError as caught:
            refusal = caught
            log.warning(
                "level_refused",
                item_id=str(item.item_id),
                code=caught.code,
                detail=caught.detail,
                hint=caught.hint,
            )
        async with database.scope(tenant_id, RELAYS) as scope:
            if refusal is None:
                await packing.unpacked(scope, part)
            else:
                await packing.refused(scope, list(part.revisions), refusal.code)


async def _tell_amounts(database: Database, tenant_id: UUID) -> None:
    while True:
        async with database.scope(tenant_id, RELAYS, write=False) as scope:
            untold = await amount_queries.untold(scope, AT_ONCE)
        for peer, group in _by_peer(untold):
            async with database.scope(peer, RELAYS) as scope:
                await amounts.take_told(scope, tenant_id, group)
            async with database.scope(tenant_id, RELAYS) as scope:
                await amounts.mark_told(scope, group)
        if len(untold) < AT_ONCE:
            return


class _ForPeer(Protocol):
    @property
    def peer_tenant_id(self) -> UUID: ...


_Sent = TypeVar("_Sent", bound=_ForPeer)


def _by_peer(waiting: Sequence[_Sent]) -> list[tuple[UUID, list[_Sent]]]:
    """What waits, by the tenant that it is for; the order of each stays."""
    ordered = sorted(waiting, key=lambda one: one.peer_tenant_id)
    return [
        (peer, list(group)) for peer, group in groupby(ordered, key=lambda one: one.peer_tenant_id)
    ]
