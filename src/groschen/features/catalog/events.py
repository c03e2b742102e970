"""What the catalog does when others tell news."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.catalog import service
from groschen.kit.outbox import Event, listens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.kit.db import Scope


@listens("tenant.created")
async def give_tax_rates(scope: Scope, events: Sequence[Event]) -> None:
    """A new tenant gets the known tax rates in the transaction that founds it."""
    _ = events
    await service.seed_tax_rates(scope)
