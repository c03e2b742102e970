"""Under which terms totals are posted: plan, tax, wallet, and the agreement that shares them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from groschen.core.components import ComponentKind
from groschen.core.errors import GroschenError
from groschen.core.period import day_of
from groschen.core.sale import TaxTerms
from groschen.features.catalog import service as catalog
from groschen.features.shares import service as shares
from groschen.features.shares.service import agreements
from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.model import Funding
from groschen.features.usage.service.slices import PostingTerms
from groschen.features.wallets import service as wallets
from groschen.kit.ids import encode_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from groschen.core.ledger import WalletTerms
    from groschen.features.catalog.model import Offer
    from groschen.features.shares.model import AgreementVersion
    from groschen.features.subscriptions.model import Contract
    from groschen.features.usage.queries.posting import Slice
    from groschen.kit.db import Scope

SERVICE_TAX_CLASS = "standard"


@dataclass(frozen=True, slots=True)
class Known:
    """What was read for a portion."""

    contracts: Mapping[UUID, Contract]
    offers: Mapping[UUID, Offer]
    wallets: Mapping[UUID, WalletTerms]
    agreements: Mapping[UUID, AgreementVersion | GroschenError | None]

    def since(self, one: Slice) -> datetime:
        """From when the terms of a total hold: the start of its part of the window."""
        return since(self.contracts[one.owner_id], one)


def since(contract: Contract, one: Slice) -> datetime:
    """The start of a total's part of its window: its agreement and VAT rate are that day's."""
    starts = [part.from_at for part in contract.segments if part.segment == one.segment]
    return max(one.starts_at, *starts)


async def posting_terms(
    scope: Scope, slices: Sequence[Slice]
) -> dict[UUID, PostingTerms | GroschenError]:
    """The terms of each total of a portion, or why it has none."""
    totals = list({one.total_id: one for one in slices}.values())
    contracts = await subscriptions.contracts(scope, {one.owner_id for one in totals})
    offers = await catalog.offers_by_version(scope, {one.plan_version_id for one in totals})
    wallet_ids = {one.wallet_id for one in contracts.values() if one.wallet_id is not None}
    found = await wallets.of(scope, sorted(wallet_ids))
    known = Known(
        contracts,
        offers,
        {wallet_id: wallet.terms for wallet_id, wallet in found.items()},
        await _agreements(scope, totals, contracts, offers),
    )
    return {one.total_id: await _terms(scope, one, known) for one in totals}


async def _agreements(
    scope: Scope,
    totals: Sequence[Slice],
    contracts: Mapping[UUID, Contract],
    offers: Mapping[UUID, Offer],
) -> dict[UUID, AgreementVersion | GroschenError | None]:
    """The agreement version of each total.

    A total that was booked before keeps its version. A new one takes the version in force at
    the start of its part of the window, so that later terms do not touch it. The price of a
    package is not shared: partners share in what its credit pays for.
    """
    pinned = await shares.pinned(scope, [one.total_id for one in totals])
    found: dict[UUID, AgreementVersion | GroschenError | None] = dict(pinned)
    asked: dict[datetime, list[Slice]] = {}
    for one in totals:
        if one.total_id not in pinned:
            asked.setdefault(since(contracts[one.owner_id], one), []).append(one)
    for at, group in asked.items():
        names = {one.total_id: _agreement_of(offers[one.plan_version_id], one) for one in group}
        wanted = {name for name in names.values() if name is not None}
        in_force = await agreements.found_in_force(scope, wanted, at)
        for total_id, name in names.items():
            missing = agreements.not_in_force(name, at) if name is not None else None
            found[total_id] = in_force.get(name, missing) if name is not None else None
    return found


def _agreement_of(offer: Offer, one: Slice) -> str | None:
    kinds = {part.id: part.kind for part in offer.terms.components}
    if kinds.get(one.component) is ComponentKind.PREPAID_PACKAGE:
        return None
    return offer.terms.agreement


async def _terms(scope: Scope, one: Slice, known: Known) -> PostingTerms | GroschenError:
    agreement = known.agreements[one.total_id]
    if isinstance(agreement, GroschenError):
        return agreement
    contract, offer = known.contracts[one.owner_id], known.offers[one.plan_version_id]
    day = day_of(known.since(one), ZoneInfo(one.time_zone))
    try:
        tax = await _tax(scope, offer.tax_class, day)
        service_tax = await _tax(scope, SERVICE_TAX_CLASS, day)
        partners = await _partners(scope, agreement)
    except GroschenError as refusal:
        return refusal
    return PostingTerms(
        basis=offer.terms.basis,
        revenue_account=_revenue_account(offer, one.component),
        tax=tax,
        service_tax=service_tax,
        wallet=None if contract.wallet_id is None else known.wallets[contract.wallet_id],
        agreement=agreement,
        beneficiaries=partners,
        reference=encode_id("sbi", one.owner_id),
        is_claimed=contract.funding is Funding.CLAIM,
    )


async def _tax(scope: Scope, tax_class: str, day: date) -> TaxTerms:
    rate = await catalog.tax_rate(scope, tax_class, day)
    return TaxTerms(rate.rate, rate.key)


async def _partners(scope: Scope, agreement: AgreementVersion | None) -> Mapping[str, UUID]:
    if agreement is None:
        return {}
    named = agreements.named_beneficiaries(agreement.terms)
    return await agreements.beneficiaries(scope, named)


def _revenue_account(offer: Offer, component_id: str) -> str:
    for component in offer.terms.components:
        if component.id == component_id and component.revenue_account is not None:
            return component.revenue_account
    return offer.terms.revenue_account
