"""What the API, pages and jobs ask of orders."""

from groschen.features.orders.service.placing import place
from groschen.features.orders.service.quoting import find_quote, quote
from groschen.features.orders.service.reading import detail, find, money, page, tickets
from groschen.features.orders.service.refunding import refund

__all__ = ["detail", "find", "find_quote", "money", "page", "place", "quote", "refund", "tickets"]
