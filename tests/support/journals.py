"""The journals of an order as they stand in the books, with the parties of the worked examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golden.printed import party
from groschen.core.ledger import Entry, Journal
from groschen.features.ledger import service as ledger
from groschen.kit.ids import decode_id

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.features.ledger.model import PostedJournal
    from support.tickets import Alliance

PRINTED = {"op-a": "opA", "op-b": "opB", "op-c": "opC", "rider": "customer"}


async def journals_of(alliance: Alliance, name: str) -> dict[str, list[Journal]]:
    """An order's journals by kind, oldest first."""
    order = await alliance.order(name)
    return await journals_of_source(alliance, decode_id("ord", order["order"]["id"]))


async def journals_of_source(alliance: Alliance, source_id: UUID) -> dict[str, list[Journal]]:
    """The journals that one source caused, by kind."""
    async with alliance.scope(write=False) as scope:
        posted = await ledger.journals_of_sources(scope, [source_id])
    names = {
        decode_id("pty", public_id): PRINTED.get(name, name)
        for public_id, name in (await alliance.party_names()).items()
    }
    found: dict[str, list[Journal]] = {}
    for one in posted:
        found.setdefault(one.kind, []).append(_journal(one, names))
    return found


def _journal(posted: PostedJournal, names: dict[UUID, str]) -> Journal:
    entries = tuple(
        Entry(
            one.account,
            one.amount.amount,
            None if one.party_id is None else party(names[one.party_id]),
            one.tax_key,
        )
        for one in posted.postings
    )
    return Journal(posted.kind, posted.postings[0].amount.currency, entries)
