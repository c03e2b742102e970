"""What other features, pages and jobs ask of wallets."""

from groschen.features.wallets.service.charging import charge
from groschen.features.wallets.service.crediting import (
    credit_top_up,
    fail_top_up,
    request_top_up,
)
from groschen.features.wallets.service.forecasting import forecast, used_by_day
from groschen.features.wallets.service.granting import grant
from groschen.features.wallets.service.opening import open_wallet
from groschen.features.wallets.service.paying import PaidPart, paid_parts
from groschen.features.wallets.service.quoting import quote
from groschen.features.wallets.service.reading import (
    buckets,
    find,
    movements,
    of,
    page,
    top_up,
    top_up_page,
)
from groschen.features.wallets.service.refreshing import refresh_due

__all__ = [
    "PaidPart",
    "buckets",
    "charge",
    "credit_top_up",
    "fail_top_up",
    "find",
    "forecast",
    "grant",
    "movements",
    "of",
    "open_wallet",
    "page",
    "paid_parts",
    "quote",
    "refresh_due",
    "request_top_up",
    "top_up",
    "top_up_page",
    "used_by_day",
]
