"""What happened to an order, dated and in order: computed from the facts, stored nowhere."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from groschen.core.money import Money, add_all
from groschen.features.orders.model import Order, OrderState
from groschen.features.orders.service.reading import MoneyTrace, OrderDetail, detail, money
from groschen.features.payments.model import Dispute, DisputeState, Payment, Refund, RefundState
from groschen.features.settlements.model import PaidStatement, PayoutState
from groschen.features.shares.model import LineState, MovementKind, TracedMovement
from groschen.kit.db import Scope
from groschen.kit.ids import encode_id


class TimelineKind(StrEnum):
    """What can happen to an order."""

    ORDER_ACCEPTED = "order_accepted"
    PAYMENT_CAPTURED = "payment_captured"
    PAYMENT_FAILED = "payment_failed"
    ORDER_CANCELLED = "order_cancelled"
    SHARES_RELEASED = "shares_released"
    DELIVERY_DONE = "delivery_done"
    REFUND_REQUESTED = "refund_requested"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    CHARGEBACK_OPENED = "chargeback_opened"
    CHARGEBACK_WON = "chargeback_won"
    CHARGEBACK_LOST = "chargeback_lost"
    SHARES_REVERSED = "shares_reversed"
    SHARES_REINSTATED = "shares_reinstated"
    STATEMENT_ISSUED = "statement_issued"
    PAYOUT_BOOKED = "payout_booked"


OF_SHARES = {
    MovementKind.RELEASED: TimelineKind.SHARES_RELEASED,
    MovementKind.REVERSED: TimelineKind.SHARES_REVERSED,
    MovementKind.DISPUTED: TimelineKind.SHARES_REVERSED,
    MovementKind.REINSTATED: TimelineKind.SHARES_REINSTATED,
}
AT_DAWN = frozenset({TimelineKind.STATEMENT_ISSUED, TimelineKind.PAYOUT_BOOKED})
"""Known by their day, and about the days before it: they come before what has an instant."""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened ``on`` a day of the tenant's calendar, in order of the list.

    ``at`` is the business instant, None for what is known by its day. ``amount`` is gross of
    the order, or of its shares. ``note`` is a failure code, a delivery step, a statement's number
    or a transfer's end-to-end id; ``subject`` the public id of what it is about.
    """

    kind: TimelineKind
    on: date
    at: datetime | None = None
    amount: Money | None = None
    note: str | None = None
    subject: str | None = None


async def timeline(scope: Scope, order: Order) -> list[TimelineEntry]:
    """Everything that happened to an order and that the actor may see, oldest first."""
    return told(scope, await detail(scope, order), await money(scope, order))


def told(scope: Scope, found: OrderDetail, trace: MoneyTrace) -> list[TimelineEntry]:
    """The same, of what was read already."""
    zone = ZoneInfo(scope.tenant.time_zone)
    return sorted([*_of_detail(found, zone), *_of_money(trace)], key=_position)


def _position(entry: TimelineEntry) -> tuple[date, int, str]:
    """Of one day: first what it says of the days before, then by instants, then its shares."""
    if entry.at is not None:
        return entry.on, 1, entry.at.isoformat()
    return entry.on, 0 if entry.kind in AT_DAWN else 2, ""


def _of_detail(found: OrderDetail, zone: ZoneInfo) -> Iterator[TimelineEntry]:
    def entry(
        kind: TimelineKind,
        at: datetime,
        subject: str,
        amount: Money | None = None,
        note: str | None = None,
    ) -> TimelineEntry:
        return TimelineEntry(kind, at.astimezone(zone).date(), at, amount, note, subject)

    order = found.order
    subject = encode_id("ord", order.id)
    gross = Money(order.gross, order.currency)
    yield entry(TimelineKind.ORDER_ACCEPTED, order.placed_at, subject, gross)
    for payment in found.payments:
        yield from (entry(*one) for one in _of_payment(payment))
    if order.state is OrderState.CANCELLED:
        yield entry(TimelineKind.ORDER_CANCELLED, order.updated_at, subject)
    for task in found.tasks:
        if task.done_at is not None:
            step = encode_id("tsk", task.id)
            yield entry(TimelineKind.DELIVERY_DONE, task.done_at, step, note=task.step)
    for refund in found.refunds:
        yield from (entry(*one) for one in _of_refund(refund))
    for dispute in found.disputes:
        yield from (entry(*one) for one in _of_dispute(dispute))


Told = tuple[TimelineKind, datetime, str, Money, str | None]


def _of_payment(payment: Payment) -> Iterator[Told]:
    subject, amount = encode_id("pay", payment.id), Money(payment.amount, payment.currency)
    if payment.captured_at is not None:
        yield TimelineKind.PAYMENT_CAPTURED, payment.captured_at, subject, amount, None
    if payment.failed_at is not None:
        note = payment.failure_code
        yield TimelineKind.PAYMENT_FAILED, payment.failed_at, subject, amount, note


def _of_refund(refund: Refund) -> Iterator[Told]:
    subject, amount = encode_id("rfd", refund.id), Money(refund.gross, refund.currency)
    yield TimelineKind.REFUND_REQUESTED, refund.created_at, subject, amount, refund.reason
    if refund.ended_at is not None:
        is_done = refund.state is RefundState.DONE
        kind = TimelineKind.REFUNDED if is_done else TimelineKind.REFUND_FAILED
        yield kind, refund.ended_at, subject, amount, refund.failure_code


def _of_dispute(dispute: Dispute) -> Iterator[Told]:
    subject, amount = encode_id("dsp", dispute.id), Money(dispute.amount, dispute.currency)
    yield TimelineKind.CHARGEBACK_OPENED, dispute.opened_at, subject, amount, None
    if dispute.closed_at is not None:
        is_won = dispute.state is DisputeState.WON
        kind = TimelineKind.CHARGEBACK_WON if is_won else TimelineKind.CHARGEBACK_LOST
        yield kind, dispute.closed_at, subject, amount, None


def _of_money(trace: MoneyTrace) -> Iterator[TimelineEntry]:
    yield from _of_shares(trace.shares.lines, trace.shares.movements)
    stated_on = {
        one.source_id: one.effective_on
        for one in trace.shares.movements
        if one.kind is MovementKind.STATED
    }
    for statement in trace.statements:
        yield from _of_statement(statement, stated_on[statement.id])


def _of_shares(
    lines: Iterable[LineState], movements: Iterable[TracedMovement]
) -> Iterator[TimelineEntry]:
    """One entry for each kind and day: the partners' shares in it, without the commission."""
    currency_of = {line.id: line.currency for line in lines if line.kind == "share"}
    days: dict[tuple[TimelineKind, date, str], list[TracedMovement]] = {}
    for one in movements:
        if one.kind in OF_SHARES and one.share_line_id in currency_of:
            key = OF_SHARES[one.kind], one.effective_on, currency_of[one.share_line_id]
            days.setdefault(key, []).append(one)
    for (kind, day, currency), found in days.items():
        yield TimelineEntry(kind, day, amount=Money(add_all(one.amount for one in found), currency))


def _of_statement(statement: PaidStatement, stated_on: date) -> Iterator[TimelineEntry]:
    subject = encode_id("stm", statement.id)
    yield TimelineEntry(
        TimelineKind.STATEMENT_ISSUED, stated_on, note=statement.number, subject=subject
    )
    if statement.payout_state is PayoutState.BOOKED and statement.booked_on is not None:
        note = statement.end_to_end_id
        yield TimelineEntry(
            TimelineKind.PAYOUT_BOOKED, statement.booked_on, note=note, subject=subject
        )
