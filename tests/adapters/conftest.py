"""A test tenant whose clock the test moves, and the keys of this installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from groschen.kit.seal import Seal, seal_from
from groschen.kit.signing_keys import SigningKeys
from support.database import make_tenant

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.config import Settings
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls

MONDAY_NOON = datetime(2027, 3, 1, 11, tzinfo=UTC)


@dataclass
class MovableClock:
    """The business clock of one test tenant."""

    urls: ServerUrls
    tenant_id: UUID
    now: datetime

    def move(self, step: timedelta) -> None:
        self.now += step
        with psycopg.connect(self.urls.superuser) as conn:
            conn.execute(
                "UPDATE groschen.tenants SET test_now = %(now)s WHERE tenant_id = %(id)s",
                {"now": self.now, "id": self.tenant_id},
            )


@pytest.fixture
def clock(database_urls: ServerUrls) -> MovableClock:
    """Return the clock of a test tenant of the test's own."""
    tenant_id = make_tenant(database_urls, mode="test", test_now=MONDAY_NOON)
    return MovableClock(database_urls, tenant_id, MONDAY_NOON)


@pytest.fixture
def seal(settings: Settings) -> Seal:
    """Return this installation's seal."""
    return seal_from(settings)


@pytest.fixture
def keys(database: Database, seal: Seal) -> SigningKeys:
    """Return the signing keys of all tenants."""
    return SigningKeys(database, seal)
