"""Checks across features: every sub-ledger equals the ledger, nothing hangs in the air.

Each check is one statement that lists faults, so it sees one moment and may run beside writers.
It reads the tables of several features, which no feature may; therefore it stands beside
``app.py``. ``groschen ledger verify`` and the simulation run the same checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.audit.feeds import CHECKS as FEEDS
from groschen.audit.invoices import CHECKS as INVOICES
from groschen.audit.levels import CHECKS as LEVELS
from groschen.audit.payments import CHECKS as PAYMENTS
from groschen.audit.sales import CHECKS as SALES
from groschen.audit.settlements import CHECKS as SETTLEMENTS
from groschen.audit.shares import CHECKS as SHARES
from groschen.audit.usage import CHECKS as USAGE
from groschen.audit.wallets import CHECKS as WALLETS
from groschen.features.ledger.verify import CHECKS as LEDGER
from groschen.features.ledger.verify import Check

if TYPE_CHECKING:
    from groschen.features.ledger.verify.check import Checking
    from groschen.kit.db import Scope

__all__ = ["CHECKS", "Check", "run"]

CHECKS: Final[tuple[Checking, ...]] = (
    *LEDGER,
    *SALES,
    *SHARES,
    *USAGE,
    *WALLETS,
    *PAYMENTS,
    *INVOICES,
    *SETTLEMENTS,
    *LEVELS,
    *FEEDS,
)


async def run(scope: Scope) -> list[Check]:
    """Make all checks of the scope's tenant; a reading scope is enough."""
    return [await check(scope) for check in CHECKS]
