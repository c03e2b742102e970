"""A utility with metered households, for the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.api import Api, api_key
from support.app_fixtures import app, root_id
from support.database import make_tenant
from support.metering import NOW, Utility

if TYPE_CHECKING:
    from fastapi import FastAPI

    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls

__all__ = ["app", "root_id"]


@pytest.fixture
async def utility(app: FastAPI, database: Database, database_urls: ServerUrls) -> Utility:
    """Return a test tenant of its own, whose clock stands at ``NOW``."""
    tenant_id = make_tenant(database_urls, mode="test", test_now=NOW)
    made = Utility(Api(app, await api_key(database, tenant_id), tenant_id), database)
    await made.found()
    return made


@pytest.fixture
async def other_utility(app: FastAPI, database: Database, database_urls: ServerUrls) -> Utility:
    """Return another such tenant."""
    tenant_id = make_tenant(database_urls, mode="test", test_now=NOW)
    made = Utility(Api(app, await api_key(database, tenant_id), tenant_id), database)
    await made.found()
    return made
