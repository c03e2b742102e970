"""What every statement and the schema keep to: one tenant each, no triggers, no ``set_config``.

Excepted by name: ``directory``, which is read before the tenant is known, and procrastinate.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg

from support.sources import Module, modules

if TYPE_CHECKING:
    from groschen.kit.postgres import ServerUrls

STATEMENT = re.compile(
    r"\b(?:SELECT\b.+?\bFROM|INSERT\s+INTO|UPDATE\s+\w+[\s\w]*\bSET|DELETE\s+FROM)\s", re.DOTALL
)
TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:ONLY\s+)?((?:\w+\.)?\w+)")
WITHOUT_TENANT = re.compile(r"(?:groschen\.)?directory$|procrastinate|pg_|information_schema")
OTHER_WORLD = ("kit/postgres/", "kit/migrate.py", "migrations/", "bench/", "demo/")


def statements() -> list[tuple[Module, str, str]]:
    """Return module, place and text of each SQL statement in our code."""
    return [
        (module, module.at(node), text)
        for module in modules()
        if not module.place.startswith(OTHER_WORLD)
        for node, text in module.whole_texts()
        if STATEMENT.search(text)
    ]


def tables_of(text: str, known: set[str]) -> set[str]:
    return {
        name
        for found in TABLE.findall(text)
        if not WITHOUT_TENANT.match(found) and (name := found.removeprefix("groschen.")) in known
    }


def known_tables(urls: ServerUrls) -> set[str]:
    with psycopg.connect(urls.superuser) as conn:
        rows = conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'groschen'::regnamespace"
            " AND relkind IN ('r', 'p', 'v')"
        ).fetchall()
    return {row[0] for row in rows}


def test_every_statement_names_its_tenant(database_urls: ServerUrls) -> None:
    known = known_tables(database_urls)
    checked = [(place, text) for _, place, text in statements() if tables_of(text, known)]
    assert len(checked) > 50, "the check sees the statements"
    assert [place for place, text in checked if "tenant_id" not in text] == []


def test_no_statement_sets_configuration_or_makes_triggers() -> None:
    forbidden = re.compile(r"set_config\s*\(|CREATE\s+(?:CONSTRAINT\s+)?TRIGGER", re.IGNORECASE)
    assert [
        module.at(node)
        for module in modules()
        for node, text in module.texts()
        if forbidden.search(text)
    ] == []


def test_the_schema_has_no_triggers_of_ours(database_urls: ServerUrls) -> None:
    with psycopg.connect(database_urls.superuser) as conn:
        triggers = conn.execute(
            """
            SELECT tgname FROM pg_trigger
              JOIN pg_class ON pg_class.oid = tgrelid
             WHERE NOT tgisinternal AND relnamespace <> 'procrastinate'::regnamespace
            """
        ).fetchall()
        functions = conn.execute(
            """
            SELECT proname FROM pg_proc
             WHERE pronamespace = 'groschen'::regnamespace AND prosrc ~* 'set_config\\s*\\('
            """
        ).fetchall()
    assert (triggers, functions) == ([], [])


def test_every_tenant_table_is_walled_and_keyed_by_its_tenant(database_urls: ServerUrls) -> None:
    with psycopg.connect(database_urls.superuser) as conn:
        tables = conn.execute(
            """
            SELECT relname, relrowsecurity, relforcerowsecurity,
                   (SELECT count(*) FROM pg_policy
                     WHERE polrelid = c.oid AND polqual IS NOT NULL AND polwithcheck IS NOT NULL),
                   (SELECT array_agg(DISTINCT attname)
                      FROM pg_index
                      JOIN pg_attribute ON attrelid = c.oid AND attnum = indkey[0]
                     WHERE indrelid = c.oid)
              FROM pg_class AS c
             WHERE relnamespace = 'groschen'::regnamespace AND relkind IN ('r', 'p')
               AND relname NOT IN ('directory', 'alembic_version')
             ORDER BY relname
            """
        ).fetchall()
    assert len(tables) > 20
    assert {row[0]: row[1:] for row in tables} == {
        row[0]: (True, True, 1, ["tenant_id"]) for row in tables
    }


def test_the_serving_role_owns_nothing(database_urls: ServerUrls) -> None:
    with psycopg.connect(database_urls.superuser) as conn:
        owned = conn.execute(
            """
            SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'groschen_app'
             UNION ALL
            SELECT proname FROM pg_proc WHERE pg_get_userbyid(proowner) = 'groschen_app'
             UNION ALL
            SELECT nspname FROM pg_namespace WHERE pg_get_userbyid(nspowner) = 'groschen_app'
            """
        ).fetchall()
    assert owned == []
