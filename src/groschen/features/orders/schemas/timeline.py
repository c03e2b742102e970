"""What the endpoint gives that tells what happened to an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from groschen.kit.http import Instant, LocalDate, MoneyOut, Out

if TYPE_CHECKING:
    from groschen.features.orders.service.timeline import TimelineEntry


class TimelineEntryOut(Out):
    """One thing that happened to an order."""

    kind: Annotated[
        str,
        Field(
            description="order_accepted, payment_captured, payment_failed, order_cancelled, "
            "delivery_done, refund_requested, refunded, refund_failed, chargeback_opened, "
            "chargeback_won, chargeback_lost, shares_released, shares_reversed, "
            "shares_reinstated, statement_issued or payout_booked.",
            examples=["payment_captured"],
        ),
    ]
    on: Annotated[LocalDate, Field(description="The day, by the tenant's calendar.")]
    at: Annotated[
        Instant | None, Field(description="The instant; null for what is known by its day.")
    ]
    amount: Annotated[MoneyOut | None, Field(description="Gross of it, or of the shares.")]
    note: Annotated[
        str | None,
        Field(
            description="Failure code, delivery step, reason, number of the statement or "
            "end-to-end id of the transfer.",
            examples=["card_declined"],
        ),
    ]
    subject: Annotated[
        str | None,
        Field(
            description="Id of the order, payment, task, refund, dispute or statement.",
            examples=["pay_01kaxcgxf0e0080000000000xy"],
        ),
    ]

    @classmethod
    def of(cls, entry: TimelineEntry) -> TimelineEntryOut:
        """Show an entry."""
        amount = entry.amount
        return cls(
            kind=entry.kind,
            on=entry.on,
            at=entry.at,
            amount=None if amount is None else MoneyOut.exact(amount.amount, amount.currency),
            note=entry.note,
            subject=entry.subject,
        )


class TimelineOut(Out):
    """What happened to an order."""

    data: Annotated[list[TimelineEntryOut], Field(description="Oldest first.")]
