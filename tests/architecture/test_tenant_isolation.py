"""No tenant sees or touches another's rows: proven for every table that the catalogue lists.

``faults_of`` reads how tables, policies, keys, grants and roles are made. ``leaks_of`` tries
every operation on every table as the serving role, across two tenants. The mutation tests
break one wall at a time inside a transaction and see the checks fail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors, sql

from groschen.kit import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from groschen.kit.postgres import ServerUrls

Connection = psycopg.Connection[tuple[object, ...]]

APP = "groschen_app"
UNSCOPED = ("directory", "alembic_version")
DEFINER_FUNCTIONS = {"post_journals", "make_usage_partitions"}
CALLABLE_FUNCTIONS = DEFINER_FUNCTIONS | {"current_tenant"}
NEVER_GRANTED = ("TRUNCATE", "REFERENCES", "TRIGGER")
WALL = "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)"
NAME = re.compile(r"[a-z_]+")
OURS, THEIRS = uuid4(), uuid4()


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    needed: bool


def rows(conn: Connection, query: str, *values: object) -> list[tuple[object, ...]]:
    return conn.execute(query.encode(), values).fetchall()


def tables(conn: Connection) -> list[str]:
    """Return every table of the schema that belongs to tenants, partitions included."""
    found = rows(
        conn,
        "SELECT relname FROM pg_class WHERE relnamespace = 'groschen'::regnamespace"
        " AND relkind IN ('r', 'p') AND relname <> ALL(%s) ORDER BY relname",
        list(UNSCOPED),
    )
    return [str(name) for (name,) in found]


def faults_of(conn: Connection) -> list[str]:
    """Return what is wrong with the walls, as they are declared."""
    return [
        *_table_faults(conn),
        *_policy_faults(conn),
        *_key_faults(conn),
        *_grant_faults(conn),
        *_function_faults(conn),
        *_role_faults(conn),
    ]


def _table_faults(conn: Connection) -> Iterator[str]:
    query = """
        SELECT c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, a.attnotnull,
               a.atttypid = 'uuid'::regtype
          FROM pg_class c
          LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
         WHERE c.relnamespace = 'groschen'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
           AND c.relname <> ALL(%s)
    """
    for name, kind, enabled, forced, not_null, is_uuid in rows(conn, query, list(UNSCOPED)):
        if kind not in {"r", "p"}:
            yield f"{name} is a view or foreign table, which no policy guards"
        elif not (not_null and is_uuid):
            yield f"{name} has no tenant_id uuid NOT NULL"
        elif not (enabled and forced):
            yield f"{name} does not force row-level security"


def _policy_faults(conn: Connection) -> Iterator[str]:
    query = """
        SELECT c.relname, p.polpermissive, p.polcmd, p.polroles, pg_get_expr(p.polqual, c.oid),
               pg_get_expr(p.polwithcheck, c.oid)
          FROM pg_class c
          LEFT JOIN pg_policy p ON p.polrelid = c.oid
         WHERE c.relnamespace = 'groschen'::regnamespace AND c.relkind IN ('r', 'p')
           AND c.relname <> ALL(%s)
    """
    seen: set[object] = set()
    for name, permissive, command, roles, using, check in rows(conn, query, list(UNSCOPED)):
        if name in seen:
            yield f"{name} has more than one policy"
        seen.add(name)
        if (permissive, command, roles, using, check) != (True, "*", [0], WALL, WALL):
            yield f"{name} lacks the one policy, with USING and WITH CHECK, for all"


def _key_faults(conn: Connection) -> Iterator[str]:
    indexes = """
        SELECT i.indexrelid::regclass::text, a.attname
          FROM pg_index i
          JOIN pg_class c ON c.oid = i.indrelid
          LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
         WHERE c.relnamespace = 'groschen'::regnamespace AND c.relname <> ALL(%s)
    """
    for name, first in rows(conn, indexes, list(UNSCOPED)):
        if first != "tenant_id":
            yield f"index {name} does not start with tenant_id"
    foreign = """
        SELECT k.conname, a.attname, b.attname
          FROM pg_constraint k
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
          JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
         WHERE k.connamespace = 'groschen'::regnamespace AND k.contype = 'f'
    """
    for name, here, there in rows(conn, foreign):
        if (here, there) != ("tenant_id", "tenant_id"):
            yield f"foreign key {name} does not start with tenant_id on both sides"
    keyless = """
        SELECT c.relname FROM pg_class c
         WHERE c.relnamespace = 'groschen'::regnamespace AND c.relkind IN ('r', 'p')
           AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')
    """
    for (name,) in rows(conn, keyless):
        yield f"{name} has no primary key"


def _grant_faults(conn: Connection) -> Iterator[str]:
    query = """
        SELECT c.relname, c.relispartition, p.privilege
          FROM pg_class c
         CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES',
                                 'TRIGGER']) AS p(privilege)
         WHERE c.relnamespace = 'groschen'::regnamespace AND c.relkind IN ('r', 'p')
           AND has_table_privilege(%s, c.oid, p.privilege)
    """
    for name, is_partition, privilege in rows(conn, query, APP):
        if is_partition or privilege in NEVER_GRANTED:
            yield f"{name} grants {privilege} to {APP}"


def _function_faults(conn: Connection) -> Iterator[str]:
    query = """
        SELECT p.proname, p.prosecdef, has_function_privilege(%s, p.oid, 'EXECUTE'),
               coalesce(p.proconfig, '{}')
          FROM pg_proc p
         WHERE p.pronamespace = 'groschen'::regnamespace
    """
    for name, is_definer, is_callable, settings in rows(conn, query, APP):
        if is_definer and name not in DEFINER_FUNCTIONS:
            yield f"function {name} runs as its owner and is not on the list"
        if is_definer and "search_path=groschen, pg_temp" not in str(settings):
            yield f"function {name} runs as its owner without a fixed search_path"
        if is_callable and name not in CALLABLE_FUNCTIONS:
            yield f"function {name} can be called by {APP} and is not on the list"


def _role_faults(conn: Connection) -> Iterator[str]:
    query = """
        SELECT r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
               EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid),
               EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid),
               has_schema_privilege(r.oid, 'groschen', 'CREATE')
          FROM pg_roles r
         WHERE r.rolname = %s
    """
    found = rows(conn, query, APP)
    if found != [(False,) * 8]:
        yield f"{APP} can do more than serve: {found}"


def columns_of(conn: Connection, table: str) -> list[Column]:
    query = """
        SELECT attname, format_type(atttypid, NULL), attnotnull AND NOT atthasdef
          FROM pg_attribute
         WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
         ORDER BY attnum
    """
    return [
        Column(str(name), str(kind), bool(needed))
        for name, kind, needed in rows(conn, query, f"groschen.{table}")
    ]


def checks_of(conn: Connection, table: str) -> str:
    query = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass"
    return "\n".join(str(check) for (check,) in rows(conn, query, f"groschen.{table}"))


BY_NAME: dict[str, object] = {
    "ends_at": "2026-02-28T08:00:00Z",  # an end comes after a start
    "open_item_id": UUID(int=1),  # only a payment of a top-up has none
}
PARTITIONS = """
    SELECT relname FROM pg_class
     WHERE relnamespace = 'groschen'::regnamespace AND relispartition
"""
BY_TYPE: dict[str, object] = {
    "uuid": UUID(int=1),
    "text": "x",
    "groschen.currency_code": "EUR",
    "groschen.exact_amount": "0.5",
    "numeric": "0.5",
    "boolean": True,
    "date": clock.real_now().date().replace(day=1),
    "timestamp with time zone": "2026-01-31T08:00:00Z",
    "bytea": b"x",
    "jsonb": "{}",
    "text[]": [],
    "uuid[]": [],
    "groschen.exact_amount[]": [],
}


def row_for(conn: Connection, table: str, tenant_id: UUID) -> dict[str, object]:
    """Return a row that the table's own checks take; references may point nowhere."""
    checks = checks_of(conn, table)
    added_up = {
        name for check in checks.splitlines() if " + " in check for name in NAME.findall(check)
    }
    row: dict[str, object] = {}
    for column in columns_of(conn, table):
        if column.name == "tenant_id":
            row["tenant_id"] = tenant_id
        elif column.needed or column.name in BY_NAME:
            listed = re.search(rf"\(?{column.name} = ANY \(ARRAY\['([^']+)'", checks)
            shape = re.search(rf"{column.name} ~ '\^\[A-Z\]\{{2\}}\$'", checks)
            default = BY_NAME.get(column.name, BY_TYPE.get(column.type, 1))
            if column.name in added_up:
                default = 0
            row[column.name] = listed[1] if listed else "DE" if shape else default
    return row


def insert(conn: Connection, table: str, row: dict[str, object]) -> None:
    conn.execute(
        sql.SQL("INSERT INTO groschen.{} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        ),
        row,
    )


def act_as(conn: Connection, tenant_id: UUID | None) -> None:
    conn.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(APP)))
    literal = sql.Literal("" if tenant_id is None else str(tenant_id))
    conn.execute(sql.SQL("SET LOCAL app.tenant_id = {}").format(literal))


def outcome(
    conn: Connection, statement: sql.Composed, values: dict[str, object] | None = None
) -> str:
    """Return ``refused`` or how many rows a statement read or touched; undo it."""
    try:
        with conn.transaction(force_rollback=True):
            cursor = conn.execute(statement, values)
            return str(cursor.rowcount)
    except errors.InsufficientPrivilege:
        return "refused"
    except (errors.ForeignKeyViolation, errors.UniqueViolation):
        return "let in"


def leaks_of(conn: Connection) -> list[str]:
    """Fill every table for two tenants and try everything as the serving role; return leaks."""
    partitions = {str(name) for (name,) in rows(conn, PARTITIONS)}  # no grant at all: _grant_faults
    names = [name for name in tables(conn) if name not in partitions]
    conn.execute("SET LOCAL session_replication_role = replica")
    for table in names:
        for tenant_id in (OURS, THEIRS):
            insert(conn, table, row_for(conn, table, tenant_id))
    conn.execute("SET LOCAL session_replication_role = origin")
    leaks = [leak for table in names for leak in _leaks_of_table(conn, table)]
    conn.execute("RESET ROLE")
    return leaks


def _leaks_of_table(conn: Connection, table: str) -> Iterator[str]:
    name, foreign = sql.Identifier(table), row_for(conn, table, THEIRS)
    add = sql.SQL("INSERT INTO groschen.{} ({}) VALUES ({})").format(
        name,
        sql.SQL(", ").join(map(sql.Identifier, foreign)),
        sql.SQL(", ").join(map(sql.Placeholder, foreign)),
    )
    read = sql.SQL("SELECT FROM groschen.{}").format(name)
    touch = sql.SQL("UPDATE groschen.{} SET tenant_id = tenant_id").format(name)
    remove = sql.SQL("DELETE FROM groschen.{}").format(name)
    theirs = sql.Literal(str(THEIRS))
    move = sql.SQL("UPDATE groschen.{} SET tenant_id = {}").format(name, theirs)
    nothing, own = {"0", "refused"}, {"1", "refused", "let in"}
    tries: list[tuple[UUID | None, str, sql.Composed, set[str]]] = [
        (None, "reads", read, nothing),
        (None, "touches", touch, nothing),
        (None, "removes", remove, nothing),
        (None, "adds", add, {"refused"}),
        (OURS, "reads", read, {"1"}),
        (OURS, "touches", touch, own),
        (OURS, "removes", remove, own),
        (OURS, "adds", add, {"refused"}),
        (OURS, "moves", move, {"refused"}),
    ]
    for tenant_id, verb, statement, allowed in tries:
        act_as(conn, tenant_id)
        found = outcome(conn, statement, foreign if verb == "adds" else None)
        if found not in allowed:
            yield f"with tenant {tenant_id} one {verb} rows of {table}: {found}"
    conn.execute("RESET ROLE")


@pytest.fixture
def conn(database_urls: ServerUrls) -> Iterator[Connection]:
    """Give the superuser's connection in a transaction that is rolled back."""
    with psycopg.connect(database_urls.superuser) as opened:
        yield opened
        opened.rollback()


def test_the_catalogue_is_not_empty(conn: Connection) -> None:
    assert {"tenants", "orders", "postings", "person_vault", "events"} <= set(tables(conn))


def test_every_table_has_its_walls(conn: Connection) -> None:
    assert faults_of(conn) == []


def test_no_operation_crosses_them(conn: Connection) -> None:
    assert leaks_of(conn) == []


MUTATIONS = [
    "DROP POLICY tenant_only ON groschen.orders",
    "ALTER TABLE groschen.orders NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE groschen.orders DISABLE ROW LEVEL SECURITY",
    "ALTER POLICY tenant_only ON groschen.orders WITH CHECK (true)",
    "ALTER POLICY tenant_only ON groschen.orders USING (true)",
    "CREATE POLICY more ON groschen.orders USING (true)",
    "CREATE INDEX loose ON groschen.orders (external_id)",
    "ALTER TABLE groschen.orders ADD UNIQUE (external_id)",
    "ALTER TABLE groschen.order_items ADD FOREIGN KEY (id) REFERENCES groschen.lone (id)",
    "CREATE TABLE groschen.forgotten (tenant_id uuid NOT NULL PRIMARY KEY)",
    "CREATE VIEW groschen.all_orders AS SELECT * FROM groschen.orders",
    "GRANT TRUNCATE ON groschen.orders TO groschen_app",
    "ALTER ROLE groschen_app BYPASSRLS",
    "ALTER TABLE groschen.orders OWNER TO groschen_app",
    "GRANT groschen_owner TO groschen_app",
    "GRANT EXECUTE ON FUNCTION groschen.protect(regclass) TO groschen_app",
    "CREATE FUNCTION groschen.back() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1",
    "ALTER FUNCTION groschen.post_journals(json, json) RESET search_path",
]


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_missing_wall_is_noticed(conn: Connection, mutation: str) -> None:
    conn.execute("CREATE TABLE groschen.lone (tenant_id uuid NOT NULL, id uuid PRIMARY KEY)")
    conn.execute("SELECT groschen.protect('groschen.lone')")
    before = set(faults_of(conn))
    conn.execute(mutation.encode())
    assert set(faults_of(conn)) - before


@pytest.mark.parametrize(
    "mutation",
    [
        "DROP POLICY tenant_only ON groschen.orders",
        "ALTER TABLE groschen.orders DISABLE ROW LEVEL SECURITY",
        "ALTER POLICY tenant_only ON groschen.orders WITH CHECK (true)",
        "ALTER POLICY tenant_only ON groschen.orders USING (true)",
        "ALTER ROLE groschen_app BYPASSRLS",
    ],
)
def test_a_leak_is_noticed(conn: Connection, mutation: str) -> None:
    conn.execute(mutation.encode())
    assert any("orders" in leak for leak in leaks_of(conn))


def test_partitions_are_closed_to_the_serving_role(conn: Connection) -> None:
    conn.execute(
        "CREATE TABLE groschen.parted (tenant_id uuid NOT NULL, day date NOT NULL,"
        " PRIMARY KEY (tenant_id, day)) PARTITION BY RANGE (day)"
    )
    conn.execute(
        "CREATE TABLE groschen.parted_2026 PARTITION OF groschen.parted"
        " FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"
    )
    for name in ("parted", "parted_2026"):
        conn.execute("SELECT groschen.protect(%s::regclass)", (f"groschen.{name}",))
    conn.execute("GRANT SELECT ON groschen.parted TO groschen_app")
    assert faults_of(conn) == []
    conn.execute("GRANT SELECT ON groschen.parted_2026 TO groschen_app")
    assert faults_of(conn) == [f"parted_2026 grants SELECT to {APP}"]


def test_the_posting_function_writes_for_the_set_tenant_only(conn: Connection) -> None:
    act_as(conn, None)
    with pytest.raises(errors.InsufficientPrivilege), conn.transaction():
        conn.execute("SELECT groschen.post_journals('[]', '[]')")
