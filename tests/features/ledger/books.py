"""Journals for tests: short to write, with ids and references of their own."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from groschen.core.ledger.journal import Entry, Journal
from groschen.features.ledger.model import ManualJournal, NewJournal
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

Line = tuple[str, str] | tuple[str, str, "UUID"]


def journal(*lines: Line, currency: str = "EUR", kind: str = "test") -> Journal:
    """Make a journal of (account, amount) or (account, amount, party) lines."""
    entries = [Entry(line[0], Decimal(line[1]), *line[2:]) for line in lines]
    return Journal(kind, currency, tuple(entries))


def new(
    *lines: Line,
    reference: str | None = None,
    currency: str = "EUR",
    on: date | None = None,
    source: UUID | None = None,
) -> NewJournal:
    """Make a journal to be booked."""
    journal_id = new_id()
    return NewJournal(
        journal_id,
        journal(*lines, currency=currency),
        reference or f"test:{journal_id}",
        source or journal_id,
        on,
    )


def by_hand(
    *lines: Line,
    reference: str = "correction-1",
    currency: str = "EUR",
    on: date | None = None,
    reverses: UUID | None = None,
) -> ManualJournal:
    """Make a journal that a person sends."""
    return ManualJournal(journal(*lines, currency=currency), reference, on, reverses)
