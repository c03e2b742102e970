"""What the API, pages, jobs and features above ask of subscriptions."""

from groschen.features.subscriptions.service.changing import ChangeDraft, add_item, change
from groschen.features.subscriptions.service.charging import (
    contracts,
    due_items,
    resolve,
    set_charge_at,
)
from groschen.features.subscriptions.service.creating import create
from groschen.features.subscriptions.service.ending import cancel, end_due, end_item
from groschen.features.subscriptions.service.locking import subscription_etag
from groschen.features.subscriptions.service.reading import contracts_of, detail, find, page
from groschen.features.subscriptions.service.subjects import add_subject, end_subject

__all__ = [
    "ChangeDraft",
    "add_item",
    "add_subject",
    "cancel",
    "change",
    "contracts",
    "contracts_of",
    "create",
    "detail",
    "due_items",
    "end_due",
    "end_item",
    "end_subject",
    "find",
    "page",
    "resolve",
    "set_charge_at",
    "subscription_etag",
]
