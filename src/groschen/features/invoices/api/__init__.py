"""The endpoints of invoices."""

from __future__ import annotations

from groschen.features.invoices.api.billing import bill_runs, billables, seller
from groschen.features.invoices.api.collecting import collective, payments
from groschen.features.invoices.api.documents import invoices, refunds

__all__ = ["bill_runs", "billables", "collective", "invoices", "payments", "refunds", "seller"]
