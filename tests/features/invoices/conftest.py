"""A tenant that sends invoices, and a utility that bills what it meters, for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.api import Api, api_key
from support.billing import ADDRESS, Billing
from support.database import make_tenant
from support.metering import NOW, Utility
from support.reselling import Seller

if TYPE_CHECKING:
    from fastapi import FastAPI

    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls


@pytest.fixture
async def billing(api: Api, database: Database) -> Billing:
    """Return a fresh tenant with a seller."""
    made = Billing(api, database, api.app.state.runtime)
    await made.seller()
    return made


@pytest.fixture
async def utility(
    app: FastAPI, database: Database, database_urls: ServerUrls
) -> tuple[Seller, Billing]:
    """Return a test tenant that meters and bills, its clock at ``NOW``, with one customer."""
    tenant_id = make_tenant(database_urls, mode="test", test_now=NOW)
    api = Api(app, await api_key(database, tenant_id), tenant_id)
    metering = Utility(api, database)
    await metering.found()
    billing = Billing(api, database, app.state.runtime)
    await billing.seller()
    await billing.ask("PUT", "/v1/parties/ext:customer/details", {"address": ADDRESS})
    return Seller(metering), billing
