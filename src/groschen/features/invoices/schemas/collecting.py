"""Payments of invoices and collective statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import Field

from groschen.features.invoices.schemas.documents import InvoiceOut
from groschen.features.invoices.schemas.ids import AccountId, InvoiceId, PartyId, StatementId
from groschen.kit.http import In, LocalDate, MoneyOut, Out
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.invoices.model import CollectiveStatement
    from groschen.features.payments.model import Payment


class PayIn(In):
    """How to collect."""

    provider: Annotated[
        str, Field(description="A connected provider.", examples=["sandbox"], max_length=32)
    ]
    method: Annotated[
        str,
        Field(
            description="The provider's token of the customer's means; never card data.",
            examples=["tok_visa"],
            min_length=1,
            max_length=200,
        ),
    ]


class CollectionOut(Out):
    """A payment that was asked for; the provider is called after this answer."""

    payment_id: Annotated[UUID, PublicId("pay"), Field(description="The payment.")]
    state: Annotated[str, Field(description="requested, captured, failed.", examples=["requested"])]
    amount: MoneyOut

    @classmethod
    def of(cls, payment: Payment) -> CollectionOut:
        """Show what was asked for."""
        return cls(
            payment_id=payment.id,
            state=payment.state,
            amount=MoneyOut.exact(payment.amount, payment.currency),
        )


class CollectiveStatementIn(In):
    """Documents to collect together."""

    invoices: Annotated[
        list[InvoiceId], Field(min_length=1, max_length=200, description="Of one account.")
    ]


class CollectiveStatementOut(Out):
    """Several documents of an account, collected with one payment."""

    id: StatementId
    number: Annotated[str, Field(description="Its number.", examples=["CST-000001"])]
    account_id: AccountId
    party_id: PartyId
    gross: Annotated[MoneyOut, Field(description="What was open when it was made.")]
    issued_on: LocalDate
    due_on: LocalDate

    @classmethod
    def of(cls, statement: CollectiveStatement) -> CollectiveStatementOut:
        """Show a statement."""
        return cls(
            id=statement.id,
            number=statement.number,
            account_id=statement.account_id,
            party_id=statement.party_id,
            gross=MoneyOut.exact(statement.gross, statement.currency),
            issued_on=statement.issued_on,
            due_on=statement.due_on,
        )


class CollectiveStatementDetailOut(Out):
    """A collective statement with its documents."""

    statement: CollectiveStatementOut
    invoices: list[InvoiceOut]
