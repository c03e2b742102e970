"""What the ledger's endpoints take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

from pydantic import Field

from groschen.core.ledger.journal import Entry, Journal
from groschen.core.money import add_all
from groschen.features.ledger.model import MANUAL, MANUAL_LIMIT, ManualJournal
from groschen.kit.http import (
    Amount,
    CurrencyCode,
    In,
    Instant,
    LocalDate,
    MoneyOut,
    Out,
    plain_decimal,
)
from groschen.kit.http.fields import DECIMAL_FORM
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.core.ledger.chart import Account
    from groschen.features.ledger.model import (
        AccountBalance,
        ManualResult,
        PostedJournal,
        Posting,
        StatementLine,
    )

JournalId = Annotated[UUID, PublicId("jnl"), Field(description="A journal.")]
PartyId = Annotated[UUID, PublicId("pty"), Field(description="A party.")]
AccountCode = Annotated[
    str,
    Field(
        pattern="^[A-Z][A-Z0-9_]{0,63}$",
        description="Code of a ledger account.",
        examples=["BANK"],
    ),
]
TaxKey = Annotated[
    str,
    Field(
        pattern=r"^[A-Z]{2}-[0-9]{1,2}(\.[0-9]{1,4})?$",
        description="Country and percentage of the tax.",
        examples=["DE-19"],
    ),
]
Reference = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._~@+:/-]{0,127}$",
        description="Your own name of what caused it; each is booked once.",
        examples=["bank-fee-2026-01"],
    ),
]
MOST_ENTRIES: Final = 200


class LedgerAccountOut(Out):
    """An account of the chart."""

    code: AccountCode
    kind: Annotated[
        str, Field(description="asset, liability, income or expense.", examples=["asset"])
    ]
    normal_side: Annotated[
        str, Field(description="The side on which it grows: debit or credit.", examples=["debit"])
    ]
    needs_party: Annotated[bool, Field(description="Whether each posting names a party.")]
    needs_tax_key: Annotated[bool, Field(description="Whether each posting names its tax.")]

    @classmethod
    def of(cls, account: Account) -> LedgerAccountOut:
        """Show an account."""
        return cls(
            code=account.code,
            kind=account.type,
            normal_side=account.normal_side,
            needs_party=account.needs_party,
            needs_tax_key=account.needs_tax_key,
        )


class LedgerAccountsOut(Out):
    """The chart of accounts."""

    data: Annotated[list[LedgerAccountOut], Field(description="Accounts, by code.")]


class BalanceOut(Out):
    """What was posted to one account in one currency."""

    account: AccountCode
    party_id: Annotated[PartyId | None, Field(description="Set when of one party.")]
    currency: CurrencyCode
    debit: Annotated[str, Field(description="Sum of debits.", examples=["12.9"])]
    credit: Annotated[str, Field(description="Sum of credits.", examples=["0"])]
    balance: Annotated[
        str,
        Field(description="Debit less credit.", examples=["12.9"], pattern=DECIMAL_FORM),
    ]

    @classmethod
    def of(cls, balance: AccountBalance) -> BalanceOut:
        """Show a balance, exactly."""
        return cls(
            account=balance.account,
            party_id=balance.party_id,
            currency=balance.currency,
            debit=plain_decimal(balance.debit),
            credit=plain_decimal(balance.credit),
            balance=plain_decimal(balance.balance),
        )


class CurrencyTotalOut(Out):
    """Both sides of all accounts of one currency."""

    currency: CurrencyCode
    debit: Annotated[str, Field(description="Sum of debits.", examples=["12.9"])]
    credit: Annotated[str, Field(description="Sum of credits.", examples=["12.9"])]
    difference: Annotated[
        str, Field(description="Debit less credit: zero over all accounts.", examples=["0"])
    ]


class TrialBalanceOut(Out):
    """Balances of accounts, and their sums."""

    as_of: Annotated[LocalDate | None, Field(description="Effective up to and on this day.")]
    known_at: Annotated[Instant | None, Field(description="Recorded up to this instant.")]
    data: Annotated[list[BalanceOut], Field(description="By account and currency.")]
    totals: Annotated[list[CurrencyTotalOut], Field(description="By currency.")]


def currency_totals(balances: list[AccountBalance]) -> list[CurrencyTotalOut]:
    """Sum both sides by currency."""
    return [_currency_total(currency, balances) for currency in sorted(_currencies(balances))]


def _currencies(balances: list[AccountBalance]) -> set[str]:
    return {balance.currency for balance in balances}


def _currency_total(currency: str, balances: list[AccountBalance]) -> CurrencyTotalOut:
    mine = [balance for balance in balances if balance.currency == currency]
    return CurrencyTotalOut(
        currency=currency,
        debit=plain_decimal(add_all(balance.debit for balance in mine)),
        credit=plain_decimal(add_all(balance.credit for balance in mine)),
        difference=plain_decimal(add_all(balance.balance for balance in mine)),
    )


class PostingOut(Out):
    """One line of a journal."""

    position: Annotated[int, Field(description="Its place in the journal.", examples=[1])]
    account: AccountCode
    party_id: Annotated[PartyId | None, Field(description="Whose balance it changes.")]
    tax_key: Annotated[TaxKey | None, Field(description="Which tax.")]
    amount: Annotated[MoneyOut, Field(description="Positive is debit, negative is credit.")]

    @classmethod
    def of(cls, posting: Posting) -> PostingOut:
        """Show a posting, exactly."""
        return cls(
            position=posting.position,
            account=posting.account,
            party_id=posting.party_id,
            tax_key=posting.tax_key,
            amount=MoneyOut.of(posting.amount),
        )


class JournalOut(Out):
    """A balanced movement of money; it never changes."""

    id: JournalId
    kind: Annotated[str, Field(description="What it is.", examples=["sale"])]
    reference: Annotated[str, Field(description="What caused it.", examples=["manual:fee-1"])]
    source_id: Annotated[
        UUID,
        Field(
            description="The object it belongs to, as a bare UUID.",
            examples=["019aac5c-7000-7000-8000-000000000001"],
        ),
    ]
    reverses: Annotated[JournalId | None, Field(description="The journal it undoes.")]
    effective_on: Annotated[LocalDate, Field(description="The business day it counts for.")]
    recorded_at: Annotated[Instant, Field(description="When it was written.")]
    postings: Annotated[list[PostingOut], Field(description="They sum to zero.")]

    @classmethod
    def of(cls, journal: PostedJournal) -> JournalOut:
        """Show a journal with its postings."""
        return cls(
            id=journal.id,
            kind=journal.kind,
            reference=journal.reference,
            source_id=journal.source_id,
            reverses=journal.reverses,
            effective_on=journal.effective_on,
            recorded_at=journal.recorded_at,
            postings=[PostingOut.of(posting) for posting in journal.postings],
        )


class StatementLineOut(Out):
    """One posting of an account, with its journal."""

    journal_id: JournalId
    kind: Annotated[str, Field(description="What the journal is.", examples=["sale"])]
    reference: Annotated[str, Field(description="What caused it.", examples=["manual:fee-1"])]
    effective_on: Annotated[LocalDate, Field(description="The business day it counts for.")]
    recorded_at: Annotated[Instant, Field(description="When it was written.")]
    posting: Annotated[PostingOut, Field(description="The posting.")]

    @classmethod
    def of(cls, line: StatementLine) -> StatementLineOut:
        """Show a line of an account statement."""
        return cls(
            journal_id=line.posting.journal_id,
            kind=line.kind,
            reference=line.reference,
            effective_on=line.effective_on,
            recorded_at=line.recorded_at,
            posting=PostingOut.of(line.posting),
        )


class EntryIn(In):
    """One line of a journal by hand."""

    account: AccountCode
    amount: Annotated[Amount, Field(description="Positive is debit, negative is credit.")]
    party_id: Annotated[PartyId | None, Field(description="Whose balance it changes.")] = None
    tax_key: Annotated[TaxKey | None, Field(description="Which tax.")] = None

    def entry(self) -> Entry:
        """Return what ``core`` checks."""
        return Entry(self.account, self.amount, self.party_id, self.tax_key)


class ManualJournalIn(In):
    """A balanced journal by hand, in one currency."""

    reference: Reference
    currency: CurrencyCode
    entries: Annotated[
        list[EntryIn],
        Field(min_length=2, max_length=MOST_ENTRIES, description="They sum to zero."),
    ]
    effective_on: Annotated[
        LocalDate | None, Field(description="The business day it counts for; today if left out.")
    ] = None
    reverses: Annotated[JournalId | None, Field(description="The journal it undoes.")] = None

    def manual(self) -> ManualJournal:
        """Return what the service books."""
        entries = tuple(entry.entry() for entry in self.entries)
        journal = Journal(MANUAL, self.currency, entries)
        return ManualJournal(journal, self.reference, self.effective_on, self.reverses)


class ManualJournalsIn(In):
    """Journals to be booked together: all or none."""

    journals: Annotated[
        list[ManualJournalIn],
        Field(min_length=1, max_length=MANUAL_LIMIT, description="1 to 1,000 journals."),
    ]


class ManualResultOut(Out):
    """What became of one journal."""

    id: JournalId
    reference: Annotated[
        str, Field(description="The reference, prefixed.", examples=["manual:bank-fee-2026-01"])
    ]
    result: Annotated[
        str,
        Field(
            description="`written`, or `duplicate`: the journal `id` has the reference already.",
            examples=["written"],
        ),
    ]

    @classmethod
    def of(cls, result: ManualResult) -> ManualResultOut:
        """Show a result."""
        return cls(id=result.id, reference=result.reference, result=result.result)


class ManualResultsOut(Out):
    """What became of the journals."""

    data: Annotated[list[ManualResultOut], Field(description="In the order they were given.")]
