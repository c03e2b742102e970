"""What the API, pages, jobs and features above ask of subscriptions."""

from groschen.features.subscriptions.service.charging import (
    contracts,
    due_items,
    resolve,
    set_charge_at,
)
from groschen.features.subscriptions.service.creating import create
from groschen.features.subscriptions.service.reading import detail, find, page

__all__ = [
    "contracts",
    "create",
    "detail",
    "due_items",
    "find",
    "page",
    "resolve",
    "set_charge_at",
]
