"""What other features, pages and jobs ask of shares."""

from groschen.features.shares.service.booked import booked
from groschen.features.shares.service.booking import book_differences
from groschen.features.shares.service.release import release
from groschen.features.shares.service.releasing import lock, pinned, release_totals
from groschen.features.shares.service.reversal import (
    cancel_sales,
    concede,
    left,
    reinstate,
    reverse_chargeback,
    reverse_refunds,
    total_ids,
)
from groschen.features.shares.service.tracing import trace

__all__ = [
    "book_differences",
    "booked",
    "cancel_sales",
    "concede",
    "left",
    "lock",
    "pinned",
    "reinstate",
    "release",
    "release_totals",
    "reverse_chargeback",
    "reverse_refunds",
    "total_ids",
    "trace",
]
