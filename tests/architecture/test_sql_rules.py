"""Rules of our SQL that keep tenants apart and the schema distributable."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import psycopg
import pytest

from support.sources import ROOT, modules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from groschen.kit.postgres import ServerUrls

MIGRATIONS = sorted((ROOT / "src/groschen/migrations").rglob("*.sql"))
STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|COPY)\b", re.IGNORECASE)
UNSCOPED = {"directory", "alembic_version"}

# Places whose statement runs without a tenant on purpose, each with its reason.
REVIEWED = {
    "adapters/payments/sandbox/queries.py CHARGE_COLUMNS": "each use adds WHERE tenant_id = ...",
    "adapters/payments/sandbox/queries.py MOVEMENT_COLUMNS": "each use adds WHERE tenant_id = ...",
}


def our_tables() -> set[str]:
    """Return the tables that the migrations make."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in MIGRATIONS)
    found = set(re.findall(r"CREATE TABLE (?:groschen\.)?(\w+)", text))
    assert {"tenants", "orders", "postings"} <= found
    return found - UNSCOPED


def statements() -> Iterator[tuple[str, str]]:
    """Yield every SQL statement in the program, and the file and definition it stands in."""
    for module in modules():
        if module.place.startswith(("migrations/", "demo/", "bench/", "simulation/")):
            continue
        owners = {id(node): name_of(top) for top in module.tree.body for node in ast.walk(top)}
        for node, text in module.texts():
            if STATEMENT.match(text) and len(text.split()) > 1:
                yield f"{module.place} {owners[id(node)]}", text


def name_of(top: ast.stmt) -> str:
    """Return the name that a statement of a module defines."""
    if isinstance(top, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return top.name
    targets = top.targets if isinstance(top, ast.Assign) else [getattr(top, "target", None)]
    return ", ".join(target.id for target in targets if isinstance(target, ast.Name))


def unscoped(text: str, tables: set[str]) -> bool:
    """Whether a statement uses more of our tables than it names the tenant's id for."""
    bare = re.sub(r"--[^\n]*", "", text)
    used = [
        name
        for name in re.findall(
            r"\b(?:FROM|JOIN|INTO|UPDATE|USING)\s+(?:ONLY\s+)?(?:groschen\.)?(\w+)", bare
        )
        if name in tables
    ]
    named = re.findall(r"\btenant_id\b", re.sub(r"%\(tenant_id\)s", "", bare))
    given = any(one in bare for one in ("%(tenant_id)s", "{tenant}", "current_tenant()"))
    return bool(used) and (len(named) < len(used) or not given)


def test_every_statement_names_its_tenant() -> None:
    tables = our_tables()
    found = list(statements())
    assert len(found) > 50
    loose = {place for place, text in found if unscoped(text, tables)}
    assert loose == REVIEWED.keys()


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        ("SELECT 1", False),
        ("SELECT id FROM orders", True),
        ("SELECT id FROM orders WHERE tenant_id = %(tenant_id)s", False),
        ("SELECT tenant_id FROM orders", True),
        ("SELECT FROM orders o JOIN order_items i USING (id) WHERE o.tenant_id = %(tenant_id)s",
         True),
        ("SELECT FROM orders o JOIN payouts USING (tenant_id) WHERE tenant_id = %(tenant_id)s",
         False),
        ("DELETE FROM outbox", True),
        ("UPDATE orders SET state = 'paid' WHERE id = %(id)s", True),
        ("INSERT INTO orders (tenant_id, id) VALUES (%(tenant_id)s, %(id)s)", False),
        ("SELECT tenant_id FROM directory WHERE hash = %(hash)s", False),
    ],
)  # fmt: skip
def test_a_statement_without_tenant_is_noticed(text: str, *, loose: bool) -> None:
    assert unscoped(text, our_tables()) is loose


def test_the_tenant_is_never_set_by_a_function() -> None:
    used = [
        module.at(node)
        for module in modules()
        for node, text in module.texts()
        if re.search(r"\bset_config\s*\(", text)
    ]
    used += [path.name for path in MIGRATIONS if "set_config" in path.read_text(encoding="utf-8")]
    assert used == []


def test_there_is_no_trigger_of_ours(database_urls: ServerUrls) -> None:
    with psycopg.connect(database_urls.superuser) as conn:
        found = conn.execute(
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND c.relnamespace = 'groschen'::regnamespace"
        ).fetchall()
    assert found == []


def test_business_time_is_never_asked_of_the_database() -> None:
    clocks = re.compile(
        r"\b(now\s*\(\s*\)|current_(date|timestamp|time)\b|clock_timestamp\s*\()", re.IGNORECASE
    )
    used = [
        place
        for place, text in statements()
        if clocks.search(text) and not place.startswith("kit/")
    ]
    assert used == []
