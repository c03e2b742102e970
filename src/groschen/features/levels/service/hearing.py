"""Noting that totals have to travel, in the transaction that changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.levels.model import LevelSide, pseudonym
from groschen.features.levels.queries import amounts, travelling
from groschen.features.levels.service.asking import ask_to_relay
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.features.usage.service.books import Book
    from groschen.kit.db import Scope


async def note_totals(scope: Scope, books: Sequence[Book]) -> None:
    """Let the totals of plans that sell on a supply wait for the relay; one statement for all."""
    bought = [one for one in books if one.terms.segment.offer.terms.wholesale is not None]
    if not bought:
        return
    rows = [{"total_id": one.id, "revision": one.revision + 1} for one in bought]
    await travelling.note_totals(scope, json_rows(rows))
    await _raise_unchanged(scope, [one for one in bought if not one.days])
    await ask_to_relay(scope)


async def _raise_unchanged(scope: Scope, books: Sequence[Book]) -> None:
    """A state that costs what the one before cost is not posted again, so say so here."""
    above = scope.tenant.parent_tenant_id
    if not books or above is None:
        return
    rows = [
        {
            "mirror_key": pseudonym(one.id, above),
            "revision_before": one.revision,
            "revision": one.revision + 1,
        }
        for one in books
    ]
    await amounts.raise_revisions(scope, LevelSide.RETAIL, json_rows(rows))
