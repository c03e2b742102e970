"""What other features, pages and jobs ask of delivery."""

from groschen.features.delivery.service.acting import (
    mark_done,
    report,
    retry,
    skip,
    submit,
)
from groschen.features.delivery.service.planning import cancel, plan, start
from groschen.features.delivery.service.reading import (
    find,
    history,
    of_orders,
    open_items,
    page,
)

__all__ = [
    "cancel",
    "find",
    "history",
    "mark_done",
    "of_orders",
    "open_items",
    "page",
    "plan",
    "report",
    "retry",
    "skip",
    "start",
    "submit",
]
