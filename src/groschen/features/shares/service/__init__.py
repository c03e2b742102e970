"""What other features, pages and jobs ask of shares."""

from groschen.features.shares.service.booking import book_differences
from groschen.features.shares.service.release import release
from groschen.features.shares.service.reversal import (
    cancel_sales,
    extend_chargeback,
    left_of_total,
    reinstate,
    reverse_chargeback,
    reverse_refund,
    total_ids,
    undone_by,
)
from groschen.features.shares.service.tracing import trace

__all__ = [
    "book_differences",
    "cancel_sales",
    "extend_chargeback",
    "left_of_total",
    "reinstate",
    "release",
    "reverse_chargeback",
    "reverse_refund",
    "total_ids",
    "trace",
    "undone_by",
]
