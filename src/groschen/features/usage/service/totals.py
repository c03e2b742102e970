"""The only writer of totals and their day slices.

``book_charges`` folds the facts that came and went, prices the state, and books the difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.features.usage.model import Charge, ItemTotal
    from groschen.kit.db import Scope


async def book_charges(scope: Scope, charges: Sequence[Charge]) -> list[ItemTotal]:
    """Book what the charges change; return the totals as they are now, derived ones included.

    Each key may be charged once in a call. Locks the owners, then their wallets. Raises
    ``TotalTooLarge``.
    """
    raise NotImplementedError
