"""The list of statements, and one statement with its way from the shares to the payout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from groschen.core.money import Money
from groschen.web.ui.parts import Field, Link, Pager, RuleWords, Step
from groschen.web.ui.refusals import Refusal
from groschen.web.ui.states import STATEMENT
from groschen.web.ui.texts import mark as _

LIST_TEMPLATE = "console/statements.html"
TEMPLATE = "console/statement.html"

AMOUNTS = {
    "opening": _("Brought forward from the last statement"),
    "shares": _("Shares"),
    "carried_in": _("Fractions of a cent brought forward"),
    "carried_out": _("Fractions of a cent, carried to the next statement"),
    "supply_tax": _("VAT on the partner’s supply"),
    "commission": _("Commission"),
    "commission_tax": _("VAT on the commission"),
    "returned_payouts": _("Payouts that the bank sent back"),
}


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement of a list. ``last_day`` is the last day in the period."""

    number: str
    href: str
    partner: str
    first_day: date
    last_day: date
    state: str
    total: Money
    payout: Money


@dataclass(frozen=True, slots=True)
class ClosingView:
    """Closing the books of a period, whereupon its statements are made.

    ``open_from`` is the first open day so far; ``left`` statements of it are still being made.
    """

    open_from: date | None
    left: int
    period_to: Field
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class StatementsView:
    """One page of statements, newest first. ``state`` narrows it, empty for all.

    ``closing`` is None for who may not close the books.
    """

    rows: tuple[StatementRow, ...]
    pager: Pager
    with_partner: bool = True
    state: str = ""
    states: tuple[str, ...] = tuple(STATEMENT)
    closing: ClosingView | None = None


@dataclass(frozen=True, slots=True)
class StatementAmount:
    """One line of the statement's sum; ``kind`` is a key of ``AMOUNTS``.

    ``amount`` is signed as it enters the sum; ``count`` says from how many lines it comes.
    """

    kind: str
    amount: Money
    count: int | None = None

    @property
    def text(self) -> str:
        return AMOUNTS.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A row of the line file: a share, or the commission on one, signed as it enters the sum.

    ``movement`` is what happened: released, reversed, disputed or reinstated. ``tax`` is the
    VAT on a commission, whose base is the share in the row before.
    """

    on: date
    order: Link
    kind: str
    movement: str
    rule: RuleWords
    base: Money | None
    amount: Money
    tax: Money | None


@dataclass(frozen=True, slots=True)
class LineFile:
    """The file with every line; ``sha256`` proves that it is the one the statement means."""

    href: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PayoutView:
    """The bank transfer of a statement; ``reason`` is the bank's when it was rejected."""

    state: str
    amount: Money
    end_to_end_id: str
    reason: str | None
    run: Link | None
    execute_on: date
    booked_on: date | None


@dataclass(frozen=True, slots=True)
class StatementView:
    """Everything the statement page shows.

    ``total`` is the sum of ``amounts`` in cents, ``payout_amount`` what is transferred (zero
    when ``total`` does not reach the minimum), ``closing`` what the next statement opens with.
    ``approve_at`` is the address of the approve form, None when the reader may not or need not.
    """

    number: str
    partner: Link
    seller: str
    state: str
    first_day: date
    last_day: date
    agreements: tuple[tuple[str, int, str], ...]
    issued_on: date
    iban_end: str | None
    amounts: tuple[StatementAmount, ...]
    total: Money
    payout_amount: Money
    closing: Money
    steps: tuple[Step, ...]
    payout: PayoutView | None
    line_file: LineFile
    lines: tuple[StatementLine, ...]
    pager: Pager
    back: Link
    approve_at: str | None = None
    refusal: Refusal | None = None
