"""Asking for the relay inside the transaction that gives it work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.kit.jobs import defer_once

if TYPE_CHECKING:
    from groschen.kit.db import Scope

RELAY: Final = "levels.relay"


async def ask_to_relay(scope: Scope) -> None:
    """Have what this transaction leaves for other tenants brought to them."""
    await defer_once(scope, RELAY)
