"""Found tenants, list them, make keys and sign-in links."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import cyclopts
from cyclopts import Parameter

from groschen import app
from groschen.features.tenants import service
from groschen.features.tenants.model import Founding
from groschen.kit.actor import SYSTEM
from groschen.kit.config import load_settings
from groschen.kit.db import Database
from groschen.kit.http import Slice
from groschen.kit.ids import decode_id, encode_id
from groschen.kit.permissions import PERMISSIONS
from groschen.kit.postgres.server import tell_on_stderr
from groschen.kit.provision import provisioned
from groschen.kit.runtime import Runtime

if TYPE_CHECKING:
    from uuid import UUID

Result = TypeVar("Result")
DataFolder = Annotated[
    Path | None,
    Parameter(help="Folder of the embedded PostgreSQL, without GROSCHEN_DATABASE_URL."),
]
command = cyclopts.App(name="tenant", help="Found tenants, list them, make keys and links.")


@command.command
def create(
    name: str,
    external_id: str,
    *,
    below: str | None = None,
    country: str = "DE",
    time_zone: str = "Europe/Berlin",
    currency: str = "EUR",
    data: DataFolder = None,
) -> None:
    """Found a live tenant and print its id.

    Parameters
    ----------
    name
        What it is called.
    external_id
        Its id in your own systems, unique below its parent.
    below
        The parent's id; by default the root tenant.
    """

    async def found(runtime: Runtime) -> str:
        parent = await _tenant(runtime, below)
        founding = Founding(external_id, name, country, time_zone, currency)
        async with runtime.database.scope(parent, SYSTEM) as scope:
            tenant = await service.found_child(scope, founding)
        return encode_id("ten", tenant.tenant_id)

    print(_run(data, found))


@command.command(name="list")
def list_tenants(*, below: str | None = None, data: DataFolder = None) -> None:
    """List the tenants directly below one: id, external id, name, child or twin."""

    async def read(runtime: Runtime) -> list[str]:
        parent = await _tenant(runtime, below)
        lines: list[str] = []
        asked: Slice | None = Slice(limit=200)
        async with runtime.database.scope(parent, SYSTEM, write=False) as scope:
            while asked is not None:
                found = await service.list_children(scope, asked)
                shown = found[: asked.limit]
                lines += [
                    f"{encode_id('ten', one.child_tenant_id)}  {one.external_id}  {one.name}"
                    f"  {one.relation}"
                    for one in shown
                ]
                more = len(found) > asked.limit
                asked = Slice(limit=200, after=shown[-1].child_tenant_id) if more else None
        return lines

    for line in _run(data, read):
        print(line)


@command.command
def key(
    tenant: str | None = None,
    *,
    name: str = "command line",
    permissions: str | None = None,
    data: DataFolder = None,
) -> None:
    """Make an API key and print its secret, which is shown this once.

    Parameters
    ----------
    tenant
        The tenant's id; by default the root tenant.
    name
        What the key is for.
    permissions
        Names with commas between; by default all.
    """
    wanted = permissions.split(",") if permissions else list(PERMISSIONS)

    async def make(runtime: Runtime) -> str:
        tenant_id = await _tenant(runtime, tenant)
        async with runtime.database.scope(tenant_id, SYSTEM) as scope:
            _, secret = await service.create_key(scope, name=name, permissions=wanted)
        return secret

    print(_run(data, make))


@command.command
def link(*, data: DataFolder = None) -> None:
    """Print the path of a fresh one-time sign-in link for the root tenant's administrator."""

    async def make(runtime: Runtime) -> str:
        tenant_id = await _tenant(runtime, None)
        async with runtime.database.scope(tenant_id, SYSTEM) as scope:
            return service.link_path(await service.administrator_link(scope))

    print(_run(data, make))


def _run(data: Path | None, work: Callable[[Runtime], Awaitable[Result]]) -> Result:
    """Run ``work`` beside a server that may be running, or with one of its own."""
    app.wire()
    with provisioned(load_settings(data_dir=data), tell_on_stderr) as provision:

        async def run() -> Result:
            async with Database(provision.settings) as database:
                return await work(app.make_runtime(provision.settings, database))

        return asyncio.run(run())


async def _tenant(runtime: Runtime, text: str | None) -> UUID:
    if text is not None:
        return decode_id("ten", text)
    await service.ensure_installation(runtime.database)
    return await service.root_tenant_id(runtime.database)
