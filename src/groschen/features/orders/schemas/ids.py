"""The public ids and plain types of the endpoints of quotes and orders."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from groschen.kit.ids import PublicId

OrderId = Annotated[UUID, PublicId("ord"), Field(description="An order.")]
ItemId = Annotated[UUID, PublicId("itm"), Field(description="A line of an order.")]
QuoteId = Annotated[UUID, PublicId("quo"), Field(description="A quote.")]
AccountId = Annotated[UUID, PublicId("acc"), Field(description="A customer's billing account.")]
PartyId = Annotated[UUID, PublicId("pty"), Field(description="A party.")]
PaymentId = Annotated[UUID, PublicId("pay"), Field(description="A payment.")]
RefundId = Annotated[UUID, PublicId("rfd"), Field(description="A refund.")]
VersionId = Annotated[UUID, PublicId("plv"), Field(description="A version of a plan.")]
Exact = Annotated[str, Field(description="Exact decimal.", examples=["3.187058823529"])]
