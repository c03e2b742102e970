"""A tenant that sends invoices, for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.billing import Billing

if TYPE_CHECKING:
    from groschen.kit.db import Database
    from support.api import Api


@pytest.fixture
async def billing(api: Api, database: Database) -> Billing:
    """Return a fresh tenant with a seller."""
    made = Billing(api, database, api.app.state.runtime)
    await made.seller()
    return made
