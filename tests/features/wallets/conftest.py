"""A household for each test; its books are proved afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.household import Household, found_household

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.db import Database


@pytest.fixture
async def home(app: FastAPI, database: Database, root_id: UUID) -> AsyncIterator[Household]:
    """Return a household with an empty wallet; prove its books at the end."""
    household = await found_household(app, database, root_id)
    yield household
    await household.audit()
