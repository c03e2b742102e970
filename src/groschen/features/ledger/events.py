"""What the ledger does when others tell news."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.ledger import service
from groschen.kit.outbox import Event, listens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.kit.db import Scope


@listens("tenant.created")
async def give_chart(scope: Scope, events: Sequence[Event]) -> None:
    """A new tenant gets the standard chart of accounts in the transaction that founds it."""
    _ = events
    await service.seed_chart(scope)
