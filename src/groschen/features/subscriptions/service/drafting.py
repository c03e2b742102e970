"""What a subscription that somebody wants would be: its plans found, its dates checked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from groschen.core.components import ComponentKind
from groschen.features.catalog import service as catalog
from groschen.features.catalog.model import PlanUnknown
from groschen.features.parties import service as parties
from groschen.features.subscriptions.model import (
    DatesInvalid,
    Funding,
    PlanUnfit,
    Segment,
    StartTooEarly,
    SubscriberUnknown,
    WalletUnfit,
)
from groschen.features.subscriptions.queries import writing as queries
from groschen.features.subscriptions.segments import planned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from groschen.features.catalog.model import Offer
    from groschen.features.parties.model import Account
    from groschen.features.subscriptions.model import ItemDraft, Subscription, SubscriptionDraft
    from groschen.kit.db import Scope


async def subscriber(scope: Scope, external_id: str) -> Account:
    """The account of a subscription; raises ``SubscriberUnknown``."""
    found = await parties.accounts_by_external_id(scope, [external_id])
    if external_id not in found:
        raise SubscriberUnknown(
            f"there is no billing account {external_id!r}",
            field="account",
            hint="open the account first with POST /v1/accounts",
        )
    return found[external_id]


def check_open(scope: Scope, at: datetime, field: str) -> None:
    """Raise ``StartTooEarly`` for an instant in months whose books are closed."""
    open_from = scope.tenant.books_open_from
    day = at.astimezone(ZoneInfo(scope.tenant.time_zone)).date()
    if open_from is not None and day < open_from:
        raise StartTooEarly(
            f"the books are closed until {open_from.isoformat()}",
            field=field,
            hint=f"choose an instant on {open_from.isoformat()} or later",
        )


def check_term(draft: SubscriptionDraft, starts_at: datetime) -> None:
    """Raise ``DatesInvalid`` for a minimum term that is over before it begins."""
    until = draft.minimum_term_until
    if until is not None and until <= starts_at:
        raise DatesInvalid(
            "the minimum term ends before the subscription starts",
            field="minimum_term_until",
            hint=f"give an instant after {starts_at.isoformat()}, or none",
        )


async def find_wallet(scope: Scope, draft: SubscriptionDraft, account: Account) -> UUID | None:
    """The wallet that pays, if one shall; raises ``WalletUnfit`` unless it can."""
    if draft.funding is Funding.INVOICE:
        if draft.wallet is not None:
            raise _unfit_wallet("a subscription paid by invoice has no wallet")
        return None
    if draft.wallet is None:
        raise _unfit_wallet("a subscription paid from a wallet needs one")
    wallet = await queries.wallet(scope, draft.wallet)
    if wallet is None or wallet.account_id != account.id:
        raise _unfit_wallet("the account has no such wallet")
    if wallet.currency != account.currency:
        raise _unfit_wallet(f"the wallet is in {wallet.currency}, not in {account.currency}")
    if wallet.state != "open":
        raise _unfit_wallet("the wallet is closed")
    return wallet.id


def _unfit_wallet(detail: str) -> WalletUnfit:
    return WalletUnfit(
        detail,
        field="wallet",
        hint="name an open wallet of the account in its currency, or pay by invoice",
    )


async def find_offer(scope: Scope, plan: str, at: datetime, field: str) -> Offer:
    """The version of a plan in force at ``at``; raises ``PlanUnknown``."""
    found = await catalog.offers(scope, [plan], at)
    if plan not in found:
        raise PlanUnknown(
            f"no plan {plan!r} is on sale at {at.astimezone(UTC).isoformat()}",
            field=field,
            hint="list the plans with GET /v1/plans; a plan needs a version that has started",
        )
    return found[plan]


def check_fit(offer: Offer, currency: str, funding: Funding, field: str) -> None:
    """Raise ``PlanUnfit`` for a plan in another currency, or with credit but no wallet."""
    if offer.terms.currency != currency:
        raise PlanUnfit(
            f"the plan is in {offer.terms.currency}, the subscription in {currency}",
            field=field,
            hint=f"choose a plan in {currency}, or an account in {offer.terms.currency}",
        )

    if funding is Funding.WALLET:
        return
    if any(one.kind is ComponentKind.PREPAID_PACKAGE for one in offer.terms.components):
        raise PlanUnfit(
            "the plan sells credit, and this subscription has no wallet",
            field=field,
            hint="subscribe with funding `wallet` and the wallet to credit",
        )


def check_segments(segments: Sequence[Segment], subscription: Subscription, field: str) -> None:
    """Raise ``PlanUnfit`` for a plan of an item, or of one of its phases, that does not fit."""
    for index, segment in enumerate(segments):
        place = f"{field}phases.{index - 1}.plan" if index else f"{field}plan"
        check_fit(segment.offer, subscription.currency, subscription.funding, place)


async def plan_segments(
    scope: Scope, draft: ItemDraft, starts_at: datetime, field: str
) -> tuple[Segment, ...]:
    """The segments of an item: its start, and the phases planned for later.

    ``field`` is what stands before the names of its fields in refusals.

    Raises ``PlanUnknown`` and ``DatesInvalid``.
    """
    offer = await find_offer(scope, draft.plan, starts_at, f"{field}plan")
    starts = [(starts_at, offer, draft.quantity)]
    for index, phase in enumerate(draft.phases):
        place = f"{field}phases.{index}"
        before_at, offer, quantity = starts[-1]
        if phase.from_at <= before_at:
            raise DatesInvalid(
                "a phase starts after what is before it",
                field=f"{place}.from_at",
                hint=f"give an instant after {before_at.isoformat()}",
            )
        if phase.plan is not None:
            offer = await find_offer(scope, phase.plan, phase.from_at, f"{place}.plan")
        starts.append((phase.from_at, offer, phase.quantity or quantity))
    return planned(starts)
