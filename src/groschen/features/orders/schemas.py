"""What the endpoints of quotes and orders take and give."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from groschen.core.money import ZERO, subtract
from groschen.features.orders.model import LineDraft, OrderDraft, PaymentDraft
from groschen.kit.http import (
    CurrencyCode,
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
from groschen.kit.http.problems import problem_of
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.delivery.model import Task
    from groschen.features.orders.model import Order, OrderItem, Placed, Quote, QuotedLine
    from groschen.features.orders.service.reading import MoneyTrace, OrderDetail
    from groschen.features.payments.model import Dispute, Payment, Refund
    from groschen.features.shares.model import LineState

OrderId = Annotated[UUID, PublicId("ord"), Field(description="An order.")]
ItemId = Annotated[UUID, PublicId("itm"), Field(description="A line of an order.")]
QuoteId = Annotated[UUID, PublicId("quo"), Field(description="A quote.")]
AccountId = Annotated[UUID, PublicId("acc"), Field(description="A customer's billing account.")]
PartyId = Annotated[UUID, PublicId("pty"), Field(description="A party.")]
PaymentId = Annotated[UUID, PublicId("pay"), Field(description="A payment.")]
RefundId = Annotated[UUID, PublicId("rfd"), Field(description="A refund.")]
VersionId = Annotated[UUID, PublicId("plv"), Field(description="A version of a plan.")]
Exact = Annotated[str, Field(description="Exact decimal.", examples=["3.187058823529"])]
ONE: Final = Decimal(1)
MOST_LINES: Final = 100
MOST_ORDERS: Final = 1_000


class LineIn(In):
    """One line that shall be priced or bought."""

    plan: Annotated[ExternalId, Field(description="External id of the plan.")]
    route: Annotated[
        Text | None,
        Field(description="Route, for prices by route.", examples=["CENTRE-HARBOUR"]),
    ] = None
    quantity: Annotated[PositiveAmount, Field(description="How many.", examples=["1"])] = ONE
    service_on: Annotated[
        LocalDate | None, Field(description="Day of travel; today if left out.")
    ] = None

    def draft(self) -> LineDraft:
        """The line as the service wants it."""
        return LineDraft(self.plan, self.route, self.quantity, self.service_on)


class QuoteIn(In):
    """What shall be quoted."""

    account: Annotated[
        ExternalId | None, Field(description="External id of the customer's account, if known.")
    ] = None
    lines: Annotated[
        list[LineIn], Field(min_length=1, max_length=MOST_LINES, description="Lines to price.")
    ]


class PaymentIn(In):
    """How an order is paid."""

    provider: Annotated[
        str,
        Field(
            pattern="^[a-z][a-z0-9_]{0,31}$",
            description="A connected payment provider.",
            examples=["sandbox"],
        ),
    ]
    method: Annotated[
        str,
        Field(
            pattern="^[A-Za-z0-9_.-]{1,128}$",
            description="The provider's token for the means of payment; never card data.",
            examples=["tok_visa"],
        ),
    ]


class OrderIn(In):
    """An order: either lines, or the quote they were priced in."""

    external_id: Annotated[
        ExternalId, Field(description="Your own id of the order; makes it exactly once.")
    ]
    account: Annotated[ExternalId, Field(description="External id of the customer's account.")]
    lines: Annotated[
        list[LineIn], Field(max_length=MOST_LINES, description="Lines; empty with a quote.")
    ] = Field(default_factory=list[LineIn])
    quote_id: Annotated[QuoteId | None, Field(description="A running quote, instead of lines.")] = (
        None
    )
    payment: Annotated[PaymentIn, Field(description="How it is paid.")]

    def draft(self) -> OrderDraft:
        """The order as the service wants it; its hash tells a repetition from another order."""
        return OrderDraft(
            external_id=self.external_id,
            account=self.account,
            lines=tuple(line.draft() for line in self.lines),
            quote_id=self.quote_id,
            payment=PaymentDraft(self.payment.provider, self.payment.method),
            body_hash=sha256(self.model_dump_json().encode()).hexdigest(),
        )


class BulkIn(In):
    """Many orders in one call."""

    orders: Annotated[
        list[OrderIn],
        Field(min_length=1, max_length=MOST_ORDERS, description="Orders, each on its own."),
    ]


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


class QuotedShareOut(Out):
    """A partner's part of a line."""

    party: Annotated[str, Field(description="External id of the partner.", examples=["op-a"])]
    rule: Annotated[str, Field(description="The share rule.", examples=["fare"])]
    amount: Exact
    commission: Annotated[Exact, Field(description="Commission its statement will deduct, net.")]
    commission_vat: Annotated[Exact, Field(description="VAT on that commission.")]


class QuotedLineOut(Out):
    """A priced line with its split."""

    plan: ExternalId
    plan_version_id: VersionId
    plan_hash: Annotated[str, Field(description="Hash of the plan version.", examples=["9f2c"])]
    route: Annotated[str | None, Field(description="Route.", examples=["CENTRE-HARBOUR"])]
    quantity: Annotated[str, Field(description="How many.", examples=["1"])]
    service_on: LocalDate
    gross: MoneyOut
    net: MoneyOut
    tax: MoneyOut
    tax_key: Annotated[str, Field(description="Country and rate.", examples=["DE-7"])]
    agreement_hash: Annotated[
        str | None,
        Field(description="Hash of the agreement version that divides it.", examples=["5f2b07c1"]),
    ]
    shares: Annotated[list[QuotedShareOut], Field(description="The partners' parts.")]
    retained: Annotated[Exact, Field(description="What stays with the seller.")]
    proof: Annotated[
        dict[str, Any],
        Field(description="How the price came about.", examples=[{"rule_hash": "9f2c"}]),
    ]

    @classmethod
    def of(cls, line: QuotedLine, currency: str) -> QuotedLineOut:
        """Show a priced line."""
        return cls(
            plan=line.plan,
            plan_version_id=line.plan_version_id,
            plan_hash=line.plan_hash,
            route=line.route,
            quantity=plain_decimal(line.quantity),
            service_on=line.service_on,
            gross=MoneyOut.exact(line.gross, currency),
            net=MoneyOut.exact(line.net, currency),
            tax=MoneyOut.exact(line.tax, currency),
            tax_key=line.tax_key,
            agreement_hash=line.agreement_hash,
            shares=[
                QuotedShareOut(
                    party=share.party,
                    rule=share.rule,
                    amount=plain_decimal(share.amount),
                    commission=plain_decimal(share.commission),
                    commission_vat=plain_decimal(share.commission_vat),
                )
                for share in line.shares
            ],
            retained=plain_decimal(line.retained),
            proof=dict(line.proof),
        )


class QuoteOut(Out):
    """A promise of prices and splits."""

    id: QuoteId
    account_id: Annotated[AccountId | None, Field(description="The account it is for, if named.")]
    gross: MoneyOut
    lines: Annotated[list[QuotedLineOut], Field(description="The lines in the order asked.")]
    created_at: Instant
    expires_at: Annotated[Instant, Field(description="Until then an order takes these prices.")]

    @classmethod
    def of(cls, quote: Quote) -> QuoteOut:
        """Show a quote."""
        return cls(
            id=quote.id,
            account_id=quote.account_id,
            gross=MoneyOut.exact(quote.gross, quote.currency),
            lines=[QuotedLineOut.of(line, quote.currency) for line in quote.lines],
            created_at=quote.created_at,
            expires_at=quote.expires_at,
        )


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


class PlacedOut(Out):
    """What became of one order of a bulk call."""

    external_id: ExternalId
    outcome: Annotated[
        str, Field(description="created, duplicate or rejected.", examples=["created"])
    ]
    order_id: Annotated[OrderId | None, Field(description="The order; null if rejected.")]
    error: Annotated[
        RefusalOut | None, Field(description="Why it was rejected; null if it was not.")
    ]

    @classmethod
    def of(cls, placed: Placed) -> PlacedOut:
        """Show the answer to one draft."""
        return cls(
            external_id=placed.external_id,
            outcome=placed.outcome,
            order_id=placed.order_id,
            error=None if placed.error is None else RefusalOut.of(placed),
        )


class RefusalOut(Out):
    """Why one order was rejected."""

    code: Annotated[str, Field(description="Stable code.", examples=["route_unknown"])]
    detail: Annotated[str, Field(description="What is wrong.", examples=["no such route"])]
    field: Annotated[str | None, Field(description="Where.", examples=["route"])]
    hint: Annotated[str | None, Field(description="What to do.", examples=["choose another"])]

    @classmethod
    def of(cls, placed: Placed) -> RefusalOut | None:
        """Show the refusal of a draft."""
        if placed.error is None:
            return None
        problem = problem_of(placed.error, "")
        return cls(
            code=problem.code,
            detail=problem.detail,
            field=placed.error.field,
            hint=problem.hint,
        )


class BulkOut(Out):
    """The answers to a bulk call, in the order sent."""

    created: Annotated[int, Field(description="New orders.", examples=[1])]
    duplicates: Annotated[int, Field(description="Orders that were there before.", examples=[0])]
    rejected: Annotated[int, Field(description="Orders that were refused.", examples=[0])]
    results: Annotated[list[PlacedOut], Field(description="One for each order sent.")]

    @classmethod
    def of(cls, placed: list[Placed]) -> BulkOut:
        """Show the answers and count them."""
        outcomes = [one.outcome for one in placed]
        return cls(
            created=outcomes.count(type(placed[0].outcome).CREATED),
            duplicates=outcomes.count(type(placed[0].outcome).DUPLICATE),
            rejected=outcomes.count(type(placed[0].outcome).REJECTED),
            results=[PlacedOut.of(one) for one in placed],
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


class ShareLineOut(Out):
    """A partner's part of an order and where it stands; commission lines lower it."""

    id: Annotated[UUID, PublicId("shl"), Field(description="A share line.")]
    beneficiary_id: PartyId
    rule: Annotated[str, Field(description="The share rule.", examples=["fare"])]
    kind: Annotated[str, Field(description="share or commission.", examples=["share"])]
    amount: Exact
    vat_amount: Annotated[Exact, Field(description="VAT on a commission.")]
    pending: Annotated[Exact, Field(description="Not owed yet.")]
    unstated: Annotated[Exact, Field(description="Owed, on no statement yet.")]

    @classmethod
    def of(cls, line: LineState) -> ShareLineOut:
        """Show a share line."""
        return cls(
            id=line.id,
            beneficiary_id=line.beneficiary_id,
            rule=line.rule,
            kind=line.kind,
            amount=plain_decimal(line.amount),
            vat_amount=plain_decimal(line.vat_amount),
            pending=plain_decimal(line.pending),
            unstated=plain_decimal(line.unstated),
        )


class ShareMovementOut(Out):
    """What happened to a share line."""

    share_line_id: Annotated[UUID, PublicId("shl"), Field(description="The share line.")]
    kind: Annotated[
        str,
        Field(
            description="pending, released, reversed, disputed, reinstated, stated or paid.",
            examples=["released"],
        ),
    ]
    amount: Exact
    effective_on: Annotated[LocalDate, Field(description="The day it counts for.")]


class BankLineOut(Out):
    """The statement and the transfer that paid a partner's part."""

    statement_number: Annotated[str, Field(description="The statement.", examples=["S-1"])]
    beneficiary_id: PartyId
    payout: MoneyOut
    end_to_end_id: Annotated[
        str | None, Field(description="What the bank line says.", examples=["PO-1"])
    ]
    booked_on: LocalDate | None


class MoneyTraceOut(Out):
    """Where the money of an order went."""

    order_id: OrderId
    gross: MoneyOut
    kept: Annotated[MoneyOut, Field(description="The seller's own revenue with its tax.")]
    lines: Annotated[list[ShareLineOut], Field(description="The partners' parts.")]
    movements: Annotated[list[ShareMovementOut], Field(description="What happened to them.")]
    bank_lines: Annotated[list[BankLineOut], Field(description="How they were paid.")]
    currency: CurrencyCode

    @classmethod
    def of(cls, trace: MoneyTrace) -> MoneyTraceOut:
        """Show a trace."""
        order = trace.order
        kept = sum((total.net + total.tax for total in trace.shares.totals), start=ZERO)
        return cls(
            order_id=order.id,
            gross=MoneyOut.exact(order.gross, order.currency),
            kept=MoneyOut.exact(kept, order.currency),
            lines=[ShareLineOut.of(line) for line in trace.shares.lines],
            movements=[
                ShareMovementOut(
                    share_line_id=one.share_line_id,
                    kind=one.kind,
                    amount=plain_decimal(one.amount),
                    effective_on=one.effective_on,
                )
                for one in trace.shares.movements
            ],
            bank_lines=[
                BankLineOut(
                    statement_number=one.number,
                    beneficiary_id=one.beneficiary_id,
                    payout=MoneyOut.exact(one.payout, one.currency),
                    end_to_end_id=one.end_to_end_id,
                    booked_on=one.booked_on,
                )
                for one in trace.statements
            ],
            currency=order.currency,
        )


class TicketOut(Out):
    """A signed ticket."""

    item_id: ItemId
    text: Annotated[str, Field(description="What the QR code holds.", examples=["GR1.e30.c2ln"])]


class TicketsOut(Out):
    """The tickets of an order."""

    data: Annotated[list[TicketOut], Field(description="Signed tickets, as delivered.")]
