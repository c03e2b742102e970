"""What all tests share: one embedded PostgreSQL per run, a fresh database per test module.

The first test that needs a database starts the server; every worker process uses the same one,
and the last to end stops it. The schema is migrated once, into a template database.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from groschen.kit.config import Settings
from groschen.kit.db import Database
from groschen.kit.ids import new_id
from groschen.kit.migrate import migrate
from groschen.kit.postgres import EmbeddedServer, ServerUrls
from groschen.kit.postgres.locks import serialised
from groschen.kit.postgres.roles import ensure_database
from support.database import OwnTenant, ScopeFactory, make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from uuid import UUID

TEMPLATE = "groschen_template"
RUN_FOLDER = "GROSCHEN_TEST_RUN_FOLDER"


def pytest_configure(config: pytest.Config) -> None:
    """Name the run's folder before the workers are forked off; only the first process makes it."""
    for name in [
        name for name in os.environ if name.startswith("GROSCHEN_") and name != RUN_FOLDER
    ]:
        del os.environ[name]
    os.environ["PYTHONPATH"] = str(config.rootpath / "src")  # for the processes that tests start
    if not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="groschen-tests-")
        Path(folder).chmod(0o711)
        os.environ[RUN_FOLDER] = folder


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the run's folder; the workers are gone by now and with them the server."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(RUN_FOLDER), ignore_errors=True)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """Return the folder that all worker processes of this run share."""
    return Path(os.environ[RUN_FOLDER])


@pytest.fixture(scope="session")
def server(run_folder: Path) -> Iterator[ServerUrls]:
    """Return the running server's URLs; its template database has the newest schema."""
    embedded = EmbeddedServer(run_folder / "server")
    urls = embedded.start()
    try:
        with serialised(run_folder / "template.lock", print):
            _make_template(urls, run_folder / "template.made")
        yield urls
    finally:
        embedded.stop()


def _make_template(urls: ServerUrls, made: Path) -> None:
    if made.exists():
        return
    with psycopg.connect(urls.superuser, autocommit=True) as conn:
        ensure_database(conn, TEMPLATE)
    migrate(urls.of_database(TEMPLATE).owner)
    made.touch()


@pytest.fixture(scope="module")
def database_urls(server: ServerUrls) -> Iterator[ServerUrls]:
    """Return the URLs of a fresh database, a copy of the template; dropped after the module."""
    name = f"test_{new_id().hex}"
    with psycopg.connect(server.superuser, autocommit=True) as conn:
        ensure_database(conn, name, template=TEMPLATE)
        yield server.of_database(name)
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def settings(database_urls: ServerUrls) -> Settings:
    """Return settings that point at the module's database."""
    return Settings(
        database_url=SecretStr(database_urls.app),
        owner_database_url=SecretStr(database_urls.owner),
        secret_key=SecretStr("dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtISE"),
        pool_size=8,
    )


@pytest.fixture(scope="module")
async def database(settings: Settings) -> AsyncIterator[Database]:
    """Return the serving role's database, open."""
    async with Database(settings) as opened:
        yield opened


@pytest.fixture
def tenant_id(database_urls: ServerUrls) -> UUID:
    """Return a new live tenant of its own for one test."""
    return make_tenant(database_urls)


@pytest.fixture
def scope_factory(database: Database, tenant_id: UUID) -> ScopeFactory:
    """Return an opener of scopes in a tenant of the test's own."""
    return OwnTenant(database, tenant_id)
