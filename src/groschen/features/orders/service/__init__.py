"""What the API, pages and jobs ask of orders."""

from groschen.features.orders.service.euro import where_it_went
from groschen.features.orders.service.figures import by_public_id, filter_by, products_of, sold
from groschen.features.orders.service.placing import place
from groschen.features.orders.service.quoting import find_quote, quote
from groschen.features.orders.service.reading import detail, find, money, page, tickets
from groschen.features.orders.service.refunding import refund
from groschen.features.orders.service.timeline import timeline, told

__all__ = [
    "by_public_id",
    "detail",
    "filter_by",
    "find",
    "find_quote",
    "money",
    "page",
    "place",
    "products_of",
    "quote",
    "refund",
    "sold",
    "tickets",
    "timeline",
    "told",
    "where_it_went",
]
