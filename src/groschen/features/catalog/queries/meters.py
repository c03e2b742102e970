"""Meters, which never change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from groschen.core.meters import parse_meter
from groschen.features.catalog.model import PublishedMeter
from groschen.kit.http.references import id_or_external
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from groschen.kit.db import Scope
    from groschen.kit.http import Reference, Slice


async def insert_meter(scope: Scope, one: PublishedMeter) -> bool:
    """Store a meter; tell whether its external id was free."""
    row = {
        "id": one.id,
        "external_id": one.external_id,
        "name": one.name,
        "terms": one.meter.to_json(),
        "hash": one.hash,
        "created_at": one.created_at,
    }
    cursor = await scope.conn.execute(
        """
        INSERT INTO meters (tenant_id, id, external_id, name, terms, hash, created_at)
        SELECT %(tenant_id)s, r.id, r.external_id, r.name, r.terms, r.hash, r.created_at
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, external_id text, name text, terms jsonb, hash text,
               created_at timestamptz)
            ON CONFLICT (tenant_id, external_id) DO NOTHING
        """,
        {"tenant_id": scope.tenant_id, "rows": json_rows([row])},
    )
    return cursor.rowcount == 1


async def meter(scope: Scope, reference: Reference) -> PublishedMeter | None:
    """Read a meter by either id."""
    meter_id, external_id = id_or_external(reference)
    cursor = await scope.conn.execute(
        """
        SELECT id, external_id, name, terms, hash, created_at
          FROM meters
         WHERE tenant_id = %(tenant_id)s AND id = %(id)s
         UNION ALL
        SELECT id, external_id, name, terms, hash, created_at
          FROM meters
         WHERE tenant_id = %(tenant_id)s AND external_id = %(external_id)s
        """,
        {"tenant_id": scope.tenant_id, "id": meter_id, "external_id": external_id},
    )
    row = await cursor.fetchone()
    return None if row is None else _meter(row)


async def meters_of(scope: Scope, external_ids: Collection[str]) -> list[PublishedMeter]:
    """Read those of these meters that exist."""
    cursor = await scope.conn.execute(
        """
        SELECT id, external_id, name, terms, hash, created_at
          FROM meters
         WHERE tenant_id = %(tenant_id)s AND external_id = ANY(%(external_ids)s)
        """,
        {"tenant_id": scope.tenant_id, "external_ids": list(external_ids)},
    )
    return [_meter(row) for row in await cursor.fetchall()]


async def meters(scope: Scope, asked: Slice) -> list[PublishedMeter]:
    """Read a page of meters, newest first."""
    cursor = await scope.conn.execute(
        """
        WITH page AS (
            (SELECT id, external_id, name, terms, hash, created_at
               FROM meters
              WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
              ORDER BY id DESC LIMIT %(fetch)s)
            UNION ALL
            (SELECT id, external_id, name, terms, hash, created_at
               FROM meters
              WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
              ORDER BY id LIMIT %(fetch)s)
        )
        SELECT id, external_id, name, terms, hash, created_at FROM page ORDER BY id DESC
        """,
        {"tenant_id": scope.tenant_id, **asked.bounds},
    )
    return [_meter(row) for row in await cursor.fetchall()]


def _meter(row: tuple[Any, ...]) -> PublishedMeter:
    meter_id, external_id, name, terms, hash_, created_at = row
    return PublishedMeter(meter_id, external_id, name, parse_meter(terms), hash_, created_at)
