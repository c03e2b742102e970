"""What the endpoints of orders and their refunds take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import Field

from groschen.core.money import subtract
from groschen.features.orders.schemas.ids import (
    AccountId,
    ItemId,
    OrderId,
    PartyId,
    PaymentId,
    QuoteId,
    RefundId,
    VersionId,
)
from groschen.kit.http import (
    ExternalId,
    In,
    Instant,
    LocalDate,
    MoneyOut,
    Out,
    PositiveAmount,
    Text,
    UnsignedAmount,
    plain_decimal,
)
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.delivery.model import Task
    from groschen.features.orders.model import Order, OrderItem
    from groschen.features.orders.service.reading import OrderDetail
    from groschen.features.payments.model import Dispute, Payment, Refund


class OrderOut(Out):
    """An order."""

    id: OrderId
    external_id: ExternalId
    account_id: AccountId
    party_id: PartyId
    quote_id: Annotated[QuoteId | None, Field(description="The quote it was placed by, if any.")]
    state: Annotated[
        str,
        Field(description="accepted, in_progress, completed or cancelled.", examples=["completed"]),
    ]
    gross: MoneyOut
    paid: MoneyOut
    returned: Annotated[MoneyOut, Field(description="Gross that was undone by refunds.")]
    version: Annotated[int, Field(description="Grows with each change.", examples=[3])]
    placed_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, order: Order) -> OrderOut:
        """Show an order."""
        return cls(
            id=order.id,
            external_id=order.external_id,
            account_id=order.account_id,
            party_id=order.party_id,
            quote_id=order.quote_id,
            state=order.state,
            gross=MoneyOut.exact(order.gross, order.currency),
            paid=MoneyOut.exact(order.paid, order.currency),
            returned=MoneyOut.exact(order.returned, order.currency),
            version=order.version,
            placed_at=order.placed_at,
            updated_at=order.updated_at,
        )


class ItemOut(Out):
    """A line of an order with its frozen figures."""

    id: ItemId
    position: Annotated[int, Field(description="Place in the order, from 1.", examples=[1])]
    plan_version_id: VersionId
    route: Annotated[str | None, Field(description="Route.", examples=["CENTRE-HARBOUR"])]
    quantity: Annotated[str, Field(description="How many.", examples=["1"])]
    gross: MoneyOut
    net: MoneyOut
    tax: MoneyOut
    tax_key: Annotated[str, Field(description="Country and rate.", examples=["DE-7"])]
    service_on: LocalDate
    state: Annotated[
        str,
        Field(description="ordered, delivering, delivered or cancelled.", examples=["delivered"]),
    ]
    delivered_at: Instant | None

    @classmethod
    def of(cls, item: OrderItem, currency: str) -> ItemOut:
        """Show a line."""
        route = item.attributes.get("route")
        return cls(
            id=item.id,
            position=item.position,
            plan_version_id=item.plan_version_id,
            route=None if route is None else str(route),
            quantity=plain_decimal(item.quantity),
            gross=MoneyOut.exact(item.gross, currency),
            net=MoneyOut.exact(item.net, currency),
            tax=MoneyOut.exact(item.tax, currency),
            tax_key=item.tax_key,
            service_on=item.service_on,
            state=item.state,
            delivered_at=item.delivered_at,
        )


class OrderPaymentOut(Out):
    """A payment of an order."""

    id: PaymentId
    provider: Annotated[str, Field(description="The provider.", examples=["sandbox"])]
    state: Annotated[
        str,
        Field(description="requested, captured, failed, disputed or lost.", examples=["captured"]),
    ]
    amount: MoneyOut
    refunded: Annotated[MoneyOut, Field(description="Gross refunded or on its way back.")]
    failure_code: Annotated[
        str | None, Field(description="Why it failed.", examples=["card_declined"])
    ]
    captured_at: Instant | None

    @classmethod
    def of(cls, payment: Payment) -> OrderPaymentOut:
        """Show a payment."""
        return cls(
            id=payment.id,
            provider=payment.provider,
            state=payment.state,
            amount=MoneyOut.exact(payment.amount, payment.currency),
            refunded=MoneyOut.exact(payment.refunded, payment.currency),
            failure_code=payment.failure_code,
            captured_at=payment.captured_at,
        )


class RefundOut(Out):
    """A refund."""

    id: RefundId
    order_id: OrderId
    payment_id: PaymentId
    state: Annotated[str, Field(description="requested, done or failed.", examples=["requested"])]
    gross: Annotated[MoneyOut, Field(description="What of the sale is undone.")]
    fee: Annotated[MoneyOut, Field(description="What the seller keeps, gross.")]
    back: Annotated[MoneyOut, Field(description="What the customer gets.")]
    reason: Annotated[str, Field(description="Why.", examples=["journey cancelled"])]
    created_at: Instant

    @classmethod
    def of(cls, refund: Refund) -> RefundOut:
        """Show a refund."""
        return cls(
            id=refund.id,
            order_id=refund.source_id,
            payment_id=refund.payment_id,
            state=refund.state,
            gross=MoneyOut.exact(refund.gross, refund.currency),
            fee=MoneyOut.exact(refund.fee, refund.currency),
            back=MoneyOut.exact(subtract(refund.gross, refund.fee), refund.currency),
            reason=refund.reason,
            created_at=refund.created_at,
        )


class DisputeOut(Out):
    """A chargeback."""

    payment_id: PaymentId
    state: Annotated[str, Field(description="open, won or lost.", examples=["open"])]
    amount: MoneyOut
    fee: Annotated[MoneyOut, Field(description="What the provider charges for it.")]
    opened_on: LocalDate
    closed_on: LocalDate | None

    @classmethod
    def of(cls, dispute: Dispute) -> DisputeOut:
        """Show a dispute."""
        return cls(
            payment_id=dispute.payment_id,
            state=dispute.state,
            amount=MoneyOut.exact(dispute.amount, dispute.currency),
            fee=MoneyOut.exact(dispute.fee, dispute.currency),
            opened_on=dispute.opened_on,
            closed_on=dispute.closed_on,
        )


class OrderTaskOut(Out):
    """A delivery task of an order."""

    id: Annotated[UUID, PublicId("tsk"), Field(description="A delivery task.")]
    item_id: ItemId
    step: Annotated[str, Field(description="The step of the plan.", examples=["ticket"])]
    adapter: Annotated[str, Field(description="Who delivers.", examples=["ticket"])]
    state: Annotated[str, Field(description="Where it stands.", examples=["done"])]

    @classmethod
    def of(cls, task: Task) -> OrderTaskOut:
        """Show a task."""
        return cls(
            id=task.id,
            item_id=task.item_id,
            step=task.step,
            adapter=task.adapter,
            state=task.state,
        )


class OrderDetailOut(Out):
    """An order with all that belongs to it."""

    order: OrderOut
    items: Annotated[list[ItemOut], Field(description="Its lines.")]
    payments: Annotated[list[OrderPaymentOut], Field(description="Its payments.")]
    refunds: Annotated[list[RefundOut], Field(description="Its refunds.")]
    disputes: Annotated[list[DisputeOut], Field(description="Its chargebacks.")]
    tasks: Annotated[list[OrderTaskOut], Field(description="Its delivery.")]

    @classmethod
    def of(cls, detail: OrderDetail) -> OrderDetailOut:
        """Show an order and all that belongs to it."""
        return cls(
            order=OrderOut.of(detail.order),
            items=[ItemOut.of(item, detail.order.currency) for item in detail.items],
            payments=[OrderPaymentOut.of(payment) for payment in detail.payments],
            refunds=[RefundOut.of(refund) for refund in detail.refunds],
            disputes=[DisputeOut.of(dispute) for dispute in detail.disputes],
            tasks=[OrderTaskOut.of(task) for task in detail.tasks],
        )


class RefundIn(In):
    """What of an order shall be given back."""

    item_id: Annotated[ItemId | None, Field(description="One line; all lines if left out.")] = None
    amount: Annotated[
        PositiveAmount | None,
        Field(description="Gross to undo; all that is left if left out.", examples=["12.90"]),
    ] = None
    fee: Annotated[
        UnsignedAmount | None,
        Field(description="Gross fee to keep; what the plan says if left out.", examples=["2.00"]),
    ] = None
    reason: Annotated[
        Text, Field(description="Why; kept with the refund.", examples=["journey cancelled"])
    ]


class TicketOut(Out):
    """A signed ticket."""

    item_id: ItemId
    text: Annotated[str, Field(description="What the QR code holds.", examples=["GR1.e30.c2ln"])]


class TicketsOut(Out):
    """The tickets of an order."""

    data: Annotated[list[TicketOut], Field(description="Signed tickets, as delivered.")]
