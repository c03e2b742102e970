"""What happened to an order or a statement, as the steps of a timeline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from groschen.core.money import Money
from groschen.features.delivery.model import TaskState
from groschen.features.orders.model import OrderState
from groschen.features.orders.service.reading import OrderDetail
from groschen.features.payments.model import DisputeState, PaymentState, RefundState
from groschen.features.shares.model import MovementKind, TracedMovement
from groschen.kit.db import Scope
from groschen.web.addresses import task_path
from groschen.web.ui.parts import Link, Step
from groschen.web.values import local

SHARE_STEPS = {
    MovementKind.RELEASED: "shares_released",
    MovementKind.REVERSED: "shares_reversed",
    MovementKind.DISPUTED: "shares_reversed",
    MovementKind.REINSTATED: "shares_reinstated",
    MovementKind.STATED: "statement_issued",
    MovementKind.PAID: "shares_paid",
}


def order_steps(
    scope: Scope, detail: OrderDetail, movements: Iterable[TracedMovement]
) -> tuple[Step, ...]:
    """Everything that happened to an order, in the order it happened."""
    steps = [
        Step("order_accepted", local(scope, detail.order.placed_at)),
        *_payment_steps(scope, detail),
        *_delivery_steps(scope, detail),
        *_refund_steps(scope, detail),
        *_dispute_steps(detail),
        *_share_steps(movements),
    ]
    if detail.order.state is OrderState.CANCELLED:
        steps.append(Step("order_cancelled", local(scope, detail.order.updated_at), failed=True))
    happened = sorted((step for step in steps if step.is_done), key=_when)
    return (*happened, *(step for step in steps if not step.is_done))


def _when(step: Step) -> tuple[date, bool, str]:
    """Steps of one day: those with an instant first, in its order."""
    if isinstance(step.at, datetime):
        return step.at.date(), False, step.at.isoformat()
    return step.on or date.max, True, ""


def _payment_steps(scope: Scope, detail: OrderDetail) -> list[Step]:
    steps: list[Step] = []
    for payment in detail.payments:
        amount = Money(payment.amount, payment.currency)
        if payment.captured_at is not None:
            at = local(scope, payment.captured_at)
            steps.append(Step("payment_captured", at, amount=amount))
        elif payment.state is PaymentState.FAILED:
            at = local(scope, payment.created_at)
            steps.append(Step("payment_failed", at, by=payment.failure_code, failed=True))
        else:
            steps.append(Step("payment_captured", amount=amount))
    return steps


def _delivery_steps(scope: Scope, detail: OrderDetail) -> list[Step]:
    steps: list[Step] = []
    for task in detail.tasks:
        link = Link(task.step, task_path(task.id))
        if task.done_at is not None:
            steps.append(Step("delivery_done", local(scope, task.done_at), link=link))
        elif task.state is TaskState.FALLOUT:
            steps.append(Step("delivery_failed", link=link, failed=True))
        elif task.state not in (TaskState.CANCELLED, TaskState.SKIPPED):
            steps.append(Step("delivery_done", link=link))
    return steps


def _refund_steps(scope: Scope, detail: OrderDetail) -> list[Step]:
    kinds = {
        RefundState.REQUESTED: "refund_requested",
        RefundState.DONE: "refunded",
        RefundState.FAILED: "refund_failed",
    }
    return [
        Step(
            kinds[refund.state],
            local(scope, refund.created_at),
            amount=Money(refund.gross, refund.currency),
            failed=refund.state is RefundState.FAILED,
        )
        for refund in detail.refunds
    ]


def _dispute_steps(detail: OrderDetail) -> list[Step]:
    steps: list[Step] = []
    for dispute in detail.disputes:
        amount = Money(dispute.amount, dispute.currency)
        steps.append(Step("chargeback_opened", on=dispute.opened_on, amount=amount, failed=True))
        if dispute.closed_on is not None:
            won = dispute.state is DisputeState.WON
            kind = "chargeback_won" if won else "chargeback_lost"
            steps.append(Step(kind, on=dispute.closed_on, failed=not won))
    return steps


def _share_steps(movements: Iterable[TracedMovement]) -> list[Step]:
    """One step for each kind of movement and day."""
    seen = dict.fromkeys(
        (SHARE_STEPS[one.kind], one.effective_on) for one in movements if one.kind in SHARE_STEPS
    )
    return [Step(kind, on=day) for kind, day in seen]
