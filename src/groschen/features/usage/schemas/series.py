"""What the endpoints of use over time and of what comes in right now give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from groschen.features.usage.schemas.events import UsageEventOut
from groschen.features.usage.schemas.totals import ComponentId, SubscriptionId
from groschen.kit.http import Instant, LocalDate, MoneyOut, Out, Quantity

if TYPE_CHECKING:
    from groschen.features.usage.service.pulse import Pulse
    from groschen.features.usage.service.series import UsagePoint, UsageSeries


class UsagePointOut(Out):
    """What was used of a component in one step."""

    from_at: Annotated[Instant, Field(description="When the step starts, or its first use.")]
    component: ComponentId
    quantity: Quantity
    gross: Annotated[
        MoneyOut | None,
        Field(description="What it costs with VAT; null by quarter of an hour."),
    ]

    @classmethod
    def of(cls, point: UsagePoint, currency: str) -> UsagePointOut:
        """Show a step."""
        gross = None if point.gross is None else MoneyOut.exact(point.gross, currency)
        return cls(
            from_at=point.from_at,
            component=point.component,
            quantity=point.quantity,
            gross=gross,
        )


class UsageSeriesOut(Out):
    """What a subscription used over time."""

    subscription_id: SubscriptionId
    grain: Annotated[str, Field(description="quarter_hour, day or month.", examples=["day"])]
    first: Annotated[LocalDate, Field(description="The first day.")]
    last: Annotated[LocalDate, Field(description="The last day.")]
    data: Annotated[
        list[UsagePointOut], Field(description="Oldest first; steps without use are left out.")
    ]

    @classmethod
    def of(cls, found: UsageSeries) -> UsageSeriesOut:
        """Show a series."""
        currency = found.subscription.currency
        return cls(
            subscription_id=found.subscription.id,
            grain=found.grain,
            first=found.first,
            last=found.last,
            data=[UsagePointOut.of(point, currency) for point in found.points],
        )


class PulseOut(Out):
    """What comes in right now."""

    at: Annotated[Instant, Field(description="Real time of the reading.")]
    last_minute: Annotated[
        int, Field(description="How many events were accepted in the last minute.", examples=[240])
    ]
    open_rejects: Annotated[int, Field(description="How many rejects wait.", examples=[3])]
    latest: Annotated[list[UsageEventOut], Field(description="The last events, newest first.")]

    @classmethod
    def of(cls, found: Pulse) -> PulseOut:
        """Show a reading."""
        return cls(
            at=found.at,
            last_minute=found.last_minute,
            open_rejects=found.open_rejects,
            latest=[UsageEventOut.of(event) for event in found.latest],
        )
