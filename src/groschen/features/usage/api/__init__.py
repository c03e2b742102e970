"""The endpoints of usage."""

from groschen.features.usage.api.events import events
from groschen.features.usage.api.rejects import rejects
from groschen.features.usage.api.totals import current_usage, item_totals

__all__ = ["current_usage", "events", "item_totals", "rejects"]
