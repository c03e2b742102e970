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
    count_for_people,
    find,
    history,
    of_orders,
    open_items,
    page,
    page_for_people,
)

__all__ = [
    "cancel",
    "count_for_people",
    "find",
    "history",
    "mark_done",
    "of_orders",
    "open_items",
    "page",
    "page_for_people",
    "plan",
    "report",
    "retry",
    "skip",
    "start",
    "submit",
]
