"""Which VAT rate a total has: that of the first day of its segment's part of the window.

So a total has one rate, whatever the order in which its facts come. A new rate inside a window
needs a new segment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.period import Period, day_of
from groschen.features.catalog import service as catalog

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from decimal import Decimal

    from groschen.features.subscriptions.model import Contract, Segment, WindowRow
    from groschen.kit.db import Scope


def part_used(contract: Contract, segment: Segment, window: WindowRow) -> Period | None:
    """The part of the window in which the segment holds; None if there is none."""
    ends = [window.period.end, segment.until_at, contract.ends_at]
    start = max(window.period.start, segment.from_at, contract.starts_at)
    end = min(end for end in ends if end is not None)
    return Period(start, end) if start < end else None


def tax_day(segment: Segment, window: WindowRow) -> date:
    """The day whose VAT rate the totals of the segment have in the window."""
    return day_of(max(window.period.start, segment.from_at), window.zone)


async def vat_rates(
    scope: Scope, asked: Iterable[tuple[str, date]]
) -> dict[tuple[str, date], Decimal]:
    """The VAT rates of tax classes on days; raises ``TaxRateUnknown``."""
    return {key: (await catalog.tax_rate(scope, *key)).rate for key in set(asked)}
