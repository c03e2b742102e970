"""What settlement tells whoever listens."""

from uuid import UUID

from groschen.features.settlements.model import Statement
from groschen.kit.ids import encode_id
from groschen.kit.outbox import Event


def statement_news(event_type: str, statement: Statement) -> Event:
    """An event about one statement: its number, whose it is, what it pays out."""
    return Event(
        event_type,
        statement.id,
        {
            "statement": encode_id("stm", statement.id),
            "number": statement.number,
            "party": encode_id("pty", statement.beneficiary_id),
            "payout": statement.payout,
            "currency": statement.currency,
        },
    )


def run_news(event_type: str, run_id: UUID) -> Event:
    """An event about one payout run."""
    return Event(event_type, run_id, {"payout_run": encode_id("run", run_id)})
