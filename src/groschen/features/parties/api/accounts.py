"""Billing accounts."""

from __future__ import annotations

from typing import Annotated, Final, Self

from fastapi import Query
from pydantic import Field

from groschen.features.parties import service
from groschen.features.parties.api.ids import AccountId, AccountRef, PartyId, PartyRef
from groschen.features.parties.model import (
    Account,
    AccountExists,
    AccountNotFound,
    ParentCurrencyDiffers,
    PartyNotFound,
)
from groschen.kit.http import (
    CurrencyCode,
    ExternalId,
    In,
    Instant,
    Out,
    PageOut,
    Pages,
    Reader,
    Router,
    TimeZone,
    Writer,
    page_of,
    problems,
)

router: Final = Router("accounts", prefix="/v1/accounts")


class AccountIn(In):
    """An account to open."""

    party: PartyRef
    external_id: Annotated[
        ExternalId | None, Field(description="Your own id; made from the id if left out.")
    ] = None
    currency: Annotated[
        CurrencyCode | None, Field(description="Its currency; the tenant's if left out.")
    ] = None
    time_zone: Annotated[
        TimeZone | None, Field(description="Its days' zone; the tenant's if left out.")
    ] = None
    parent: Annotated[
        AccountRef | None, Field(description="The account above, which may pay for it.")
    ] = None


class AccountOut(Out):
    """A billing account."""

    id: AccountId
    external_id: ExternalId
    party_id: PartyId
    parent_account_id: Annotated[AccountId | None, Field(description="The account above.")]
    currency: CurrencyCode
    time_zone: TimeZone
    created_at: Instant

    @classmethod
    def of(cls, account: Account) -> Self:
        """Show an account."""
        return cls(
            id=account.id,
            external_id=account.external_id,
            party_id=account.party_id,
            parent_account_id=account.parent_account_id,
            currency=account.currency,
            time_zone=account.time_zone,
            created_at=account.created_at,
        )


@router.post(
    "",
    permission="parties:write",
    verb="open",
    responses=problems(PartyNotFound, AccountNotFound, AccountExists, ParentCurrencyDiffers),
)
async def open_account(body: AccountIn, scope: Writer) -> AccountOut:
    """Open a billing account for a party."""
    account = await service.create_account(
        scope,
        party=body.party,
        external_id=body.external_id,
        currency=body.currency,
        time_zone=body.time_zone,
        parent=body.parent,
    )
    return AccountOut.of(account)


@router.get("", permission="parties:read", verb="list", responses=problems(PartyNotFound))
async def list_accounts(
    scope: Reader,
    pages: Pages,
    party: Annotated[PartyRef | None, Query(description="Only accounts of this party.")] = None,
    q: Annotated[
        str | None,
        Query(
            description="Only accounts with this text in their own or their party's external id, "
            "or in the name of an organisation.",
            examples=["nordbahn"],
            min_length=1,
            max_length=200,
        ),
    ] = None,
) -> PageOut[AccountOut]:
    """List accounts, newest first."""
    found = await service.list_accounts(scope, pages, party=party, text=q)
    return page_of(pages, found, identity=lambda account: account.id, show=AccountOut.of)


@router.get(
    "/{account}", permission="parties:read", verb="get", responses=problems(AccountNotFound)
)
async def get_account(account: AccountRef, scope: Reader) -> AccountOut:
    """Show one account, by id or as ext:<external id>."""
    return AccountOut.of(await service.get_account(scope, account))
