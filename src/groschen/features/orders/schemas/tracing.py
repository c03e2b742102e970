"""What the endpoint gives that follows an order's money to the partners' bank lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import Field

from groschen.core.money import add_all
from groschen.features.orders.schemas.ids import Exact, OrderId, PartyId
from groschen.kit.http import CurrencyCode, LocalDate, MoneyOut, Out, plain_decimal
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.orders.service.reading import MoneyTrace
    from groschen.features.shares.model import LineState


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
    kept: Annotated[
        MoneyOut | None,
        Field(description="The seller's own revenue with its tax; null for partners."),
    ]
    lines: Annotated[list[ShareLineOut], Field(description="The partners' parts.")]
    movements: Annotated[list[ShareMovementOut], Field(description="What happened to them.")]
    bank_lines: Annotated[list[BankLineOut], Field(description="How they were paid.")]
    currency: CurrencyCode

    @classmethod
    def of(cls, trace: MoneyTrace) -> MoneyTraceOut:
        """Show a trace."""
        order = trace.order
        kept = [amount for total in trace.shares.totals for amount in (total.net, total.tax)]
        return cls(
            order_id=order.id,
            gross=MoneyOut.exact(order.gross, order.currency),
            kept=MoneyOut.exact(add_all(kept), order.currency) if kept else None,
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
