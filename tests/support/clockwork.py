"""Real time for tests: what would only be due in a while is due now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from support.tickets import Alliance


async def make_due(alliance: Alliance, table: Literal["payments", "payment_refunds"]) -> None:
    """Let every waiting row be due, as if its pause or its lease had ended."""
    async with alliance.scope() as scope:
        if table == "payments":
            await scope.conn.execute(
                "UPDATE payments SET next_attempt_at = %s"
                " WHERE tenant_id = %s AND next_attempt_at IS NOT NULL",
                (scope.real_now, scope.tenant_id),
            )
        else:
            await scope.conn.execute(
                "UPDATE payment_refunds SET next_attempt_at = %s"
                " WHERE tenant_id = %s AND next_attempt_at IS NOT NULL",
                (scope.real_now, scope.tenant_id),
            )


async def set_attempts(alliance: Alliance, attempts: int) -> None:
    """Let every payment look as often tried."""
    async with alliance.scope() as scope:
        await scope.conn.execute(
            "UPDATE payments SET attempts = %s WHERE tenant_id = %s",
            (attempts, scope.tenant_id),
        )
