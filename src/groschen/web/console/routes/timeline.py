"""What happened to an order, as the steps of a timeline, and what is still to come."""

from __future__ import annotations

from groschen.core.money import Money
from groschen.features.delivery.model import TaskState
from groschen.features.orders import service as orders
from groschen.features.orders.service.reading import MoneyTrace, OrderDetail
from groschen.features.orders.service.timeline import TimelineEntry, TimelineKind
from groschen.features.payments.model import PaymentState
from groschen.kit.db import Scope
from groschen.kit.ids import decode_id
from groschen.web.addresses import statement_path, task_path
from groschen.web.ui.parts import Link, Step
from groschen.web.values import local

BAD = frozenset(
    {
        TimelineKind.PAYMENT_FAILED,
        TimelineKind.ORDER_CANCELLED,
        TimelineKind.REFUND_FAILED,
        TimelineKind.CHARGEBACK_OPENED,
        TimelineKind.CHARGEBACK_LOST,
    }
)
WITH_REASON = frozenset(
    {TimelineKind.PAYMENT_FAILED, TimelineKind.REFUND_REQUESTED, TimelineKind.REFUND_FAILED}
)
STATEMENTS = frozenset({TimelineKind.STATEMENT_ISSUED, TimelineKind.PAYOUT_BOOKED})


def order_steps(scope: Scope, detail: OrderDetail, money: MoneyTrace) -> tuple[Step, ...]:
    """Everything that happened to an order, in the order it happened, then what is awaited."""
    happened = orders.told(scope, detail, money)
    return (*(_step(scope, entry) for entry in happened), *_awaited(detail))


def _step(scope: Scope, entry: TimelineEntry) -> Step:
    return Step(
        entry.kind,
        at=None if entry.at is None else local(scope, entry.at),
        on=entry.on if entry.at is None else None,
        by=entry.note if entry.kind in WITH_REASON else None,
        link=_link(entry),
        amount=entry.amount,
        failed=entry.kind in BAD,
    )


def _link(entry: TimelineEntry) -> Link | None:
    if entry.subject is None or entry.note is None:
        return None
    if entry.kind is TimelineKind.DELIVERY_DONE:
        return Link(entry.note, task_path(decode_id("tsk", entry.subject)))
    if entry.kind in STATEMENTS:
        return Link(entry.note, statement_path(decode_id("stm", entry.subject)))
    return None


def _awaited(detail: OrderDetail) -> list[Step]:
    payments = [
        Step("payment_captured", amount=Money(one.amount, one.currency))
        for one in detail.payments
        if one.state is PaymentState.REQUESTED
    ]
    over = (TaskState.DONE, TaskState.CANCELLED, TaskState.SKIPPED)
    tasks = [
        Step(
            "delivery_failed" if task.state is TaskState.FALLOUT else "delivery_done",
            link=Link(task.step, task_path(task.id)),
            failed=task.state is TaskState.FALLOUT,
        )
        for task in detail.tasks
        if task.state not in over
    ]
    return payments + tasks
