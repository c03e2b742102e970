"""The two roles and the database that Groschen uses; made once, checked at every start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from psycopg import Connection

DATABASE: Final = "groschen"
OWNER: Final = "groschen_owner"
APP: Final = "groschen_app"
RIGHTS: Final = sql.SQL("LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION")


def ensure_roles(conn: Connection, passwords: Mapping[str, str]) -> None:
    """Create what is missing. ``conn`` is the superuser's, in autocommit mode.

    ``groschen_owner`` owns the database and its schemas, ``groschen_app`` serves: it owns
    nothing, cannot bypass row-level security and gets its rights table by table.
    """
    for role in (OWNER, APP):
        _ensure_role(conn, role, passwords[role])
    ensure_database(conn, DATABASE)


def ensure_database(conn: Connection, name: str, template: str = "template0") -> None:
    """Create a database of the owner unless it exists, as a copy of ``template``."""
    exists = conn.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
    database = sql.Identifier(name)
    if exists is None:
        conn.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                database, sql.Identifier(OWNER), sql.Identifier(template)
            )
        )
    conn.execute(
        sql.SQL(
            "REVOKE ALL ON DATABASE {0} FROM PUBLIC;"
            " GRANT CONNECT, TEMPORARY ON DATABASE {0} TO {1}"
        ).format(database, sql.Identifier(APP))
    )


def _ensure_role(conn: Connection, role: str, password: str) -> None:
    exists = conn.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    name = sql.Identifier(role)
    if exists is None:
        verifier = conn.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        conn.execute(
            sql.SQL("CREATE ROLE {} PASSWORD {}").format(name, sql.Literal(verifier.decode()))
        )
    conn.execute(sql.SQL("ALTER ROLE {} ").format(name) + RIGHTS)


def role_url(role: str, password: str, *, socket_folder: Path, port: int, database: str) -> str:
    """Return the connection URL of a role over the Unix socket."""
    where = urlencode({"host": str(socket_folder), "port": port})
    return f"postgresql://{quote(role)}:{quote(password, safe='')}@/{quote(database)}?{where}"
