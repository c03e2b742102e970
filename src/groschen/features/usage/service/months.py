"""The live month of receipt: where events are stored, and where their keys are looked for.

Writing scopes hold the tenant's fence shared; the month moves on under the exclusive one, so no
call straddles the switch. The two months before are checked by key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from groschen.core.period import first_of_month
from groschen.features.usage.queries import events as queries

if TYPE_CHECKING:
    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class Months:
    """The live month and the two before it."""

    live: date

    @property
    def earlier(self) -> tuple[date, date]:
        """The two months before, the later one first."""
        last = first_of_month(self.live - timedelta(days=1))
        return last, first_of_month(last - timedelta(days=1))


async def months(scope: Scope) -> Months:
    """The live month of the tenant; its first event makes the present one live."""
    live = await queries.live_month(scope)
    if live is None:
        live = this_month(scope)
        await queries.make_partitions(scope, live)
        await queries.set_live_month(scope, live)
    return Months(live)


def this_month(scope: Scope) -> date:
    """The present month in UTC, by the real clock."""
    return first_of_month(scope.real_now.date())


async def is_over(scope: Scope) -> bool:
    """Whether a later month should be live."""
    live = await queries.live_month(scope)
    return live is not None and live < this_month(scope)


async def move_on(scope: Scope) -> None:
    """Make the present month live. The scope must be exclusive."""
    await queries.make_partitions(scope, this_month(scope))
    await queries.set_live_month(scope, this_month(scope))
