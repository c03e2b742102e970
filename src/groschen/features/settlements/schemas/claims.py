"""What is said of a partner's live claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from groschen.kit.http import CurrencyCode, LocalDate, MoneyOut, Out

if TYPE_CHECKING:
    from groschen.features.settlements.service.claims import Amounts, PartnerClaims
    from groschen.features.shares.statement_model import DailyClaim


class ClaimOut(Out):
    """A share and what is taken from it on the statement, exact."""

    share: MoneyOut
    commission: MoneyOut
    vat: MoneyOut
    net: Annotated[MoneyOut, Field(description="Share less commission and VAT.")]

    @classmethod
    def of(cls, amounts: Amounts, currency: str) -> ClaimOut:
        """Show amounts."""
        return cls(
            share=MoneyOut.exact(amounts.share, currency),
            commission=MoneyOut.exact(amounts.commission, currency),
            vat=MoneyOut.exact(amounts.vat, currency),
            net=MoneyOut.exact(amounts.net, currency),
        )


class DayOut(Out):
    """What one day added to a claim."""

    day: LocalDate
    share: MoneyOut
    commission: MoneyOut
    vat: MoneyOut
    movements: Annotated[int, Field(description="Movements of share lines.", examples=[12])]

    @classmethod
    def of(cls, day: DailyClaim) -> DayOut:
        """Show a day."""
        return cls(
            day=day.day,
            share=MoneyOut.exact(day.share, day.currency),
            commission=MoneyOut.exact(day.commission, day.currency),
            vat=MoneyOut.exact(day.vat, day.currency),
            movements=day.movements,
        )


class PartnerClaimsOut(Out):
    """A partner's live claims in one currency."""

    currency: CurrencyCode
    pending: Annotated[ClaimOut, Field(description="Sold, not paid by the customer yet.")]
    released: Annotated[ClaimOut, Field(description="Owed, on no statement yet.")]
    stated: Annotated[ClaimOut, Field(description="On a statement, not paid yet.")]
    paid: Annotated[ClaimOut, Field(description="Booked by the bank.")]
    on_its_way: Annotated[MoneyOut, Field(description="Payouts of statements, not booked yet.")]
    next_statement_on: LocalDate
    days: Annotated[list[DayOut], Field(description="The last month day by day.")]

    @classmethod
    def of(cls, claims: PartnerClaims) -> PartnerClaimsOut:
        """Show claims."""
        currency = claims.currency
        return cls(
            currency=currency,
            pending=ClaimOut.of(claims.pending, currency),
            released=ClaimOut.of(claims.released, currency),
            stated=ClaimOut.of(claims.stated, currency),
            paid=ClaimOut.of(claims.paid, currency),
            on_its_way=MoneyOut.exact(claims.on_its_way, currency),
            next_statement_on=claims.next_statement_on,
            days=[DayOut.of(day) for day in claims.days],
        )


class PartnerClaimsListOut(Out):
    """A partner's live claims, one entry per currency."""

    data: Annotated[list[PartnerClaimsOut], Field(description="By currency code.")]
