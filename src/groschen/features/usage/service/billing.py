"""Totals as those see them who bill them: what they cost, under which rule, from when to when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from groschen.core.components import ComponentKind, Timing
from groschen.core.errors import invariant
from groschen.core.period import Period, day_of
from groschen.core.totals import state_from_json
from groschen.core.usage import FixedRule
from groschen.features.catalog import service as catalog
from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.model import Funding
from groschen.features.usage.queries.billing import TotalRow, totals_with_windows

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime
    from uuid import UUID

    from groschen.core.components import Component
    from groschen.core.totals import State
    from groschen.core.usage import UsageRule
    from groschen.features.catalog.model import Offer
    from groschen.features.subscriptions.model import Contract
    from groschen.kit.db import Scope

_INSTANT: Final = timedelta(microseconds=1)
AT_START: Final = frozenset({ComponentKind.ONE_TIME, ComponentKind.PREPAID_PACKAGE})


@dataclass(frozen=True, slots=True)
class BilledTotal:
    """A total and all that a bill says of it.

    ``amount`` is in the plan's basis; ``receivable`` of ``gross`` is not paid by credit. ``used``
    is the segment's part of the window. ``tax_on`` is the day whose VAT rate it has, ``due_at``
    the instant from which on it may be billed.
    """

    id: UUID
    owner_id: UUID
    window_id: UUID
    segment: int
    group: str
    account_id: UUID
    party_id: UUID
    currency: str
    component: Component
    offer: Offer
    rule: UsageRule | FixedRule
    state: State
    amount: Decimal
    gross: Decimal
    receivable: Decimal
    event_count: int
    event_hash: str
    used: Period
    zone: ZoneInfo
    tax_on: date
    due_at: datetime

    @property
    def service_from(self) -> date:
        """The first day of service."""
        return day_of(self.used.start, self.zone)

    @property
    def service_to(self) -> date:
        """The last day of service."""
        if self.component.kind in AT_START:
            return self.service_from
        return day_of(self.used.end - _INSTANT, self.zone)

    @property
    def revenue_account(self) -> str:
        """Where its revenue stands."""
        return self.component.revenue_account or self.offer.terms.revenue_account


async def billed_totals(scope: Scope, total_ids: Collection[UUID]) -> list[BilledTotal]:
    """Totals by id, in id order, as they are in this transaction.

    What a reseller used is left out: it is settled with the reseller, not billed.
    """
    rows = await totals_with_windows(scope, total_ids) if total_ids else []
    contracts = await subscriptions.agreed(scope, {row.owner_id for row in rows})
    offers = await catalog.offers_by_version(scope, {row.plan_version_id for row in rows})
    return [
        _total(row, contract, offers[row.plan_version_id])
        for row in rows
        if (contract := contracts[row.owner_id]).funding is not Funding.CLAIM
    ]


def _total(row: TotalRow, contract: Contract, offer: Offer) -> BilledTotal:
    component = _component(offer, row.component)
    used = _used(row, contract)
    state = state_from_json(json.loads(row.state))
    rule = _rule(row, component, offer)
    invariant(rule.rule_hash == row.rule_hash, "a total is not pinned to the rule of its plan")
    return BilledTotal(
        id=row.id,
        owner_id=row.owner_id,
        window_id=row.window_id,
        segment=row.segment,
        group=row.group_key,
        account_id=row.account_id,
        party_id=row.party_id,
        currency=row.currency,
        component=component,
        offer=offer,
        rule=rule,
        state=state,
        amount=row.amount,
        gross=row.gross,
        receivable=row.receivable,
        event_count=row.event_count,
        event_hash=row.event_hash,
        used=used,
        zone=ZoneInfo(row.time_zone),
        tax_on=day_of(_since(row, contract), ZoneInfo(row.time_zone)),
        due_at=_due_at(row, component, contract, used),
    )


def _component(offer: Offer, component_id: str) -> Component:
    found = [one for one in offer.terms.components if one.id == component_id]
    invariant(bool(found), "a total has a component that its plan does not have")
    return found[0]


def _rule(row: TotalRow, component: Component, offer: Offer) -> UsageRule | FixedRule:
    """The rule of the component; what needs no event was computed when it was charged."""
    if component.kind is ComponentKind.USAGE:
        return offer.rules[component.id]
    return FixedRule(row.rule_hash, row.currency, component.label or component.id)


def _used(row: TotalRow, contract: Contract) -> Period:
    """The segment's part of the window; the whole window where nothing is left of the part."""
    start, end = row.starts_at, row.ends_at
    for segment in contract.segments:
        if segment.segment == row.segment:
            start = max(start, segment.from_at)
            ends = [one for one in (segment.until_at, contract.ends_at) if one is not None]
            end = min([end, *ends])
    if start < end:
        return Period(start, end)
    return Period(row.starts_at, row.ends_at)


def _since(row: TotalRow, contract: Contract) -> datetime:
    starts = [one.from_at for one in contract.segments if one.segment == row.segment]
    return max([row.starts_at, *starts])


def _due_at(row: TotalRow, component: Component, contract: Contract, used: Period) -> datetime:
    """What is charged in advance may be billed at once, the rest when its window is over.

    A window is over early when the item ends.
    """
    if component.kind in AT_START or component.timing is Timing.ADVANCE:
        return used.start
    if contract.ends_at is not None and contract.ends_at > row.starts_at:
        return min(row.ends_at, contract.ends_at)
    return row.ends_at
