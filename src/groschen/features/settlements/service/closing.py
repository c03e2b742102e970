"""Closing a period: nothing more can be booked in it, then every partner gets a statement."""

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from groschen.features.settlements.model import (
    CloseProgress,
    DueStatement,
    PeriodAlreadyClosed,
    PeriodNotOver,
    PeriodStillClosing,
)
from groschen.features.settlements.queries import closing as queries
from groschen.features.shares.service import claims as shares
from groschen.kit.db import Scope
from groschen.kit.jobs import defer
from groschen.kit.outbox import Event, publish

STATE_PARTNERS: Final = "settlements.state_partners"


async def close_period(scope: Scope, period_to: date) -> CloseProgress:
    """Close the books up to ``period_to`` (exclusive) and have the statements made by a job.

    The scope holds the tenant's fence alone, so every writer of the period has committed and
    every later one books on an open day. Closing the same period again answers how far it is.
    Raises PeriodNotOver, PeriodAlreadyClosed and PeriodStillClosing.
    """
    open_from = await queries.books_open_from(scope)
    if open_from is not None and period_to < open_from:
        raise PeriodAlreadyClosed(
            f"the books are closed up to {open_from.isoformat()}",
            field="period_to",
            hint=f"close a later period, after {open_from.isoformat()}",
            books_open_from=open_from.isoformat(),
        )
    if period_to != open_from:
        await _move_fence(scope, open_from, period_to)
    found = await progress(scope, period_to)
    if not found.done:
        await defer(scope, STATE_PARTNERS)
    return found


async def _move_fence(scope: Scope, open_from: date | None, period_to: date) -> None:
    today = scope.now.astimezone(ZoneInfo(scope.tenant.time_zone)).date()
    if period_to > today:
        raise PeriodNotOver(
            f"the tenant's clock stands at {today.isoformat()}",
            field="period_to",
            hint="close a period when it is over: give this day or an earlier one",
            today=today.isoformat(),
        )
    if open_from is not None and await due_statements(scope, open_from):
        raise PeriodStillClosing(
            f"statements up to {open_from.isoformat()} are still being made",
            field="period_to",
            hint="wait until the closing of that period is done, then close the next",
        )
    await queries.open_books_from(scope, period_to)
    data = {"period_to": period_to.isoformat()}
    await publish(scope, [Event("settlement.period_closed", scope.tenant_id, data)])


async def due_statements(scope: Scope, period_to: date) -> list[DueStatement]:
    """Which partners have no statement up to ``period_to`` yet but need one, in id order.

    A partner needs one for claims of the period, for an amount carried over, and for a payout
    that the bank rejected.
    """
    last = {(row.beneficiary_id, row.currency): row for row in await queries.last_statements(scope)}
    due: list[DueStatement] = []
    for claim in await shares.beneficiaries_with_claims(scope, period_to):
        before = last.get((claim.beneficiary_id, claim.currency))
        if before is None:
            due.append(DueStatement(claim.beneficiary_id, claim.currency, claim.first_on))
        elif before.period_to < period_to and (
            claim.last_on >= before.period_to or before.has_balance
        ):
            due.append(DueStatement(claim.beneficiary_id, claim.currency, before.period_to))
    return due


async def progress(scope: Scope, period_to: date) -> CloseProgress:
    """How far the closing of ``period_to`` is, derived from what exists."""
    made = await queries.count_made(scope, period_to)
    return CloseProgress(period_to, made, len(await due_statements(scope, period_to)))
