"""What the books hold: journals, postings, balances, and what they refuse.

Sign everywhere: debit positive, credit negative. Amounts keep at most twelve decimals and are
never rounded here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final

from groschen.core.errors import GroschenError, Kind
from groschen.core.ledger.chart import (
    AR,
    EMERGENCY_CREDIT,
    PARTNER_CLAIM,
    PARTNER_PAYABLE,
    PREPAID,
    PREPAID_VAT,
    UNALLOCATED,
    UNBILLED,
)
from groschen.core.money import subtract

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal
    from uuid import UUID

    from groschen.core.ledger.journal import Journal
    from groschen.core.money import Money

MANUAL: Final = "manual"
MANUAL_PREFIX: Final = "manual:"
MANUAL_LIMIT: Final = 1000
KEPT_ACCOUNTS: Final = frozenset(
    {
        AR,
        EMERGENCY_CREDIT,
        PARTNER_CLAIM,
        PARTNER_PAYABLE,
        PREPAID,
        PREPAID_VAT,
        UNALLOCATED,
        UNBILLED,
    }
)
KEPT_PREFIX: Final = "SHARE_"


@dataclass(frozen=True, slots=True)
class NewJournal:
    """A journal to be booked once.

    ``reference`` names the cause (``sale:<order id>``); a second journal with the same one is
    left out. ``source_id`` is the object it belongs to. Without ``effective_on`` it takes the
    scope's business day. ``reverses`` is the journal it undoes, if any.
    """

    id: UUID
    journal: Journal
    reference: str
    source_id: UUID
    effective_on: date | None = None
    reverses: UUID | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of a booked journal; ``amount`` is positive on the debit side."""

    journal_id: UUID
    position: int
    account: str
    party_id: UUID | None
    tax_key: str | None
    amount: Money


@dataclass(frozen=True, slots=True)
class PostedJournal:
    """A journal as it stands in the books; it never changes, a correction is another one."""

    id: UUID
    kind: str
    reference: str
    source_id: UUID
    reverses: UUID | None
    effective_on: date
    recorded_at: datetime
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One posting on an account statement, with the journal it belongs to."""

    posting: Posting
    kind: str
    reference: str
    source_id: UUID
    effective_on: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class StatementPosition:
    """Where a page of an account statement ends; the order is newest first."""

    effective_on: date
    journal_id: UUID
    position: int


@dataclass(frozen=True, slots=True)
class Moment:
    """Which postings count: by the day they are effective, and by when we knew them.

    ``as_of`` takes what is effective up to and on that day, ``known_at`` what was recorded up
    to and at that real instant; without them everything counts.
    """

    as_of: date | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """What was posted to one account in one currency; both sides are zero or more.

    ``party_id`` is set when the balance is of one party of the account.
    """

    account: str
    currency: str
    party_id: UUID | None
    debit: Decimal
    credit: Decimal

    @property
    def balance(self) -> Decimal:
        """Debit less credit."""
        return subtract(self.debit, self.credit)


class Written(StrEnum):
    """What became of a journal that somebody sent."""

    WRITTEN = "written"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class ManualJournal:
    """A journal that a person books; ``reference`` is their own, without the prefix."""

    journal: Journal
    reference: str
    effective_on: date | None = None
    reverses: UUID | None = None


@dataclass(frozen=True, slots=True)
class ManualResult:
    """The journal with this reference: written now, or the one that was there before."""

    id: UUID
    reference: str
    result: Written


class LedgerAccountKept(GroschenError):
    """A sub-ledger keeps this account; nobody posts to it by hand."""

    code: ClassVar[str] = "ledger_account_kept"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class JournalReferenceRepeated(GroschenError):
    """One call names the same reference twice."""

    code: ClassVar[str] = "journal_reference_repeated"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class JournalEntryZero(GroschenError):
    """A posting of zero moves nothing."""

    code: ClassVar[str] = "journal_entry_zero"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class JournalNotFound(GroschenError):
    """There is no such journal."""

    code: ClassVar[str] = "journal_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class ReversedJournalUnknown(GroschenError):
    """The journal to be reversed does not exist."""

    code: ClassVar[str] = "reversed_journal_unknown"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class PostingPartyUnknown(GroschenError):
    """A posting names a party that does not exist."""

    code: ClassVar[str] = "posting_party_unknown"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class EffectiveDayClosed(GroschenError):
    """The books of that day are closed."""

    code: ClassVar[str] = "effective_day_closed"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class EffectiveDayAhead(GroschenError):
    """A journal by hand cannot be dated after the business day."""

    code: ClassVar[str] = "effective_day_ahead"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


def kept_by_sub_ledger(account: str) -> bool:
    """Whether open items, shares or settlements alone post to ``account``.

    The balance of such an account equals the sum of its sub-ledger; a journal by hand would
    break that.
    """
    return account in KEPT_ACCOUNTS or account.startswith(KEPT_PREFIX)
