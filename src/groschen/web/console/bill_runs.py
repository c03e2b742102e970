"""Bill runs: starting one, what an account would get, how far it is, and who was left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from groschen.core.money import Money
from groschen.web.console.invoices import InvoiceRow
from groschen.web.ui.parts import Field, Link, Pager
from groschen.web.ui.refusals import Refusal

LIST_TEMPLATE = "console/bill_runs.html"
TEMPLATE = "console/bill_run.html"
PREVIEW_TEMPLATE = "console/bill_preview.html"


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run; ``accounts`` were looked at so far."""

    name: str
    href: str
    state: str
    cutoff: datetime
    created_at: datetime
    accounts: int
    invoices: int
    failures: int


@dataclass(frozen=True, slots=True)
class FailureRow:
    """An account that could not be billed, and why; ``detail`` and ``hint`` are in English."""

    account: Link
    code: str
    detail: str
    hint: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BillRunsView:
    """The list, newest first, with what failed in any of them, and the forms."""

    rows: tuple[RunRow, ...]
    pager: Pager
    failures: tuple[FailureRow, ...]
    account: Field
    may_start: bool
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class BillRunView:
    """One run with its documents and failures."""

    row: RunRow
    public_id: str
    account: Link | None
    created_by: str | None
    done_at: datetime | None
    invoices: tuple[InvoiceRow, ...]
    pager: Pager
    failures: tuple[FailureRow, ...]


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One line that a document would have."""

    label: str
    first_day: date
    last_day: date
    quantity: Decimal
    amount: Money


@dataclass(frozen=True, slots=True)
class DraftView:
    """A document that an account would get; ``owed`` is negative for a credit note."""

    is_credit_note: bool
    lines: tuple[DraftRow, ...]
    net: Money
    tax: Money
    owed: Money


@dataclass(frozen=True, slots=True)
class PreviewView:
    """The documents of one account; ``problem`` is what would keep it from getting them."""

    account: Link
    customer: str
    drafts: tuple[DraftView, ...]
    problem: Refusal | None
