"""Addresses within the customer portal."""

from __future__ import annotations

from uuid import UUID

from groschen.kit.ids import encode_id
from groschen.web.navigation import CUSTOMER_HOME


def top_up_path(wallet_id: UUID) -> str:
    """The form that tops a wallet up."""
    return f"{CUSTOMER_HOME}/top_up/{encode_id('wal', wallet_id)}"
