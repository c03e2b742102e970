"""The statements of delivery: one function, one statement, no decisions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import kwargs_row

from groschen.features.delivery.model import Attempt, ClaimedTask, Task, TaskFilter, TaskState
from groschen.kit.db import Scope
from groschen.kit.http.pages import Slice
from groschen.kit.rows import record_row


def _claimed(state_before: str, state: str, **columns: Any) -> ClaimedTask:
    return ClaimedTask(Task(state=TaskState(state), **columns), TaskState(state_before))


async def insert_tasks(scope: Scope, rows: str) -> None:
    """Write planned tasks (a JSON array of their columns), all waiting."""
    await scope.conn.execute(
        """
        INSERT INTO delivery_tasks (tenant_id, id, order_id, item_id, step, adapter, after,
                                    settings, attributes, state, created_at)
        SELECT %(tenant_id)s, r.id, r.order_id, r.item_id, r.step, r.adapter, r.after, r.settings,
               r.attributes, 'waiting', %(created_at)s
          FROM json_to_recordset(%(rows)s::json) AS r(
               id uuid, order_id uuid, item_id uuid, step text, adapter text, after text[],
               settings jsonb, attributes jsonb)
        """,
        {"tenant_id": scope.tenant_id, "rows": rows, "created_at": scope.now},
    )


async def start_orders(scope: Scope, order_ids: Sequence[UUID]) -> int:
    """Make the first tasks of orders ready: those that wait for no step; count them."""
    cursor = await scope.conn.execute(
        """
        UPDATE delivery_tasks
           SET state = 'ready', next_attempt_at = %(now)s
         WHERE tenant_id = %(tenant_id)s AND order_id = ANY(%(order_ids)s)
           AND state = 'waiting' AND after = '{}'
        """,
        {
            "tenant_id": scope.tenant_id,
            "order_ids": list(order_ids),
            "now": scope.real_now,
        },
    )
    return cursor.rowcount


async def lock_waiting(scope: Scope, item_ids: Sequence[UUID]) -> bool:
    """Hold the waiting tasks of items, so that two predecessors that end at once see each other."""
    cursor = await scope.conn.execute(
        """
        SELECT id
          FROM delivery_tasks
         WHERE tenant_id = %(tenant_id)s AND item_id = ANY(%(item_ids)s) AND state = 'waiting'
         ORDER BY id
           FOR UPDATE
        """,
        {"tenant_id": scope.tenant_id, "item_ids": list(item_ids)},
    )
    return cursor.rowcount > 0


async def start_followers(scope: Scope, item_ids: Sequence[UUID]) -> int:
    """Make the waiting tasks of items ready whose steps before are all closed; count them."""
    cursor = await scope.conn.execute(
        """
        UPDATE delivery_tasks t
           SET state = 'ready', next_attempt_at = %(now)s
         WHERE t.tenant_id = %(tenant_id)s AND t.item_id = ANY(%(item_ids)s)
           AND t.state = 'waiting' AND t.after <> '{}'
           AND NOT EXISTS (
               SELECT 1
                 FROM delivery_tasks b
                WHERE b.tenant_id = %(tenant_id)s AND b.item_id = t.item_id
                  AND b.step = ANY(t.after) AND b.state NOT IN ('done', 'skipped'))
        """,
        {"tenant_id": scope.tenant_id, "item_ids": list(item_ids), "now": scope.real_now},
    )
    return cursor.rowcount


async def cancel_orders(scope: Scope, order_ids: Sequence[UUID]) -> None:
    """Cancel the tasks of orders that no target has heard of."""
    await scope.conn.execute(
        """
        UPDATE delivery_tasks
           SET state = 'cancelled', next_attempt_at = NULL
         WHERE tenant_id = %(tenant_id)s AND order_id = ANY(%(order_ids)s)
           AND state IN ('waiting', 'ready')
        """,
        {"tenant_id": scope.tenant_id, "order_ids": list(order_ids)},
    )


async def due_adapters(scope: Scope) -> list[str]:
    """The adapters that have a task to do now."""
    cursor = await scope.conn.execute(
        """
        SELECT DISTINCT adapter
          FROM delivery_tasks
         WHERE tenant_id = %(tenant_id)s AND next_attempt_at <= %(now)s
         ORDER BY adapter
        """,
        {"tenant_id": scope.tenant_id, "now": scope.real_now},
    )
    return [adapter for (adapter,) in await cursor.fetchall()]


async def claim(scope: Scope, adapter: str, until: datetime, limit: int) -> list[ClaimedTask]:
    """Lease the due tasks of one adapter: nobody else takes them before ``until`` (real time)."""
    async with scope.conn.cursor(row_factory=kwargs_row(_claimed)) as cursor:
        await cursor.execute(
            """
            UPDATE delivery_tasks t
               SET state = 'running', attempts = attempts + 1, next_attempt_at = %(until)s,
                   started_at = coalesce(started_at, %(now)s)
             WHERE t.tenant_id = %(tenant_id)s
               AND t.id IN (SELECT d.id
                              FROM delivery_tasks d
                             WHERE d.tenant_id = %(tenant_id)s AND d.adapter = %(adapter)s
                               AND d.next_attempt_at <= %(now)s
                             ORDER BY d.next_attempt_at
                             LIMIT %(limit)s
                               FOR UPDATE SKIP LOCKED)
            RETURNING new.id, new.order_id, new.item_id, new.step, new.adapter, new.after,
                   new.settings, new.attributes, new.state, new.attempts, new.attempt_group,
                   new.retries, new.started_at, new.next_attempt_at, new.result, new.failure,
                   new.created_at, new.done_at, old.state AS state_before
            """,
            {
                "tenant_id": scope.tenant_id,
                "adapter": adapter,
                "now": scope.real_now,
                "until": until,
                "limit": limit,
            },
        )
        return await cursor.fetchall()


async def store_outcomes(scope: Scope, rows: str) -> set[UUID]:
    """Write what attempts came to, with their history; return the tasks that took it over.

    A task that moved on meanwhile (a callback was faster, the lease went to somebody else)
    stays as it is, and its attempt is not recorded a second time.
    """
    cursor = await scope.conn.execute(
        """
        WITH given AS MATERIALIZED (
            SELECT r.*
              FROM json_to_recordset(%(rows)s::json) AS r(
                   id uuid, attempts integer, state text, retries integer,
                   next_attempt_at timestamptz, result jsonb, failure jsonb, detail jsonb)
        ), moved AS (
            UPDATE delivery_tasks t
               SET state = g.state, retries = g.retries, next_attempt_at = g.next_attempt_at,
                   result = coalesce(g.result, t.result), failure = g.failure,
                   done_at = CASE WHEN g.state = 'done' THEN %(done_at)s::timestamptz END
              FROM given g
             WHERE t.tenant_id = %(tenant_id)s AND t.id = g.id AND t.state = 'running'
               AND t.attempts = g.attempts
            RETURNING t.id, t.attempts, t.state, g.detail
        )
        INSERT INTO delivery_attempts (tenant_id, task_id, attempt, outcome, detail, actor_id,
                                       recorded_at)
        SELECT %(tenant_id)s, m.id, m.attempts, m.state, m.detail, %(actor_id)s, %(recorded_at)s
          FROM moved m
        RETURNING task_id
        """,
        {
            "tenant_id": scope.tenant_id,
            "rows": rows,
            "done_at": scope.now,
            "actor_id": scope.actor.id,
            "recorded_at": scope.real_now,
        },
    )
    return {task_id for (task_id,) in await cursor.fetchall()}


async def lock_task(scope: Scope, task_id: UUID) -> Task | None:
    """Read one task and hold its row lock until the transaction ends."""
    async with scope.conn.cursor(row_factory=record_row(Task)) as cursor:
        await cursor.execute(
            """
            SELECT id, order_id, item_id, step, adapter, after, settings, attributes, state,
                   attempts, attempt_group, retries, started_at, next_attempt_at, result, failure,
                   created_at, done_at
              FROM delivery_tasks
             WHERE tenant_id = %(tenant_id)s AND id = %(task_id)s
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "task_id": task_id},
        )
        return await cursor.fetchone()


async def task(scope: Scope, task_id: UUID) -> Task | None:
    """One task."""
    async with scope.conn.cursor(row_factory=record_row(Task)) as cursor:
        await cursor.execute(
            """
            SELECT id, order_id, item_id, step, adapter, after, settings, attributes, state,
                   attempts, attempt_group, retries, started_at, next_attempt_at, result, failure,
                   created_at, done_at
              FROM delivery_tasks
             WHERE tenant_id = %(tenant_id)s AND id = %(task_id)s
            """,
            {"tenant_id": scope.tenant_id, "task_id": task_id},
        )
        return await cursor.fetchone()


async def tasks_of_orders(scope: Scope, order_ids: Sequence[UUID]) -> list[Task]:
    """All tasks of orders, in the order in which they were planned."""
    async with scope.conn.cursor(row_factory=record_row(Task)) as cursor:
        await cursor.execute(
            """
            SELECT id, order_id, item_id, step, adapter, after, settings, attributes, state,
                   attempts, attempt_group, retries, started_at, next_attempt_at, result, failure,
                   created_at, done_at
              FROM delivery_tasks
             WHERE tenant_id = %(tenant_id)s AND order_id = ANY(%(order_ids)s)
             ORDER BY id
            """,
            {"tenant_id": scope.tenant_id, "order_ids": list(order_ids)},
        )
        return await cursor.fetchall()


async def open_items(scope: Scope, order_ids: Sequence[UUID]) -> set[UUID]:
    """The items of orders that still have a task to be done."""
    cursor = await scope.conn.execute(
        """
        SELECT DISTINCT item_id
          FROM delivery_tasks
         WHERE tenant_id = %(tenant_id)s AND order_id = ANY(%(order_ids)s)
           AND state NOT IN ('done', 'skipped', 'cancelled')
        """,
        {"tenant_id": scope.tenant_id, "order_ids": list(order_ids)},
    )
    return {item_id for (item_id,) in await cursor.fetchall()}


async def tasks(scope: Scope, wanted: TaskFilter, asked: Slice) -> list[Task]:
    """One page of tasks, newest first, of one order or of all, in one state or in any."""
    async with scope.conn.cursor(row_factory=record_row(Task)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT *
                   FROM delivery_tasks
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND (%(order_id)s::uuid IS NULL OR order_id = %(order_id)s)
                    AND (%(state)s::text IS NULL OR state = %(state)s)
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT *
                   FROM delivery_tasks
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND (%(order_id)s::uuid IS NULL OR order_id = %(order_id)s)
                    AND (%(state)s::text IS NULL OR state = %(state)s)
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, order_id, item_id, step, adapter, after, settings, attributes, state,
                   attempts, attempt_group, retries, started_at, next_attempt_at, result, failure,
                   created_at, done_at
              FROM page
             ORDER BY id DESC
            """,
            {
                "tenant_id": scope.tenant_id,
                "order_id": wanted.order_id,
                "state": None if wanted.state is None else wanted.state.value,
                **asked.bounds,
            },
        )
        return await cursor.fetchall()


async def tasks_for_people(scope: Scope, asked: Slice) -> list[Task]:
    """One page of the tasks that wait for a person, newest first."""
    async with scope.conn.cursor(row_factory=record_row(Task)) as cursor:
        await cursor.execute(
            """
            WITH page AS (
                (SELECT *
                   FROM delivery_tasks
                  WHERE tenant_id = %(tenant_id)s AND NOT %(backwards)s AND id < %(below)s
                    AND (state = 'fallout'
                         OR (state = 'awaiting_callback' AND adapter = 'manual'))
                  ORDER BY id DESC
                  LIMIT %(fetch)s)
                UNION ALL
                (SELECT *
                   FROM delivery_tasks
                  WHERE tenant_id = %(tenant_id)s AND %(backwards)s AND id > %(above)s
                    AND (state = 'fallout'
                         OR (state = 'awaiting_callback' AND adapter = 'manual'))
                  ORDER BY id
                  LIMIT %(fetch)s)
            )
            SELECT id, order_id, item_id, step, adapter, after, settings, attributes, state,
                   attempts, attempt_group, retries, started_at, next_attempt_at, result, failure,
                   created_at, done_at
              FROM page
             ORDER BY id DESC
            """,
            {"tenant_id": scope.tenant_id, **asked.bounds},
        )
        return await cursor.fetchall()


async def count_for_people(scope: Scope) -> int:
    """How many tasks wait for a person."""
    cursor = await scope.conn.execute(
        """
        SELECT count(*)
          FROM delivery_tasks
         WHERE tenant_id = %(tenant_id)s
           AND (state = 'fallout' OR (state = 'awaiting_callback' AND adapter = 'manual'))
        """,
        {"tenant_id": scope.tenant_id},
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


async def attempts(scope: Scope, task_id: UUID) -> list[Attempt]:
    """The history of one task, oldest first."""
    async with scope.conn.cursor(row_factory=record_row(Attempt)) as cursor:
        await cursor.execute(
            """
            SELECT attempt, outcome, detail, actor_id, recorded_at
              FROM delivery_attempts
             WHERE tenant_id = %(tenant_id)s AND task_id = %(task_id)s
             ORDER BY attempt
            """,
            {"tenant_id": scope.tenant_id, "task_id": task_id},
        )
        return await cursor.fetchall()


async def act(scope: Scope, row: str) -> None:
    """Write what a person or a callback did with one task, with its history."""
    await scope.conn.execute(
        """
        WITH given AS MATERIALIZED (
            SELECT r.*
              FROM json_to_record(%(row)s::json) AS r(
                   id uuid, state text, attempt_group integer, retries integer,
                   started_at timestamptz, next_attempt_at timestamptz, result jsonb, failure jsonb,
                   outcome text, detail jsonb)
        ), moved AS (
            UPDATE delivery_tasks t
               SET state = g.state, attempts = t.attempts + 1, attempt_group = g.attempt_group,
                   retries = g.retries, started_at = g.started_at,
                   next_attempt_at = g.next_attempt_at, result = g.result, failure = g.failure,
                   done_at = CASE WHEN g.state = 'done' THEN %(done_at)s::timestamptz END
              FROM given g
             WHERE t.tenant_id = %(tenant_id)s AND t.id = g.id
            RETURNING t.id, t.attempts, g.outcome, g.detail
        )
        INSERT INTO delivery_attempts (tenant_id, task_id, attempt, outcome, detail, actor_id,
                                       recorded_at)
        SELECT %(tenant_id)s, m.id, m.attempts, m.outcome, m.detail, %(actor_id)s, %(recorded_at)s
          FROM moved m
        """,
        {
            "tenant_id": scope.tenant_id,
            "row": row,
            "done_at": scope.now,
            "actor_id": scope.actor.id,
            "recorded_at": scope.real_now,
        },
    )
