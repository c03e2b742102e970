"""The endpoints of usage."""

from groschen.features.usage.api.events import events

__all__ = ["events"]
