"""The books of the simulated bank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from psycopg.rows import class_row

from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file the bank took."""

    message_id: str
    reference: str
    content_hash: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class StoredTransfer:
    """A transfer with the bank's answer; ``booked_on`` may lie ahead."""

    end_to_end_id: str
    iban: str
    currency: str
    amount: Decimal
    answer: str
    reason: str | None
    booked_on: date | None


async def store_file(scope: Scope, file: StoredFile) -> StoredFile:
    """Store the file unless its message id is known; return what is stored under that id."""
    async with scope.conn.cursor(row_factory=class_row(StoredFile)) as cursor:
        await cursor.execute(
            """
            INSERT INTO sandbox_files AS f
                   (tenant_id, message_id, reference, content_hash, received_at)
            VALUES (%(tenant_id)s, %(message_id)s, %(reference)s, %(content_hash)s,
                    %(received_at)s)
                ON CONFLICT (tenant_id, message_id) DO UPDATE SET message_id = f.message_id
            RETURNING f.message_id, f.reference, f.content_hash, f.received_at
            """,
            {
                "tenant_id": scope.tenant_id,
                "message_id": file.message_id,
                "reference": file.reference,
                "content_hash": file.content_hash,
                "received_at": file.received_at,
            },
        )
        return (await cursor.fetchall())[0]


async def store_transfers(
    scope: Scope, file: StoredFile, transfers: Iterable[StoredTransfer]
) -> None:
    """Store the answers of a file; a transfer of the same file keeps its first answer.

    One whose end-to-end id came in another file is rejected as its duplicate (AM05).
    """
    await scope.conn.execute(
        """
        WITH given AS MATERIALIZED (
            SELECT r.*, EXISTS (SELECT 1 FROM sandbox_transfers t
                                 WHERE t.tenant_id = %(tenant_id)s
                                   AND t.end_to_end_id = r.end_to_end_id
                                   AND t.message_id <> %(message_id)s) AS is_used
              FROM json_to_recordset(%(rows)s::json) AS r(
                   end_to_end_id text, iban text, currency text, amount numeric, answer text,
                   reason text, booked_on date)
        )
        INSERT INTO sandbox_transfers
               (tenant_id, end_to_end_id, message_id, iban, currency, amount, answer, reason,
                booked_on, received_at)
        SELECT %(tenant_id)s, end_to_end_id, %(message_id)s, iban, currency, amount,
               CASE WHEN is_used THEN 'rejected' ELSE answer END,
               CASE WHEN is_used THEN 'AM05' ELSE reason END,
               CASE WHEN NOT is_used THEN booked_on END, %(at)s
          FROM given
         ORDER BY end_to_end_id
            ON CONFLICT (tenant_id, message_id, end_to_end_id) DO NOTHING
        """,
        {
            "tenant_id": scope.tenant_id,
            "message_id": file.message_id,
            "at": file.received_at,
            "rows": json_rows(transfers),
        },
    )


async def transfers_of(scope: Scope, message_id: str) -> list[StoredTransfer]:
    """Read the answers to the transfers of a file."""
    async with scope.conn.cursor(row_factory=class_row(StoredTransfer)) as cursor:
        await cursor.execute(
            """
            SELECT end_to_end_id, iban, currency, amount, answer, reason, booked_on
              FROM sandbox_transfers
             WHERE tenant_id = %(tenant_id)s AND message_id = %(message_id)s
             ORDER BY end_to_end_id
            """,
            {"tenant_id": scope.tenant_id, "message_id": message_id},
        )
        return await cursor.fetchall()
