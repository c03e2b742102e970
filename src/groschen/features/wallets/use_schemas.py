"""What the endpoints give that tell how wallets are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from groschen.features.wallets.schemas import WalletId
from groschen.kit.http import LocalDate, MoneyOut, Out

if TYPE_CHECKING:
    from groschen.features.wallets.model import Forecast, UsedOnDay


class UsedOnDayOut(Out):
    """What use of a service day took from a wallet."""

    on: Annotated[LocalDate, Field(description="The day, in the wallet's zone.")]
    credit: Annotated[MoneyOut, Field(description="Of its credit, gross.")]
    emergency: Annotated[MoneyOut, Field(description="Of emergency credit, gross.")]

    @classmethod
    def of(cls, used: UsedOnDay, currency: str) -> UsedOnDayOut:
        """Show a day."""
        return cls(
            on=used.day,
            credit=MoneyOut.exact(used.credit, currency),
            emergency=MoneyOut.exact(used.emergency, currency),
        )


class UsedByDayOut(Out):
    """What use took from a wallet, day by day."""

    data: Annotated[list[UsedOnDayOut], Field(description="Oldest first, the last is today.")]


class ForecastOut(Out):
    """How long the credit of a wallet lasts if it is used as it was."""

    wallet_id: WalletId
    credit: Annotated[MoneyOut, Field(description="What can be used now, gross.")]
    days: Annotated[int, Field(description="How many whole days were looked at.", examples=[7])]
    per_day: Annotated[MoneyOut, Field(description="What was used on a day, on average.")]
    days_left: Annotated[
        int | None,
        Field(description="Whole days that the credit pays for; null: no use.", examples=[12]),
    ]

    @classmethod
    def of(cls, found: Forecast) -> ForecastOut:
        """Show a forecast."""
        currency = found.wallet.currency
        return cls(
            wallet_id=found.wallet.id,
            credit=MoneyOut.exact(found.wallet.credit, currency),
            days=found.days,
            per_day=MoneyOut.exact(found.per_day, currency),
            days_left=found.days_left,
        )
