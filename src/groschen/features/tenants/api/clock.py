"""The clock of a test tenant."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from groschen.features.tenants import service
from groschen.features.tenants.model import ClockBackwards, LiveTenant
from groschen.kit.http import In, Instant, LocalDate, Out, Reader, Router, Writer, problems

router: Final = Router("test_clock", prefix="/v1/test_clock")


class AdvanceIn(In):
    """Where the clock shall stand."""

    to: Annotated[Instant, Field(description="The new business time; not before the present one.")]


class ClockOut(Out):
    """Business time."""

    mode: Annotated[Literal["live", "test"], Field(description="Mode.", examples=["test"])]
    now: Annotated[Instant, Field(description="The business instant.")]
    today: Annotated[LocalDate, Field(description="The day one books on.")]


@router.get("", permission="tenants:read", verb="show")
async def show_clock(scope: Reader) -> ClockOut:
    """Show the business time; in live mode it is the real one."""
    return ClockOut(mode=scope.tenant.mode, now=scope.now, today=scope.today)


@router.post(
    "/advance",
    permission="clock:write",
    verb="advance",
    status_code=200,
    exclusive=True,
    responses=problems(LiveTenant, ClockBackwards),
)
async def advance_clock(body: AdvanceIn, scope: Writer) -> ClockOut:
    """Move the clock forward. No other command of the tenant runs at that moment."""
    await service.advance_clock(scope, body.to)
    return ClockOut(mode=scope.tenant.mode, now=scope.now, today=scope.today)
