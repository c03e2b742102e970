"""Statements, payout runs and payouts: their states, records and errors."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from groschen.core.errors import GroschenError, Kind
from groschen.core.lifecycle import Lifecycle


class StatementState(StrEnum):
    """``carried`` has nothing to pay out: the next statement takes its amount over.

    ``returned``: the bank refused the transfer or sent it back; a later statement takes it over.
    """

    ISSUED = "issued"
    APPROVED = "approved"
    IN_PAYOUT = "in_payout"
    PAID = "paid"
    CARRIED = "carried"
    RETURNED = "returned"


class PayoutRunState(StrEnum):
    """``sent`` means that the bank has the file; ``finished`` that it answered every transfer."""

    DRAFT = "draft"
    APPROVED = "approved"
    SENT = "sent"
    FINISHED = "finished"


class PayoutState(StrEnum):
    """What the bank said to one transfer; ``returned``: a later statement took it over."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    BOOKED = "booked"
    RETURNED = "returned"


STATEMENT_LIFE = Lifecycle(
    "statement",
    {
        StatementState.ISSUED: frozenset({StatementState.APPROVED}),
        StatementState.APPROVED: frozenset({StatementState.IN_PAYOUT}),
        StatementState.IN_PAYOUT: frozenset({StatementState.PAID, StatementState.RETURNED}),
        StatementState.PAID: frozenset({StatementState.RETURNED}),
        StatementState.CARRIED: frozenset(),
        StatementState.RETURNED: frozenset(),
    },
)

PAYOUT_RUN_LIFE = Lifecycle(
    "payout run",
    {
        PayoutRunState.DRAFT: frozenset({PayoutRunState.APPROVED}),
        PayoutRunState.APPROVED: frozenset({PayoutRunState.SENT}),
        PayoutRunState.SENT: frozenset({PayoutRunState.FINISHED}),
        PayoutRunState.FINISHED: frozenset(),
    },
)

PAYOUT_LIFE = Lifecycle(
    "payout",
    {
        PayoutState.OPEN: frozenset(
            {PayoutState.ACCEPTED, PayoutState.REJECTED, PayoutState.BOOKED}
        ),
        PayoutState.ACCEPTED: frozenset({PayoutState.REJECTED, PayoutState.BOOKED}),
        PayoutState.REJECTED: frozenset({PayoutState.RETURNED}),
        PayoutState.BOOKED: frozenset({PayoutState.REJECTED}),
        PayoutState.RETURNED: frozenset(),
    },
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one partner is owed for ``[period_from, period_to)`` in one currency.

    Positive amounts are owed to the partner; ``commission`` and ``vat`` are positive when they
    are taken from him; ``supply_vat`` is the tax on what he supplies to a principal.
    ``share_exact``, ``carried_in`` and ``carried_out`` have twelve decimals, everything else the
    digits of the currency. ``opening`` is the closing of the statement before; ``payout`` is zero
    when the total does not reach the minimum payout.

        share   = share_exact + carried_in - carried_out
        net     = share + supply_vat - commission - vat + returned_payouts
        total   = opening + net = payout + closing
    """

    id: UUID
    number: str
    beneficiary_id: UUID
    sequence: int
    period_from: date
    period_to: date
    currency: str
    opening: Decimal
    carried_in: Decimal
    share_exact: Decimal
    share: Decimal
    carried_out: Decimal
    supply_vat: Decimal
    commission: Decimal
    vat: Decimal
    returned_payouts: Decimal
    net: Decimal
    total: Decimal
    payout: Decimal
    closing: Decimal
    line_count: int
    lines_hash: str
    terms_hashes: list[str]
    state: StatementState
    created_at: datetime
    approved_by: UUID | None
    approved_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """Which statements are wanted; None wants all."""

    beneficiary_id: UUID | None = None
    states: tuple[StatementState, ...] | None = None


@dataclass(frozen=True, slots=True)
class LastStatement:
    """How the chain of one partner and currency ended; its next statement starts here.

    ``returned_waiting`` is what the bank rejected and no statement has taken back yet.
    """

    beneficiary_id: UUID
    currency: str
    sequence: int
    period_to: date
    closing: Decimal
    carried_out: Decimal
    terms_hashes: list[str]
    returned_waiting: Decimal

    @property
    def has_balance(self) -> bool:
        """Whether there is something to state even when nothing happened since."""
        return bool(self.closing) or bool(self.returned_waiting)


@dataclass(frozen=True, slots=True)
class DueStatement:
    """A partner and currency that needs a statement beginning on ``period_from``."""

    beneficiary_id: UUID
    currency: str
    period_from: date


@dataclass(frozen=True, slots=True)
class CloseProgress:
    """How far the closing of the books up to ``period_to`` (exclusive) is."""

    period_to: date
    statements_made: int
    statements_left: int

    @property
    def done(self) -> bool:
        """Whether every partner with a claim has its statement."""
        return self.statements_left == 0


@dataclass(frozen=True, slots=True)
class PayoutTerms:
    """A payout run above ``second_person_above`` is approved by somebody else than its creator."""

    currency: str
    second_person_above: Decimal


@dataclass(frozen=True, slots=True)
class PayoutRun:
    """One payment file of one currency: ``count`` transfers that add up to ``total``.

    ``message_id`` names it to the bank, in every repetition. ``next_attempt_at`` (real time) is
    set while a job has something to do for it.
    """

    id: UUID
    message_id: str
    currency: str
    total: Decimal
    count: int
    state: PayoutRunState
    schema: str
    execute_on: date
    file_hash: str
    created_by: UUID
    approved_by: UUID | None
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class Payout:
    """One transfer of a run: pays ``statement_id``; ``reason`` is the bank's when it rejects."""

    id: UUID
    run_id: UUID
    statement_id: UUID
    statement_number: str
    beneficiary_id: UUID
    payout_account_id: UUID
    end_to_end_id: str
    currency: str
    amount: Decimal
    state: PayoutState
    reason: str | None
    booked_on: date | None
    returned_in: UUID | None


@dataclass(frozen=True, slots=True)
class PaidStatement:
    """A statement and the transfer that pays it; without a transfer its end-to-end id is None."""

    id: UUID
    number: str
    beneficiary_id: UUID
    currency: str
    payout: Decimal
    run_id: UUID | None
    end_to_end_id: str | None
    payout_state: PayoutState | None
    booked_on: date | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """The transfer that pays a statement, and the run it is part of."""

    run_id: UUID
    run_state: PayoutRunState
    execute_on: date
    run_created_at: datetime
    sent_at: datetime | None
    payout_account_id: UUID
    end_to_end_id: str
    amount: Decimal
    currency: str
    state: PayoutState
    reason: str | None
    booked_on: date | None


@dataclass(frozen=True, slots=True)
class StatedCents:
    """What the statements of a partner pay out in a currency: not booked yet, and booked."""

    beneficiary_id: UUID
    currency: str
    on_its_way: Decimal
    paid_out: Decimal


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many things of settlement wait for a person."""

    statements_to_approve: int
    runs_to_approve: int
    runs_to_send: int
    payouts_rejected: int
    partners_without_account: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An approved statement that cannot be paid out, and why (a stable code)."""

    statement_id: UUID
    statement_number: str
    beneficiary_id: UUID
    amount: Decimal
    code: str


class PeriodNotOver(GroschenError):
    """The tenant's clock has not reached the end of the period."""

    code = "period_not_over"
    kind = Kind.UNPROCESSABLE


class PeriodAlreadyClosed(GroschenError):
    """The books are closed beyond that day; a closed period cannot be closed shorter."""

    code = "period_already_closed"
    kind = Kind.CONFLICT


class PeriodStillClosing(GroschenError):
    """The statements of the period before are not all made."""

    code = "period_still_closing"
    kind = Kind.CONFLICT


class StatementNotFound(GroschenError):
    """No statement of this id that the caller may see."""

    code = "statement_not_found"
    kind = Kind.NOT_FOUND


class PartnerNotFound(GroschenError):
    """No partner of this id that the caller may see."""

    code = "partner_not_found"
    kind = Kind.NOT_FOUND


class PayoutRunNotFound(GroschenError):
    """No payout run of this id that the caller may see."""

    code = "payout_run_not_found"
    kind = Kind.NOT_FOUND


class FundsModelMissing(GroschenError):
    """Nobody has said yet whose money this is; until then nothing is paid out."""

    code = "funds_model_missing"
    kind = Kind.UNPROCESSABLE


class FundsModelPaysElsewhere(GroschenError):
    """The provider holds and divides the money; there is no bank transfer to make."""

    code = "funds_model_pays_elsewhere"
    kind = Kind.UNPROCESSABLE


class DebtorAccountMissing(GroschenError):
    """The tenant has named no bank account to pay from."""

    code = "debtor_account_missing"
    kind = Kind.UNPROCESSABLE


class NothingToPayOut(GroschenError):
    """No approved statement can be paid out at present."""

    code = "nothing_to_pay_out"
    kind = Kind.UNPROCESSABLE


class SecondPersonNeeded(GroschenError):
    """Above the limit, whoever made the payout run may not approve it."""

    code = "second_person_needed"
    kind = Kind.FORBIDDEN
