"""The clock of a test tenant, which only ever moves forward."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.tenants.model import ClockBackwards, LiveTenant
from groschen.features.tenants.queries import tenants as queries
from groschen.kit.ids import encode_id
from groschen.kit.outbox import Event, publish

if TYPE_CHECKING:
    from datetime import datetime

    from groschen.kit.db import Scope


async def advance_clock(scope: Scope, to: datetime) -> datetime:
    """Set the business time of a test tenant; the scope, which must be exclusive, follows.

    The first move stops the clock: from then on it stands until it is moved again. Raises
    ``LiveTenant`` and ``ClockBackwards``.
    """
    if scope.tenant.mode != "test":
        raise LiveTenant(
            "a live tenant's clock is the real one",
            hint="Use the test twin: POST /v1/tenants/current/test_twin.",
        )
    if to < scope.now:
        raise ClockBackwards(
            f"the clock stands at {scope.now.isoformat()} and cannot go back",
            field="to",
            hint="Give a later instant, or found a new test tenant.",
        )
    await queries.update_clock(scope, to)
    scope.now, scope.today = to, scope.tenant.business_day(to)
    data = {"tenant": encode_id("ten", scope.tenant_id), "now": to.isoformat()}
    await publish(scope, [Event("test_clock.advanced", scope.tenant_id, data)])
    return to
