"""Payout accounts."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field

from groschen.features.parties import service
from groschen.features.parties.api.ids import PartyId, PartyRef, PayoutAccountId
from groschen.features.parties.model import PartyNotFound, SealedPayoutAccount
from groschen.kit.http import (
    CurrencyCode,
    In,
    Instant,
    Out,
    Reader,
    Router,
    Text,
    Writer,
    problems,
)
from groschen.kit.iban import IbanInvalid

router: Final = Router("payout_accounts", prefix="/v1/parties/{party}/payout_accounts")


class PayoutAccountIn(In):
    """Where a party gets money from now on."""

    currency: CurrencyCode
    holder: Annotated[
        Text, Field(description="The exact name the bank knows.", examples=["Nordbahn GmbH"])
    ]
    iban: Annotated[
        str,
        Field(
            description="IBAN; encrypted, and never shown again but for its last four letters.",
            examples=["DE89370400440532013000"],
            max_length=42,
        ),
    ]
    bic: Annotated[
        str | None,
        Field(description="BIC; not needed within SEPA.", examples=["COBADEFFXXX"], max_length=11),
    ] = None


class PayoutAccountOut(Out):
    """Where a party gets money."""

    id: PayoutAccountId
    party_id: PartyId
    currency: CurrencyCode
    iban_last4: Annotated[
        str, Field(description="The last four letters of the IBAN.", examples=["3000"])
    ]
    created_at: Instant

    @classmethod
    def of(cls, account: SealedPayoutAccount) -> Self:
        """Show a payout account."""
        return cls(
            id=account.id,
            party_id=account.party_id,
            currency=account.currency,
            iban_last4=account.iban_last4,
            created_at=account.created_at,
        )


class PayoutAccountsOut(Out):
    """A party's payout accounts."""

    data: Annotated[
        list[PayoutAccountOut],
        Field(description="Newest first; of each currency the newest counts."),
    ]


@router.post(
    "",
    permission="parties:write",
    verb="add",
    responses=problems(PartyNotFound, IbanInvalid),
)
async def add_payout_account(
    party: PartyRef, body: PayoutAccountIn, scope: Writer
) -> PayoutAccountOut:
    """Say where a party gets money from now on; it replaces the one before in that currency."""
    account = await service.add_payout_account(
        scope,
        party,
        currency=body.currency,
        holder=body.holder,
        iban=body.iban,
        bic=body.bic,
    )
    return PayoutAccountOut.of(account)


@router.get("", permission="parties:read", verb="list", responses=problems(PartyNotFound))
async def list_payout_accounts(party: PartyRef, scope: Reader) -> PayoutAccountsOut:
    """List a party's payout accounts, newest first."""
    found = await service.list_payout_accounts(scope, party)
    return PayoutAccountsOut(data=[PayoutAccountOut.of(account) for account in found])
