"""What the endpoints of open items give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import Field

from groschen.kit.http import LocalDate, MoneyOut, Out
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.receivables.model import Allocated, OpenItem

OpenItemId = Annotated[UUID, PublicId("oit"), Field(description="An open item.")]
AccountId = Annotated[UUID, PublicId("acc"), Field(description="A customer's billing account.")]


class OpenItemOut(Out):
    """What a customer owes for one order."""

    id: OpenItemId
    account_id: AccountId
    party_id: Annotated[UUID, PublicId("pty"), Field(description="The customer.")]
    order_id: Annotated[UUID, PublicId("ord"), Field(description="The order it is owed for.")]
    amount: Annotated[MoneyOut, Field(description="What was owed at first, gross.")]
    open_amount: Annotated[MoneyOut, Field(description="What is still owed.")]
    opened_on: Annotated[LocalDate, Field(description="Since when.")]
    due_on: Annotated[LocalDate, Field(description="Until when it is to be paid.")]

    @classmethod
    def of(cls, item: OpenItem) -> OpenItemOut:
        """Show an open item."""
        return cls(
            id=item.id,
            account_id=item.account_id,
            party_id=item.party_id,
            order_id=item.source_id,
            amount=MoneyOut.exact(item.amount, item.currency),
            open_amount=MoneyOut.exact(item.open_amount, item.currency),
            opened_on=item.opened_on,
            due_on=item.due_on,
        )


class AllocationOut(Out):
    """What was set against an open item; positive pays it, negative opens it again."""

    id: Annotated[UUID, PublicId("alc"), Field(description="An allocation.")]
    kind: Annotated[
        str,
        Field(
            description="payment, refund, chargeback, reinstated or credit.", examples=["payment"]
        ),
    ]
    amount: MoneyOut
    effective_on: Annotated[LocalDate, Field(description="The day it counts for.")]

    @classmethod
    def of(cls, allocated: Allocated, currency: str) -> AllocationOut:
        """Show an allocation."""
        return cls(
            id=allocated.id,
            kind=allocated.kind,
            amount=MoneyOut.exact(allocated.amount, currency),
            effective_on=allocated.effective_on,
        )


class OpenItemDetailOut(Out):
    """An open item with all that was set against it."""

    open_item: OpenItemOut
    allocations: Annotated[list[AllocationOut], Field(description="Oldest first.")]

    @classmethod
    def detailed(cls, item: OpenItem, allocations: list[Allocated]) -> OpenItemDetailOut:
        """Show an open item and its allocations."""
        return cls(
            open_item=OpenItemOut.of(item),
            allocations=[AllocationOut.of(one, item.currency) for one in allocations],
        )
