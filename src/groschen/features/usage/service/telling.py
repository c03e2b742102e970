"""Telling what stands above usage which totals changed, in the transaction that changes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from groschen.features.usage.service.books import Book
    from groschen.kit.db import Scope

Hearer: TypeAlias = "Callable[[Scope, Sequence[Book]], Awaitable[None]]"
HEARERS: Final[list[Hearer]] = []


def hears_totals(hearer: Hearer) -> Hearer:
    """Register ``async def f(scope, books)`` to run whenever totals were stored.

    It runs for every call of events, so what does not concern it has to cost it nothing.
    """
    if hearer not in HEARERS:
        HEARERS.append(hearer)
    return hearer


async def tell(scope: Scope, books: Sequence[Book]) -> None:
    """Tell every hearer of the totals of a call."""
    for hearer in HEARERS:
        await hearer(scope, books)
