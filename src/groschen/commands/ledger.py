"""Prove the books: journals balance, and every sub-ledger equals the ledger."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import cyclopts
import uvloop
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from groschen import audit
from groschen.app import make_runtime
from groschen.kit.actor import SYSTEM
from groschen.kit.config import load_settings
from groschen.kit.db import Database
from groschen.kit.ids import decode_id, encode_id
from groschen.kit.postgres.server import tell_on_stderr
from groschen.kit.provision import provisioned
from groschen.kit.worker import every_tenant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.kit.config import Settings

command = cyclopts.App(name="ledger", help="The books.")


@dataclass(frozen=True, slots=True)
class Verified:
    """All checks of one tenant."""

    tenant_id: UUID
    name: str
    checks: Sequence[audit.Check]

    def to_json(self) -> dict[str, Any]:
        """The tenant and its checks as JSON."""
        return {
            "tenant": encode_id("ten", self.tenant_id),
            "name": self.name,
            "checks": [check.to_json() for check in self.checks],
        }


@command.command
def verify(
    *,
    tenant: str | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    data: Path | None = None,
) -> int:
    """Check every tenant, or one; status 1 when anything is wrong, with the first faults.

    Parameters
    ----------
    tenant
        Only this tenant, such as ten_01k....
    as_json
        Print JSON instead of tables.
    data
        Folder of the embedded PostgreSQL, when GROSCHEN_DATABASE_URL is not set.
    """
    chosen = None if tenant is None else decode_id("ten", tenant)
    with provisioned(load_settings(data_dir=data), tell_on_stderr) as provision:
        verified = uvloop.run(_verify(provision.settings, chosen))
    if as_json:
        answer = {"tenants": [one.to_json() for one in verified]}
        sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")
    else:
        _print(verified)
    return 0 if all(check.ok for one in verified for check in one.checks) else 1


async def _verify(settings: Settings, chosen: UUID | None) -> list[Verified]:
    async with Database(settings) as database:
        if chosen is not None:
            return [await _of_tenant(database, chosen)]
        runtime = make_runtime(settings, database)
        return [await _of_tenant(database, found) async for found in every_tenant(runtime)]


async def _of_tenant(database: Database, tenant_id: UUID) -> Verified:
    async with database.scope(tenant_id, SYSTEM, write=False) as scope:
        return Verified(tenant_id, scope.tenant.name, await audit.run(scope))


def _print(verified: Sequence[Verified]) -> None:
    console = Console()
    for one in verified:
        title = f"{one.name}, {encode_id('ten', one.tenant_id)}"
        table = Table("check", "expected", "found", "ok", title=title)
        for check in one.checks:
            table.add_row(check.name, check.expected, check.actual, "yes" if check.ok else "NO")
        console.print(table)
        for check in one.checks:
            for line in check.detail:
                console.print(f"  {check.name}: {line}", style="red", markup=False)
