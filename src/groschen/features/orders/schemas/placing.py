"""What the endpoints that place orders take and give."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from groschen.features.orders.model import OrderDraft, PaymentDraft
from groschen.features.orders.schemas.ids import OrderId, QuoteId
from groschen.features.orders.schemas.quotes import MOST_LINES, LineIn
from groschen.kit.http import ExternalId, In, Out
from groschen.kit.http.problems import problem_of

if TYPE_CHECKING:
    from groschen.features.orders.model import Placed

MOST_ORDERS: Final = 1_000


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
