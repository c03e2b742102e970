"""A wholesaler and a reseller for the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.app_fixtures import app, root_id
from support.two_levels import Levels, two_levels

if TYPE_CHECKING:
    from fastapi import FastAPI

    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls

__all__ = ["app", "root_id"]


@pytest.fixture
async def levels(app: FastAPI, database: Database, database_urls: ServerUrls) -> Levels:
    """Return a wholesaler and a reseller of the test's own."""
    return await two_levels(app, database, database_urls)
