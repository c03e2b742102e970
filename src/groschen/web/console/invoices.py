"""Invoices and credit notes: the list, and one with the explanation of each line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from groschen.core.money import Money
from groschen.web.console.subscription import UsageLine
from groschen.web.ui.parts import Choice, Field, Link, Pager
from groschen.web.ui.refusals import Refusal
from groschen.web.ui.texts import mark as _

LIST_TEMPLATE = "console/invoices.html"
TEMPLATE = "console/invoice.html"
CREDIT_TEMPLATE = "console/invoice_credit.html"

EFFECTS = {
    "concede": _("out of goodwill, for good"),
    "correct": _("because a line written by hand was wrong"),
}
DONE = {
    "credited": _("The credit note is issued."),
    "cancelled": _("The invoice is cancelled; what is still owed was issued anew."),
}


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """A document; ``owed`` is negative for a credit note, ``open`` what of it is not paid."""

    number: str
    href: str
    customer: Link
    state: str
    issued_on: date
    due_on: date
    first_day: date
    last_day: date
    owed: Money
    open: Money | None


@dataclass(frozen=True, slots=True)
class InvoicesView:
    """One page of documents, newest first. ``text`` is what was searched for."""

    rows: tuple[InvoiceRow, ...]
    pager: Pager
    text: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a line says what it says. Of a line that gives back ``reverses`` names the other.

    ``amount`` is what the use costs with all decimals, ``receivable`` of ``gross`` was not paid
    by credit, ``should`` is to be invoiced of it altogether, ``billed_before`` was already.
    """

    steps: tuple[UsageLine, ...] = ()
    quantity: Decimal | None = None
    amount: Money | None = None
    gross: Money | None = None
    receivable: Money | None = None
    should: Money | None = None
    rounded: Money | None = None
    billed_before: Money | None = None
    reverses: str | None = None
    events: str | None = None
    events_hash: str | None = None
    rule_hash: str | None = None


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of a document, with its proof; ``amount`` is in the document's basis."""

    position: int
    label: str
    effect: str
    quantity: Decimal
    unit: str
    first_day: date
    last_day: date
    rate: Decimal
    amount: Money
    proof: Proof


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One VAT group of a document."""

    rate: Decimal
    category: str
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """Everything the page shows; ``pdf_at`` is None for who may not read names.

    ``credit_at`` leads to the form that gives back, None when nothing can be.
    """

    row: InvoiceRow
    public_id: str
    is_credit_note: bool
    basis: str
    back: Link
    account: Link | None
    run: Link | None
    corrects: Link | None
    corrections: tuple[InvoiceRow, ...]
    lines: tuple[LineRow, ...]
    taxes: tuple[TaxRow, ...]
    net: Money
    tax: Money
    gross: Money
    content_hash: str
    issued_at: datetime
    pdf_at: str | None
    credit_at: str | None = None
    done: str | None = None

    @property
    def done_text(self) -> str | None:
        return DONE.get(self.done or "")


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A line of which something may be given back; its field is named by its position."""

    position: int
    label: str
    amount: Money
    field: Field


@dataclass(frozen=True, slots=True)
class CreditView:
    """The forms that give back a part, or cancel the invoice and issue it anew."""

    number: str
    back_href: str
    lines: tuple[CreditLine, ...]
    effects: tuple[Choice, ...]
    reason: Field
    credit_at: str
    cancel_at: str
    refusal: Refusal | None = None
