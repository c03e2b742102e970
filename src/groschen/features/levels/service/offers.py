"""Offers: published to a tenant below, read on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from groschen.core.components import ComponentKind
from groschen.core.errors import invariant
from groschen.core.period import day_of
from groschen.core.prices.model import QuantityPrice
from groschen.core.sale import Basis
from groschen.features.catalog import service as catalog
from groschen.features.catalog.model import PlanUnknown
from groschen.features.levels.model import (
    OfferComponentUnknown,
    OfferCopy,
    OfferNotForTenant,
    OfferNotFound,
    OfferPlanUnfit,
    OfferPriceUnfit,
    OfferSide,
    ResellerUnknown,
    TradeOffer,
)
from groschen.features.levels.queries import offers as queries
from groschen.features.levels.service.asking import ask_to_relay
from groschen.features.levels.terms import Corridor, OfferComponent, OfferTerms, parse_offer
from groschen.features.parties import service as parties
from groschen.features.tenants import service as tenants
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from groschen.core.components import Component
    from groschen.features.catalog.model import Offer
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference, Slice

TRAVELLING: Final = frozenset(
    {ComponentKind.USAGE, ComponentKind.RECURRING, ComponentKind.ONE_TIME}
)


@dataclass(frozen=True, slots=True)
class OfferDraft:
    """What a wholesaler offers: a plan, to a tenant below, which pays by ``account``.

    ``corridors`` limit the net unit price at which components may be sold on.
    """

    external_id: str
    tenant: Reference
    account: str
    plan: str
    valid_from: datetime | None
    corridors: Mapping[str, Corridor]
    brand_slots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfferDetail:
    """An offer with its versions, the newest first."""

    offer: TradeOffer
    copies: tuple[OfferCopy, ...]


async def publish_offer(scope: Scope, draft: OfferDraft) -> OfferDetail:
    """Publish an offer, or its next version, to a tenant directly below.

    Raises ``ResellerUnknown``, ``PlanUnknown``, ``OfferPlanUnfit``, ``OfferPriceUnfit``,
    ``OfferComponentUnknown`` and ``OfferNotForTenant`` when the external id is another tenant's.
    """
    valid_from = draft.valid_from or scope.now
    plan = await _plan(scope, draft.plan, valid_from)
    trade = await _trade(scope, draft, plan.terms.currency)
    version = await queries.latest_version(scope, trade.id) + 1
    day = day_of(valid_from, ZoneInfo(scope.tenant.time_zone))
    rate = await catalog.tax_rate(scope, plan.tax_class, day)
    drafted = OfferTerms(
        offer=draft.external_id,
        version=version,
        name=plan.plan_name,
        currency=plan.terms.currency,
        valid_from=valid_from,
        vat_rate=rate.rate,
        components=_components(plan, draft.corridors),
        brand_slots=draft.brand_slots,
    )
    terms = parse_offer(drafted.to_json())  # each decimal in its one spelling
    row = {
        "offer_id": trade.id,
        "version": version,
        "plan_version_id": plan.plan_version_id,
        "terms": terms.to_json(),
        "hash": terms.hash,
        "published_at": scope.now,
    }
    await queries.insert_copies(scope, json_rows([row]))
    data = {"offer": encode_id("off", trade.id), "version": version, "hash": terms.hash}
    await publish(scope, [Event("offer.published", trade.id, data)])
    await ask_to_relay(scope)
    return await detail(scope, trade)


async def _plan(scope: Scope, name: str, at: datetime) -> Offer:
    found = await catalog.offers(scope, [name], at)
    if name not in found:
        raise PlanUnknown(
            f"no plan {name!r} is on sale then",
            field="plan",
            hint="publish a version of the plan that has started by then",
        )
    plan = found[name]
    if plan.terms.basis is not Basis.NET:
        raise OfferPlanUnfit(
            "wholesale prices are net, the plan's are gross",
            field="plan",
            hint="publish a plan of net prices and offer that",
        )
    return plan


async def _trade(scope: Scope, draft: OfferDraft, currency: str) -> TradeOffer:
    child = await tenants.find_child(scope, draft.tenant)
    if child is None:
        raise ResellerUnknown(
            "there is no such tenant directly below this one",
            field="tenant",
            hint="list the tenants with GET /v1/tenants, or found the reseller first",
        )
    found = await parties.accounts_by_external_id(scope, [draft.account])
    account = found.get(draft.account)
    if account is None or account.currency != currency:
        raise ResellerUnknown(
            f"there is no account {draft.account!r} in {currency}",
            field="account",
            hint="open a billing account of the reseller in the plan's currency first",
        )
    made = TradeOffer(
        new_id(),
        draft.external_id,
        OfferSide.GIVEN,
        child.child_tenant_id,
        account.id,
        account.party_id,
        currency,
        scope.now,
    )
    await queries.insert_offer(scope, made)
    kept = await queries.lock_offer(scope, OfferSide.GIVEN, draft.external_id)
    if kept is None:
        invariant(holds=False, message="an offer that was stored is not there")
        raise OfferNotFound("there is no such offer")
    known = (kept.peer_tenant_id, kept.account_id, kept.currency)
    if known != (made.peer_tenant_id, made.account_id, made.currency):
        raise OfferNotForTenant(
            f"the offer {draft.external_id!r} is made to another tenant, account or currency",
            field="external_id",
            hint="choose another external id; an offer stays with its reseller",
        )
    return kept


def _components(plan: Offer, corridors: Mapping[str, Corridor]) -> tuple[OfferComponent, ...]:
    known = {one.id for one in plan.terms.components}
    for name in corridors:
        if name not in known:
            raise OfferComponentUnknown(
                f"the plan has no component {name!r}",
                field=f"corridors.{name}",
                hint=f"the components are: {', '.join(sorted(known))}",
            )
    return tuple(_component(one, corridors.get(one.id)) for one in plan.terms.components)


def _component(one: Component, corridor: Corridor | None) -> OfferComponent:
    if one.kind not in TRAVELLING:
        raise OfferPlanUnfit(
            f"{one.id} is a {one.kind}, which cannot be bought by quantity",
            field="plan",
            hint="offer a plan of usage, recurring and one-time prices",
        )
    if not isinstance(one.price, QuantityPrice):
        raise OfferPriceUnfit(
            f"{one.id} is priced {one.priced.kind}, which needs the events themselves",
            field="plan",
            hint="offer prices of a quantity, such as per_unit, graduated or volume",
        )
    return OfferComponent(one.id, one.kind, one.every, one.price, corridor)


async def find(scope: Scope, reference: Reference) -> TradeOffer:
    """Read an offer by either id; raises ``OfferNotFound``. A party's actor sees none."""
    found = await queries.offer(scope, reference)
    if found is None or scope.actor.party_id is not None:
        raise OfferNotFound("there is no such offer", hint="list the offers with GET /v1/offers")
    return found


async def detail(scope: Scope, offer: TradeOffer) -> OfferDetail:
    """An offer with its versions."""
    return OfferDetail(offer, tuple((await copies(scope, [offer.id])).get(offer.id, ())))


async def page(scope: Scope, asked: Slice) -> list[OfferDetail]:
    """A page of the offers given and taken, newest first; none for a party's actor."""
    if scope.actor.party_id is not None:
        return []
    found = await queries.page(scope, asked)
    known = await copies(scope, [one.id for one in found])
    return [OfferDetail(one, tuple(known.get(one.id, ()))) for one in found]


async def copies(scope: Scope, offer_ids: Sequence[UUID]) -> dict[UUID, list[OfferCopy]]:
    """The versions of offers, the newest first."""
    rows = await queries.copies(scope, offer_ids) if offer_ids else []
    return {
        offer_id: [_copy(row) for row in group]
        for offer_id, group in groupby(rows, key=lambda row: row.offer_id)
    }


def _copy(row: queries.CopyRow) -> OfferCopy:
    terms = parse_offer(row.terms)
    invariant(terms.hash == row.hash, "a copy of an offer does not have its hash")
    return OfferCopy(
        row.offer_id,
        row.version,
        row.plan_version_id,
        terms,
        row.hash,
        row.published_at,
        row.accepted_at,
        row.components or {},
    )
