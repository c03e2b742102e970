"""The statements of callbacks and disputes: one function, one statement, no decisions."""

from uuid import UUID

from groschen.features.payments.model import Dispute
from groschen.kit.db import Scope
from groschen.kit.rows import record_row


async def note_provider_event(
    scope: Scope, provider: str, event_id: str, kind: str, body_hash: str
) -> bool:
    """Remember a provider's event; answers whether it is new.

    Waits for another transaction that notes the same event. What that one wrote, only a later
    statement sees: ask ``noted_body_hash``.
    """
    cursor = await scope.conn.execute(
        """
        INSERT INTO provider_events (tenant_id, provider, event_id, kind, body_hash, received_at)
        VALUES (%(tenant_id)s, %(provider)s, %(event_id)s, %(kind)s, %(body_hash)s, %(real_now)s)
            ON CONFLICT (tenant_id, provider, event_id) DO NOTHING
        RETURNING event_id
        """,
        {
            "tenant_id": scope.tenant_id,
            "provider": provider,
            "event_id": event_id,
            "kind": kind,
            "body_hash": body_hash,
            "real_now": scope.real_now,
        },
    )
    return await cursor.fetchone() is not None


async def noted_body_hash(scope: Scope, provider: str, event_id: str) -> str | None:
    """The body hash under which a provider's event was noted."""
    cursor = await scope.conn.execute(
        """
        SELECT body_hash
          FROM provider_events
         WHERE tenant_id = %(tenant_id)s AND provider = %(provider)s AND event_id = %(event_id)s
        """,
        {"tenant_id": scope.tenant_id, "provider": provider, "event_id": event_id},
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def insert_dispute(scope: Scope, dispute: Dispute) -> None:
    """Write an open dispute."""
    await scope.conn.execute(
        """
        INSERT INTO disputes (tenant_id, id, payment_id, provider_reference, currency, amount, fee,
                              state, opened_on, opened_at)
        VALUES (%(tenant_id)s, %(id)s, %(payment_id)s, %(provider_reference)s, %(currency)s,
                %(amount)s, %(fee)s, %(state)s, %(opened_on)s, %(opened_at)s)
        """,
        {
            "tenant_id": scope.tenant_id,
            "id": dispute.id,
            "payment_id": dispute.payment_id,
            "provider_reference": dispute.provider_reference,
            "currency": dispute.currency,
            "amount": dispute.amount,
            "fee": dispute.fee,
            "state": dispute.state,
            "opened_on": dispute.opened_on,
            "opened_at": dispute.opened_at,
        },
    )


async def lock_open_dispute(scope: Scope, payment_id: UUID) -> Dispute | None:
    """Read the open dispute about a payment and hold its row lock."""
    async with scope.conn.cursor(row_factory=record_row(Dispute)) as cursor:
        await cursor.execute(
            """
            SELECT id, payment_id, provider_reference, currency, amount, fee, state, opened_on,
                   closed_on, opened_at, closed_at
              FROM disputes
             WHERE tenant_id = %(tenant_id)s AND payment_id = %(payment_id)s AND state = 'open'
               FOR UPDATE
            """,
            {"tenant_id": scope.tenant_id, "payment_id": payment_id},
        )
        return await cursor.fetchone()


async def close_dispute(scope: Scope, dispute_id: UUID, state: str) -> None:
    """Write how a dispute ended."""
    await scope.conn.execute(
        """
        UPDATE disputes
           SET state = %(state)s, closed_on = %(today)s, closed_at = %(now)s
         WHERE tenant_id = %(tenant_id)s AND id = %(dispute_id)s
        """,
        {
            "tenant_id": scope.tenant_id,
            "dispute_id": dispute_id,
            "state": state,
            "today": scope.today,
            "now": scope.now,
        },
    )


async def disputes_of_source(scope: Scope, source_id: UUID) -> list[Dispute]:
    """The disputes about the payments of one order, oldest first."""
    async with scope.conn.cursor(row_factory=record_row(Dispute)) as cursor:
        await cursor.execute(
            """
            SELECT d.id, d.payment_id, d.provider_reference, d.currency, d.amount, d.fee, d.state,
                   d.opened_on, d.closed_on, d.opened_at, d.closed_at
              FROM disputes d
              JOIN payments p ON p.tenant_id = d.tenant_id AND p.id = d.payment_id
             WHERE d.tenant_id = %(tenant_id)s AND p.source_id = %(source_id)s
               AND p.tenant_id = %(tenant_id)s
             ORDER BY d.id
            """,
            {"tenant_id": scope.tenant_id, "source_id": source_id},
        )
        return await cursor.fetchall()
