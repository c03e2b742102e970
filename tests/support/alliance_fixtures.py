"""A transport alliance for each test, and its payment provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.provider import Provider
from support.tickets import Alliance, found_alliance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.db import Database


@pytest.fixture
async def alliance(app: FastAPI, database: Database, root_id: UUID) -> AsyncIterator[Alliance]:
    """Return an alliance with a plan, an agreement and a customer; prove its books at the end."""
    alliance = await found_alliance(app, database, root_id)
    yield alliance
    await alliance.audit()


@pytest.fixture
def provider(alliance: Alliance) -> Provider:
    """Return the other side of the alliance's payment provider."""
    return Provider(alliance)
