"""Parties: stored once, named by id or external id, known personally only in the vault.

An actor that belongs to a party sees that party alone; ``get_party`` and the lists hold to it.
``find``, ``names`` and the look-ups by external id are for other features, which ask about
parties that an order or a share rule names, and show only what their own rules allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from groschen.features.parties import queries
from groschen.features.parties.model import (
    DetailsErased,
    NewParty,
    Party,
    PartyExists,
    PartyNameMisplaced,
    PartyNotFound,
)
from groschen.features.tenants import vault
from groschen.kit.http import External
from groschen.kit.ids import encode_id, new_id
from groschen.kit.logs import logger
from groschen.kit.outbox import Event, publish

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from groschen.kit.db import Scope
    from groschen.kit.http import Reference, Slice

log = logger(__name__)


async def create_party(scope: Scope, new: NewParty) -> Party:
    """Store a party and its details; raise ``PartyExists`` and ``PartyNameMisplaced``."""
    if (new.kind == "person") != (new.name is None):
        raise PartyNameMisplaced(
            "an organisation needs a name; a person's name belongs to its details",
            field="name",
            hint="For a person leave 'name' out and send 'details.name', which is encrypted.",
        )
    party_id = new_id()
    party = Party(
        id=party_id,
        external_id=new.external_id or encode_id("pty", party_id),
        kind=new.kind,
        name=new.name,
        roles=sorted(set(new.roles)),
        country=new.country,
        created_at=scope.now,
    )
    if not await queries.insert_party(scope, party):
        raise PartyExists(
            f"another party has the external id '{party.external_id}'",
            field="external_id",
            hint=f"Read it at GET /v1/parties/ext:{party.external_id}, or choose another id.",
        )
    if new.details:
        await vault.store(scope, party.id, new.details)
    data = {"party": encode_id("pty", party.id), "roles": party.roles}
    await publish(scope, [Event("party.created", party.id, data)])
    return party


async def find(scope: Scope, party_id: UUID) -> Party | None:
    """Return a party, or None."""
    found = await queries.parties_by_ids(scope, [party_id])
    return found[0] if found else None


async def get_party(scope: Scope, reference: Reference) -> Party:
    """Return a party that the actor may see; raise ``PartyNotFound``."""
    if isinstance(reference, External):
        found = await queries.parties_by_external_ids(scope, [reference])
    else:
        found = await queries.parties_by_ids(scope, [reference])
    if not found or scope.actor.party_id not in (None, found[0].id):
        raise PartyNotFound(
            "there is no such party", hint="List parties at GET /v1/parties, or create it there."
        )
    return found[0]


async def party_by_external_id(scope: Scope, external_id: str) -> Party | None:
    """Return the party with this external id, or None."""
    found = await queries.parties_by_external_ids(scope, [external_id])
    return found[0] if found else None


async def ids_by_external_id(scope: Scope, external_ids: Iterable[str]) -> dict[str, UUID]:
    """Return the ids of those parties that exist, by external id."""
    wanted = sorted(set(external_ids))
    found = await queries.parties_by_external_ids(scope, wanted) if wanted else []
    return {party.external_id: party.id for party in found}


async def list_parties(scope: Scope, roles: Sequence[str], asked: Slice) -> list[Party]:
    """Return a page of the parties with all of ``roles`` that the actor may see."""
    if scope.actor.party_id is None:
        return await queries.parties(scope, roles, asked.bounds)
    own = await find(scope, scope.actor.party_id)
    return [own] if own is not None and set(roles) <= set(own.roles) else []


async def partners(scope: Scope, asked: Slice, text: str | None = None) -> list[Party]:
    """Return a page of the parties that are partners, those with ``text`` in their name."""
    if text is None or scope.actor.party_id is not None:
        return await list_parties(scope, ["partner"], asked)
    return await queries.parties(scope, ["partner"], asked.bounds, text)


async def count_without_account(scope: Scope) -> int:
    """How many partners have not said where they get their money."""
    return await queries.count_partners_without_account(scope)


async def with_account(scope: Scope, party_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these parties have said where they get their money."""
    return await queries.parties_with_account(scope, party_ids)


async def names(scope: Scope, party_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return what to call each party; an erased or nameless person by its external id."""
    found = await queries.parties_by_ids(scope, sorted(set(party_ids)))
    people = [party.id for party in found if party.name is None]
    known = await vault.read_many(scope, people) if people else {}
    return {
        party.id: party.name or known.get(party.id, {}).get("name") or party.external_id
        for party in found
    }


async def labels(scope: Scope, party_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return what the actor may read as name of each party: people's only with the right to it.

    Without ``personal_data:read`` a person is called by its external id.
    """
    if scope.actor.may("personal_data:read"):
        return await names(scope, party_ids)
    found = await queries.parties_by_ids(scope, sorted(set(party_ids)))
    return {party.id: party.name or party.external_id for party in found}


async def details(scope: Scope, reference: Reference) -> dict[str, Any]:
    """Return what is personally known of a party; who asked is logged."""
    party = await get_party(scope, reference)
    known = await vault.read(scope, party.id)
    if known is None:
        raise DetailsErased("nothing personal is known of this party", hint="It may be erased.")
    log.info(
        "personal_data_read",
        party_id=str(party.id),
        actor_id=str(scope.actor.id),
        tenant_id=str(scope.tenant_id),
        request_id=scope.request_id,
    )
    return known


async def change_details(scope: Scope, reference: Reference, known: Mapping[str, Any]) -> Party:
    """Replace what is personally known of a party."""
    party = await get_party(scope, reference)
    await vault.store(scope, party.id, known)
    data = {"party": encode_id("pty", party.id)}
    await publish(scope, [Event("party.details_changed", party.id, data)])
    return party


async def erase_details(scope: Scope, reference: Reference) -> Party:
    """Erase a party's personal data for ever; bank details become unreadable with them.

    The books keep the party's id, so that every posting stays true. Twice is as once.
    """
    party = await get_party(scope, reference)
    await vault.erase(scope, party.id)
    data = {"party": encode_id("pty", party.id)}
    await publish(scope, [Event("party.details_erased", party.id, data)])
    return party
