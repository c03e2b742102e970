"""Products, plans, their versions, and what of them is on sale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row, scalar_row

from groschen.features.catalog.model import Offer, Plan, PlanVersion, Product
from groschen.features.catalog.terms import parse_terms
from groschen.kit.http.references import id_or_external
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from groschen.kit.db import Scope
    from groschen.kit.http import Reference, Slice


async def insert_product(scope: Scope, product: Product) -> bool:
    """Store a product; tell whether its external id was free."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO products (tenant_id, id, external_id, name, tax_class, created_at)
        VALUES (%(tenant_id)s, %(id)s, %(external_id)s, %(name)s, %(tax_class)s, %(created_at)s)
            ON CONFLICT (tenant_id, external_id) DO NOTHING
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": product.id,
            "external_id": product.external_id,
            "name": product.name,
            "tax_class": product.tax_class,
            "created_at": product.created_at,
        },
    )
    return cursor.rowcount == 1


async def product(scope: Scope, reference: Reference) -> Product | None:
    """Read a product by either id."""
    product_id, external_id = id_or_external(reference)
    async with scope.conn.cursor(row_factory=class_row(Product)) as cursor:
        await cursor.execute(
            """
            SELECT id, external_id, name, tax_class, created_at
              FROM products
             WHERE tenant_id = %(tenant_id)s AND id = %(id)s
             UNION ALL
            SELECT id, external_id, name, tax_class, created_at
              FROM products
             WHERE tenant_id = %(tenant_id)s AND external_id = %(external_id)s
            """,
            {"tenant_id": scope.tenant_id, "id": product_id, "external_id": external_id},
        )
        return await cursor.fetchone()


async def products(scope: Scope, asked: Slice) -> list[Product]:
    """Read a page of products, newest first."""
    async with scope.conn.cursor(row_factory=class_row(Product)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id, external_id, name, tax_class, created_at
                   FROM products
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                  ORDER BY id DESC LIMIT %(fetch)s)
                UNION ALL
                (SELECT id, external_id, name, tax_class, created_at
                   FROM products
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                  ORDER BY id LIMIT %(fetch)s)
            )
            SELECT id, external_id, name, tax_class, created_at FROM page ORDER BY id DESC
            """,
            {"tenant_id": scope.tenant_id, **asked.bounds},
        )
        return await cursor.fetchall()


async def insert_plan(scope: Scope, plan: Plan) -> bool:
    """Store a plan; tell whether its external id was free."""
    cursor = await scope.conn.execute(
        """
        INSERT INTO plans (tenant_id, id, external_id, product_id, name, created_at)
        VALUES (%(tenant_id)s, %(id)s, %(external_id)s, %(product_id)s, %(name)s, %(created_at)s)
            ON CONFLICT (tenant_id, external_id) DO NOTHING
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": plan.id,
            "external_id": plan.external_id,
            "product_id": plan.product_id,
            "name": plan.name,
            "created_at": plan.created_at,
        },
    )
    return cursor.rowcount == 1


async def plan(scope: Scope, reference: Reference) -> Plan | None:
    """Read a plan by either id."""
    plan_id, external_id = id_or_external(reference)
    async with scope.conn.cursor(row_factory=class_row(Plan)) as cursor:
        await cursor.execute(
            """
            SELECT p.id, p.external_id, p.product_id, r.external_id AS product_external_id, p.name,
                   p.created_at
              FROM (
                    SELECT id, tenant_id, external_id, product_id, name, created_at
                      FROM plans
                     WHERE tenant_id = %(tenant_id)s AND id = %(id)s
                     UNION ALL
                    SELECT id, tenant_id, external_id, product_id, name, created_at
                      FROM plans
                     WHERE tenant_id = %(tenant_id)s AND external_id = %(external_id)s
                   ) p
              JOIN products r ON r.tenant_id = p.tenant_id AND r.id = p.product_id
            """,
            {"tenant_id": scope.tenant_id, "id": plan_id, "external_id": external_id},
        )
        return await cursor.fetchone()


async def plans(scope: Scope, asked: Slice) -> list[Plan]:
    """Read a page of plans, newest first."""
    async with scope.conn.cursor(row_factory=class_row(Plan)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT id, tenant_id, external_id, product_id, name, created_at
                   FROM plans
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                  ORDER BY id DESC LIMIT %(fetch)s)
                UNION ALL
                (SELECT id, tenant_id, external_id, product_id, name, created_at
                   FROM plans
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                  ORDER BY id LIMIT %(fetch)s)
            )
            SELECT p.id, p.external_id, p.product_id, r.external_id AS product_external_id, p.name,
                   p.created_at
              FROM page p
              JOIN products r ON r.tenant_id = p.tenant_id AND r.id = p.product_id
             ORDER BY p.id DESC
            """,
            {"tenant_id": scope.tenant_id, **asked.bounds},
        )
        return await cursor.fetchall()


async def insert_version(scope: Scope, version: PlanVersion) -> int | None:
    """Store the next version of a plan and return its number; None if its start is taken."""
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            INSERT INTO plan_versions (tenant_id, id, plan_id, version, valid_from, terms, hash,
                                       created_at)
            SELECT %(tenant_id)s, v.id, v.plan_id,
                   1 + coalesce((SELECT max(w.version)
                                   FROM plan_versions w
                                  WHERE w.tenant_id = %(tenant_id)s AND w.plan_id = v.plan_id), 0),
                   v.valid_from, v.terms, v.hash, v.created_at
              FROM json_to_recordset(%(rows)s::json) AS v(
                   id uuid, plan_id uuid, valid_from timestamptz, terms jsonb, hash text,
                   created_at timestamptz)
                ON CONFLICT (tenant_id, plan_id, valid_from) DO NOTHING
            RETURNING version
            """,
            {
                "tenant_id": scope.tenant_id,
                "rows": json_rows(
                    [
                        {
                            "id": version.id,
                            "plan_id": version.plan_id,
                            "valid_from": version.valid_from,
                            "terms": version.terms.to_json(),
                            "hash": version.hash,
                            "created_at": version.created_at,
                        }
                    ]
                ),
            },
        )
        return await cursor.fetchone()


def _version(row: tuple[Any, ...]) -> PlanVersion:
    version_id, plan_id, number, valid_from, terms, hash_, created_at = row
    parsed = parse_terms(terms)
    return PlanVersion(version_id, plan_id, number, valid_from, parsed, hash_, created_at)


def _offer(row: tuple[Any, ...]) -> Offer:
    version_id, plan_id, plan_key, plan_name, product_key, product_name, tax_class = row[:7]
    number, hash_, terms = row[7:]
    return Offer(
        plan_version_id=version_id,
        plan_id=plan_id,
        plan_external_id=plan_key,
        plan_name=plan_name,
        product_external_id=product_key,
        product_name=product_name,
        tax_class=tax_class,
        version=number,
        hash=hash_,
        terms=parse_terms(terms),
    )


async def versions(scope: Scope, plan_id: UUID) -> list[PlanVersion]:
    """Read all versions of a plan, the latest start first."""
    cursor = await scope.conn.execute(
        """
        SELECT id, plan_id, version, valid_from, terms, hash, created_at
          FROM plan_versions
         WHERE tenant_id = %(tenant_id)s AND plan_id = %(plan_id)s
         ORDER BY valid_from DESC
        """,
        {"tenant_id": scope.tenant_id, "plan_id": plan_id},
    )
    return [_version(row) for row in await cursor.fetchall()]


async def latest_used_start(scope: Scope, plan_id: UUID) -> datetime | None:
    """Return the latest start of those versions of a plan that an order or subscription has.

    They stand above the catalog, so it cannot ask their services.
    """
    async with scope.conn.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(
            """
            SELECT max(v.valid_from)
              FROM plan_versions v
             WHERE v.tenant_id = %(tenant_id)s AND v.plan_id = %(plan_id)s
               AND (EXISTS (SELECT 1
                              FROM order_items i
                             WHERE i.tenant_id = v.tenant_id AND i.plan_version_id = v.id)
                    OR EXISTS (SELECT 1
                                 FROM item_terms t
                                WHERE t.tenant_id = v.tenant_id AND t.plan_version_id = v.id))
            """,
            {"tenant_id": scope.tenant_id, "plan_id": plan_id},
        )
        return await cursor.fetchone()


async def versions_in_force(scope: Scope, plans: Collection[str], at: datetime) -> dict[str, UUID]:
    """Find the version in force at ``at`` of each plan that has one, by external id."""
    cursor = await scope.conn.execute(
        """
        SELECT p.external_id, v.id
          FROM plans p
          JOIN LATERAL (
                SELECT c.id
                  FROM plan_versions c
                 WHERE c.tenant_id = p.tenant_id AND c.plan_id = p.id
                   AND c.valid_from <= %(at)s
                 ORDER BY c.valid_from DESC
                 LIMIT 1
               ) v ON true
         WHERE p.tenant_id = %(tenant_id)s AND p.external_id = ANY(%(plans)s)
        """,
        {"tenant_id": scope.tenant_id, "plans": list(plans), "at": at},
    )
    return dict(await cursor.fetchall())


async def offers(scope: Scope, version_ids: Collection[UUID]) -> list[Offer]:
    """Read plan versions with their plan and product."""
    cursor = await scope.conn.execute(
        """
        SELECT v.id, p.id, p.external_id, p.name, r.external_id, r.name, r.tax_class, v.version,
               v.hash, v.terms
          FROM plan_versions v
          JOIN plans p ON p.tenant_id = v.tenant_id AND p.id = v.plan_id
          JOIN products r ON r.tenant_id = p.tenant_id AND r.id = p.product_id
         WHERE v.tenant_id = %(tenant_id)s AND v.id = ANY(%(version_ids)s)
        """,
        {"tenant_id": scope.tenant_id, "version_ids": list(version_ids)},
    )
    return [_offer(row) for row in await cursor.fetchall()]


async def products_under(scope: Scope, agreements: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of an agreement's external id and the name of a product that is sold under it."""
    cursor = await scope.conn.execute(
        """
        SELECT DISTINCT v.terms ->> 'agreement', p.name
          FROM plan_versions v
          JOIN plans l ON l.tenant_id = v.tenant_id AND l.id = v.plan_id
          JOIN products p ON p.tenant_id = l.tenant_id AND p.id = l.product_id
         WHERE v.tenant_id = %(tenant_id)s AND v.terms ->> 'agreement' = ANY(%(agreements)s)
         ORDER BY 1, 2
        """,
        {"tenant_id": scope.tenant_id, "agreements": list(agreements)},
    )
    return [(row[0], row[1]) for row in await cursor.fetchall()]
