"""Journals: movements of money whose debits and credits are equal.

Everywhere a debit is a positive amount and a credit a negative one, so a journal sums to zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from groschen.core.errors import GroschenError, Kind, invariant
from groschen.core.ledger.chart import Chart
from groschen.core.money import ZERO, add, add_all, subtract


class JournalUnbalanced(GroschenError):
    """The debits of a journal are not its credits."""

    code = "journal_unbalanced"
    kind = Kind.UNPROCESSABLE


class EntryIncomplete(GroschenError):
    """A posting lacks the party or the tax key its account needs."""

    code = "entry_incomplete"
    kind = Kind.UNPROCESSABLE


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting: ``amount`` at twelve decimals, positive is debit, negative is credit."""

    account: str
    amount: Decimal
    party_id: UUID | None = None
    tax_key: str | None = None


@dataclass(frozen=True, slots=True)
class Journal:
    """Postings that belong together, in one currency; they sum to zero."""

    kind: str
    currency: str
    entries: tuple[Entry, ...]


def balanced(journal: Journal) -> bool:
    """Whether debits equal credits, exactly."""
    return not add_all(entry.amount for entry in journal.entries)


def check(journal: Journal, chart: Chart) -> None:
    """Refuse a journal that does not balance or whose entries do not fit ``chart``.

    Raises ``JournalUnbalanced``, ``AccountUnknown`` and ``EntryIncomplete``.
    """
    if not balanced(journal):
        difference = add_all(entry.amount for entry in journal.entries)
        raise JournalUnbalanced(
            f"the debits of {journal.kind} exceed its credits by {difference:f}",
            field="entries",
            hint="give entries that sum to zero; credits are negative",
        )
    for index, entry in enumerate(journal.entries):
        _check_entry(entry, chart, f"entries.{index}")


def _check_entry(entry: Entry, chart: Chart, path: str) -> None:
    account = chart.account(entry.account)
    if account.needs_party and entry.party_id is None:
        raise EntryIncomplete(
            f"a posting on {account.code} must name its party",
            field=f"{path}.party_id",
            hint="give the party whose balance it changes",
        )
    if account.needs_tax_key and entry.tax_key is None:
        raise EntryIncomplete(
            f"a posting on {account.code} must name its tax",
            field=f"{path}.tax_key",
            hint="give a tax key such as DE-19",
        )


def journal_of(kind: str, currency: str, entries: Iterable[Entry]) -> Journal:
    """A journal of ``entries``; those of zero are left out, and the rest must balance."""
    journal = Journal(kind, currency, tuple(entry for entry in entries if entry.amount))
    invariant(balanced(journal), f"the recipe {kind} does not balance")
    return journal


def merged(kind: str, journals: Iterable[Journal]) -> Journal:
    """One journal of several in the same currency, entry after entry."""
    together = tuple(journals)
    currencies = {journal.currency for journal in together}
    invariant(len(currencies) == 1, "journals of one currency can be merged, no others")
    entries = (entry for journal in together for entry in journal.entries)
    return journal_of(kind, currencies.pop(), entries)


def condensed(kind: str, currency: str, journals: Iterable[Journal]) -> Journal:
    """One journal that moves what all ``journals`` move, with one entry per account and owner.

    Entries of the same account, party and tax key are added up, in the order of their first;
    what comes to zero is left out.
    """
    sums: dict[tuple[str, UUID | None, str | None], Decimal] = {}
    for journal in journals:
        invariant(journal.currency == currency, "journals of one currency can be merged, no others")
        for entry in journal.entries:
            key = (entry.account, entry.party_id, entry.tax_key)
            sums[key] = add(sums.get(key, ZERO), entry.amount)
    entries = (
        Entry(account, amount, party_id, tax_key)
        for (account, party_id, tax_key), amount in sums.items()
    )
    return journal_of(kind, currency, entries)


def reversed_journal(kind: str, journal: Journal) -> Journal:
    """The mirror image that undoes ``journal`` completely."""
    return journal_of(kind, journal.currency, (mirrored(entry) for entry in journal.entries))


def mirrored(entry: Entry) -> Entry:
    """The same posting on the other side."""
    return Entry(entry.account, subtract(ZERO, entry.amount), entry.party_id, entry.tax_key)
