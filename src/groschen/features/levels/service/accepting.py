"""Accepting an offer: the same terms, signed, become the agreement that books what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from groschen.core.shares import parse_terms
from groschen.features.levels.model import (
    OfferAccepted,
    OfferComponentUnknown,
    OfferCopy,
    OfferHashMismatch,
    OfferNotForTenant,
    OfferNotFound,
    OfferSide,
    TradeOffer,
)
from groschen.features.levels.queries import offers as queries
from groschen.features.levels.service import offers
from groschen.features.levels.service.asking import ask_to_relay
from groschen.features.parties import service as parties
from groschen.features.shares.model import BeneficiaryUnknown
from groschen.features.shares.service import agreements
from groschen.kit.ids import encode_id
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from groschen.features.levels.terms import OfferTerms
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a reseller accepts: ``hash`` proves which terms.

    ``supplier`` is the party that stands for the wholesaler. ``components`` says which component
    of the reseller's plans consumes which of the offer; empty: those of the same name.
    """

    version: int
    hash: str
    supplier: str
    components: Mapping[str, str]


async def accept(scope: Scope, reference: Reference, given: Acceptance) -> offers.OfferDetail:
    """Accept a version of an offer; plans can sell it on from its start.

    Signs an agreement that owes the wholesaler the wholesale prices. The same acceptance again
    changes nothing. Raises ``OfferNotFound``, ``OfferNotForTenant``, ``OfferHashMismatch``,
    ``OfferComponentUnknown``, ``OfferAccepted``, ``BeneficiaryUnknown``.
    """
    offer = await offers.find(scope, reference)
    if offer.side is not OfferSide.TAKEN:
        raise OfferNotForTenant(
            "this tenant made the offer; the one below accepts it",
            hint="accept it as the tenant that it is made to",
        )
    copy = await _copy(scope, offer, given)
    components = dict(given.components) or {one.id: one.id for one in copy.terms.components}
    _check_components(copy.terms, components)
    if copy.accepted_at is not None:
        if dict(copy.components) != components:
            raise OfferAccepted(
                f"version {copy.version} was accepted for other components",
                field="components",
                hint="ask for a new version, and accept that",
            )
        return await offers.detail(scope, offer)
    supplier_id = await _supplier(scope, offer, given.supplier)
    version_id = await _agree(scope, copy.terms, components, given.supplier)
    await queries.set_party(scope, offer.id, supplier_id)
    row = {
        "offer_id": offer.id,
        "version": copy.version,
        "hash": copy.hash,
        "components": components,
        "agreement_version_id": version_id,
        "accepted_by": scope.actor.id,
        "accepted_at": scope.now,
        "told": False,
    }
    await queries.insert_acceptances(scope, json_rows([row]))
    data = {"offer": encode_id("off", offer.id), "version": copy.version, "hash": copy.hash}
    await publish(scope, [Event("offer.accepted", offer.id, data)])
    await ask_to_relay(scope)
    return await offers.detail(scope, offer)


async def _copy(scope: Scope, offer: TradeOffer, given: Acceptance) -> OfferCopy:
    await queries.lock_offer(scope, offer.side, offer.external_id)
    known = (await offers.copies(scope, [offer.id])).get(offer.id, [])
    copy = next((one for one in known if one.version == given.version), None)
    if copy is None:
        raise OfferNotFound(
            f"the offer has no version {given.version}",
            field="version",
            hint="read its versions with GET /v1/offers/{id}",
        )
    if copy.hash != given.hash:
        raise OfferHashMismatch(
            "the hash is not that of the offered terms",
            field="hash",
            hint=f"read version {copy.version} again and accept {copy.hash}",
        )
    return copy


def _check_components(terms: OfferTerms, components: Mapping[str, str]) -> None:
    known = {one.id for one in terms.components}
    for own, bought in components.items():
        if bought not in known:
            raise OfferComponentUnknown(
                f"the offer has no component {bought!r}",
                field=f"components.{own}",
                hint=f"its components are: {', '.join(sorted(known))}",
            )
    missing = sorted(known - set(components.values()))
    if missing:
        raise OfferComponentUnknown(
            f"nothing consumes {missing[0]!r} of the offer",
            field="components",
            hint="name a component of your plans for each component of the offer",
        )


async def _supplier(scope: Scope, offer: TradeOffer, name: str) -> UUID:
    found = await parties.ids_by_external_id(scope, [name])
    supplier_id = found.get(name)
    if supplier_id is None:
        raise BeneficiaryUnknown(
            f"there is no partner {name!r}",
            field="supplier",
            hint="create the party that stands for the wholesaler with POST /v1/parties",
        )
    if offer.party_id not in (None, supplier_id):
        raise OfferAccepted(
            "an earlier version was accepted with another supplier",
            field="supplier",
            hint="name the same party; it is owed what was used before",
        )
    return supplier_id


async def _agree(
    scope: Scope, terms: OfferTerms, components: Mapping[str, str], supplier: str
) -> UUID:
    """Sign the agreement of this version: each component's price, owed with the use."""
    rules = [
        {
            "id": one.id,
            "kind": "price",
            "params": {"price": one.price.to_spec()},
            "beneficiary": supplier,
            "components": sorted(own for own, bought in components.items() if bought == one.id),
        }
        for one in terms.components
    ]
    agreed = parse_terms(
        {
            "currency": terms.currency,
            "seller_role": "principal",
            "release": "on_sale",
            "rules": rules,
            "settlement": {"period": "month", "supply_vat_rate": f"{terms.vat_rate:f}"},
        }
    )
    name = f"{terms.name} of {supplier}, version {terms.version}"
    agreement = await agreements.create(scope, terms.agreement, name)
    version = await agreements.add_version(scope, agreement, terms.valid_from, agreed)
    await agreements.sign_off(scope, version.id, version.hash)
    return version.id
