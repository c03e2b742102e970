"""The app over the module's database, and clients with a key of a fresh tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from groschen.app import create_app
from groschen.features.tenants import service as tenants
from groschen.features.tenants.service.founding import found_child
from groschen.kit.actor import SYSTEM
from support.api import Api, api_key, founding

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.config import Settings
    from groschen.kit.db import Database


@pytest.fixture(scope="module")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    """Return the running app."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture(scope="module")
async def root_id(app: FastAPI, database: Database) -> UUID:
    """Return the root tenant of the module's installation."""
    _ = app
    first = await tenants.ensure_installation(database)
    assert first is not None
    return first.tenant_id


@pytest.fixture
async def root(app: FastAPI, database: Database, root_id: UUID) -> Api:
    """Return a client with every right in the root tenant."""
    return Api(app, await api_key(database, root_id), root_id)


@pytest.fixture
async def api(app: FastAPI, database: Database, root_id: UUID) -> Api:
    """Return a client with every right in a fresh live tenant."""
    return await new_tenant_api(app, database, root_id)


@pytest.fixture
async def other(app: FastAPI, database: Database, root_id: UUID) -> Api:
    """Return a client with every right in another fresh live tenant."""
    return await new_tenant_api(app, database, root_id)


async def new_tenant_api(app: FastAPI, database: Database, root_id: UUID) -> Api:
    """Found a tenant below the root and return a client with every right in it."""
    async with database.scope(root_id, SYSTEM) as scope:
        tenant = await found_child(scope, founding())
    return Api(app, await api_key(database, tenant.tenant_id), tenant.tenant_id)
