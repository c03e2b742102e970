"""What a level above is told of totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.usage.queries import cells as queries
from groschen.features.usage.queries.cells import PostedTotal, TotalCells

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from groschen.kit.db import Scope

__all__ = ["PostedTotal", "TotalCells", "cells", "posted"]


async def cells(scope: Scope, total_ids: Collection[UUID]) -> list[TotalCells]:
    """The quantities of totals by service day, with the revision that they are of."""
    return await queries.cells(scope, total_ids) if total_ids else []


async def posted(scope: Scope, total_ids: Collection[UUID]) -> dict[UUID, PostedTotal]:
    """What of totals is posted; one without any day is left out."""
    found = await queries.posted(scope, total_ids) if total_ids else []
    return {one.total_id: one for one in found}
