"""What the API, pages, jobs and features above ask of subscriptions."""

from groschen.features.subscriptions.service.changing import ChangeDraft, add_item, change
from groschen.features.subscriptions.service.charging import (
    agreed,
    claim_due,
    contracts,
    due_items,
    links_of,
    make_due,
    resolve,
    set_charge_at,
)
from groschen.features.subscriptions.service.creating import create
from groschen.features.subscriptions.service.ending import cancel, end_due, end_item
from groschen.features.subscriptions.service.locking import subscription_etag
from groschen.features.subscriptions.service.mirroring import Mirror, MirrorSegment, mirror
from groschen.features.subscriptions.service.reading import contracts_of, detail, find, page
from groschen.features.subscriptions.service.subjects import add_subject, end_subject
from groschen.features.subscriptions.service.windows import (
    WindowKey,
    window_id,
    window_of,
    windows,
)

__all__ = [
    "ChangeDraft",
    "Mirror",
    "MirrorSegment",
    "WindowKey",
    "add_item",
    "add_subject",
    "agreed",
    "cancel",
    "change",
    "claim_due",
    "contracts",
    "contracts_of",
    "create",
    "detail",
    "due_items",
    "end_due",
    "end_item",
    "end_subject",
    "find",
    "links_of",
    "make_due",
    "mirror",
    "page",
    "resolve",
    "set_charge_at",
    "subscription_etag",
    "window_id",
    "window_of",
    "windows",
]
