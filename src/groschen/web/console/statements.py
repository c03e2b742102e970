"""The list of statements, and one statement with its way from the shares to the payout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from groschen.core.money import Money
from groschen.web.ui.parts import Link, Pager, RuleWords, Step
from groschen.web.ui.states import STATEMENT
from groschen.web.ui.texts import mark as _

LIST_TEMPLATE = "console/statements.html"
TEMPLATE = "console/statement.html"

AMOUNTS = {
    "opening": _("Brought forward from the last statement"),
    "carried_in": _("Fractions of a cent brought forward"),
    "shares": _("Shares"),
    "reversals": _("Shares taken back"),
    "commission": _("Commission"),
    "commission_returned": _("Commission given back"),
    "commission_tax": _("VAT on the commission"),
    "commission_tax_returned": _("VAT on the commission given back"),
    "fees": _("Fees"),
    "adjustments": _("Adjustments"),
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
    payable_on: date | None


@dataclass(frozen=True, slots=True)
class StatementsView:
    """One page of statements, newest first. ``state`` narrows it, empty for all."""

    rows: tuple[StatementRow, ...]
    pager: Pager
    with_partner: bool = True
    state: str = ""
    states: tuple[str, ...] = tuple(STATEMENT)


@dataclass(frozen=True, slots=True)
class StatementAmount:
    """One line of the statement's sum; ``kind`` is a key of ``AMOUNTS``.

    ``amount`` is signed as it enters the sum; ``count`` of lines and ``rate`` where they apply.
    """

    kind: str
    amount: Money
    count: int | None = None
    rate: Decimal | None = None

    @property
    def text(self) -> str:
        return AMOUNTS.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A share on the statement; a reversal is negative and names what it takes back."""

    at: datetime
    order: Link
    product: str
    rule: RuleWords
    base: Money
    share: Money
    is_reversal: bool


@dataclass(frozen=True, slots=True)
class LineFile:
    """The file with every line; ``sha256`` proves that it is the one the statement means."""

    href: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PayoutView:
    """The bank transfer of a statement; ``file`` is the payment file it was sent in."""

    state: str
    amount: Money
    end_to_end_id: str
    file: Link | None
    booked_on: date | None


@dataclass(frozen=True, slots=True)
class StatementView:
    """Everything the statement page shows.

    ``total`` is the sum of ``amounts`` in cents, ``payout`` what is transferred (zero when
    ``total`` is not above the minimum), ``closing`` what the next statement opens with and
    ``carried_out`` the fraction of a cent it takes over. ``approve_at`` is the address of the
    approve form, None when the reader may not or need not approve.
    """

    number: str
    partner: Link
    seller: str
    state: str
    first_day: date
    last_day: date
    agreement: str
    agreement_hash: str
    issued_on: date | None
    payable_on: date | None
    iban_end: str | None
    amounts: tuple[StatementAmount, ...]
    total: Money
    payout_amount: Money
    closing: Money
    carried_out: Money
    steps: tuple[Step, ...]
    payout: PayoutView | None
    line_file: LineFile
    lines: tuple[StatementLine, ...]
    pager: Pager
    back: Link
    approve_at: str | None = None
