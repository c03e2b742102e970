"""What the endpoints of quotes take and give."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from groschen.features.orders.model import LineDraft
from groschen.features.orders.schemas.ids import AccountId, Exact, QuoteId, VersionId
from groschen.kit.http import (
    ExternalId,
    In,
    Instant,
    LocalDate,
    MoneyOut,
    Out,
    PositiveAmount,
    Text,
    plain_decimal,
)

if TYPE_CHECKING:
    from groschen.features.orders.model import Quote, QuotedLine

ONE: Final = Decimal(1)
MOST_LINES: Final = 100


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
