"""What billables, documents and bill runs are, and the refusals of this feature."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from groschen.core.errors import GroschenError, Kind
from groschen.core.invoicing import DocumentType, Effect, VatCategory
from groschen.core.money import subtract
from groschen.core.sale import Basis
from groschen.features.payments.model import Refund

MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Seller:
    """Who issues the documents of a tenant, and on which terms.

    ``prefix`` and ``credit_prefix`` start the numbers of invoices and credit notes; the number
    itself counts on whatever the prefix. ``language`` is that of the PDF unless asked otherwise.
    """

    name: str
    street: str
    postal_code: str
    town: str
    country: str
    vat_id: str | None
    tax_number: str | None
    email: str | None
    phone: str | None
    register_entry: str | None
    bank: str | None
    iban: str | None
    bic: str | None
    payment_days: int
    prefix: str
    credit_prefix: str
    language: str

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Billable:
    """What one total, or one line written by hand, should cost a billed account.

    ``should`` (twelve decimals) and ``billed`` (currency digits) are in the ``basis``, with the
    sign of what the customer owes. ``should_net`` and ``billed_net`` are the same on UNBILLED:
    exact and net. ``facts`` are those of a manual line, else ``total_id`` is set. ``service_to``
    is the last day; ``tax_on`` the day whose VAT rate holds.
    """

    id: UUID
    account_id: UUID
    party_id: UUID
    owner_id: UUID
    component: str
    kind: str
    window_id: UUID
    segment: int
    group_key: str
    tax_class: str
    currency: str
    basis: Basis
    total_id: UUID | None
    facts: dict[str, Any] | None
    service_from: date
    service_to: date
    tax_on: date
    due_at: datetime
    should: Decimal
    should_net: Decimal
    billed: Decimal
    billed_net: Decimal
    entries: int
    is_due: bool


@dataclass(frozen=True, slots=True)
class ManualLine:
    """A line that somebody writes by hand: ``quantity`` x ``unit_price`` in ``basis``.

    A negative quantity gives back. ``service_to`` is the last day of the service.
    """

    label: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    currency: str
    basis: Basis
    tax_class: str
    revenue_account: str
    service_from: date
    service_to: date


class BillRunState(StrEnum):
    """A run is running until every account had its turn."""

    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class BillRun:
    """One pass over the accounts with something due at ``cutoff``, in the order of their ids.

    ``accounts`` were looked at so far, ``invoices`` made, ``failures`` left for later.
    """

    id: UUID
    cutoff: datetime
    account_id: UUID | None
    state: BillRunState
    accounts: int
    invoices: int
    failures: int
    after_account_id: UUID | None
    created_by: UUID | None
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class BillingFailure:
    """Why an account could not be billed in a run; settled by the run that bills it."""

    account_id: UUID
    run_id: UUID
    code: str
    field: str | None
    detail: str
    hint: str
    recorded_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invoice:
    """An issued invoice or credit note without its content; it never changes.

    ``net + tax = gross``, positive also on a credit note. ``corrects_id`` is the document that a
    credit note corrects as a whole or in part.
    """

    id: UUID
    number: str
    type: DocumentType
    account_id: UUID
    party_id: UUID
    run_id: UUID | None
    corrects_id: UUID | None
    currency: str
    basis: Basis
    period_from: date
    period_to: date
    issued_on: date
    due_on: date
    net: Decimal
    tax: Decimal
    gross: Decimal
    content_hash: str
    issued_at: datetime

    @property
    def owed(self) -> Decimal:
        """What the customer owes by it; negative for a credit note."""
        return subtract(Decimal(0), self.gross) if self.is_credit_note else self.gross

    @property
    def is_credit_note(self) -> bool:
        """Whether it gives back."""
        return self.type is DocumentType.CREDIT_NOTE

    @property
    def sign(self) -> int:
        """What turns a figure of the document into what the customer owes."""
        return -1 if self.is_credit_note else 1


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of a document. ``amount`` is in its basis; signs as the document shows them.

    ``unbilled`` is what the line took from UNBILLED, as the customer owes it. ``reverses`` is
    the position in the corrected document.
    """

    invoice_id: UUID
    position: int
    billable_id: UUID
    reverses: int | None
    effect: Effect
    label: str
    quantity: Decimal
    unit: str
    amount: Decimal
    net: Decimal
    unbilled: Decimal
    tax_key: str
    tax_category: VatCategory
    rate: Decimal
    service_from: date
    service_to: date
    proof: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RefundLine:
    """What a refund gives back of one line of an invoice: above zero, in its basis."""

    refund_id: UUID
    invoice_id: UUID
    position: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class InvoiceRefund:
    """A refund of an invoice and the lines it gives back."""

    refund: Refund
    lines: tuple[RefundLine, ...]


@dataclass(frozen=True, slots=True)
class InvoiceTax:
    """One VAT group of a document; amounts are positive on a credit note too."""

    tax_category: VatCategory
    rate: Decimal
    tax_key: str
    net: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """Which documents a list shows."""

    account_id: UUID | None = None
    run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CollectiveStatement:
    """Several documents of one account, collected with one payment of ``gross``."""

    id: UUID
    number: str
    account_id: UUID
    party_id: UUID
    currency: str
    gross: Decimal
    issued_on: date
    due_on: date
    issued_at: datetime


class SellerUnknown(GroschenError):
    """The tenant has not said who issues its documents."""

    code: ClassVar[str] = "seller_unknown"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class SellerTaxMissing(GroschenError):
    """An invoice needs the seller's VAT id or tax number."""

    code: ClassVar[str] = "seller_tax_missing"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class BuyerNameMissing(GroschenError):
    """The customer has no name that an invoice could bear."""

    code: ClassVar[str] = "buyer_name_missing"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class BuyerAddressMissing(GroschenError):
    """The customer has no postal address that an invoice could bear."""

    code: ClassVar[str] = "buyer_address_missing"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class LineInvalid(GroschenError):
    """A line written by hand has days or figures that cannot be."""

    code: ClassVar[str] = "line_invalid"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class CutoffAhead(GroschenError):
    """Nothing can be billed before its time has come."""

    code: ClassVar[str] = "cutoff_ahead"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class BillRunNotFound(GroschenError):
    """There is no such bill run."""

    code: ClassVar[str] = "bill_run_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class InvoiceNotFound(GroschenError):
    """There is no such invoice or credit note."""

    code: ClassVar[str] = "invoice_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class InvoiceLineNotFound(GroschenError):
    """The document has no line of this number."""

    code: ClassVar[str] = "invoice_line_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class InvoiceNotCorrectable(GroschenError):
    """The document is a credit note itself, or was cancelled."""

    code: ClassVar[str] = "invoice_not_correctable"
    kind: ClassVar[Kind] = Kind.CONFLICT


class CreditTooLarge(GroschenError):
    """More would be given back of a line than it said, less what was given back before."""

    code: ClassVar[str] = "credit_too_large"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class CorrectionNeedsFacts(GroschenError):
    """What a line of usage should cost follows from its events, not from a wish."""

    code: ClassVar[str] = "correction_needs_facts"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class InvoiceNotPaid(GroschenError):
    """Nothing that was paid of the document by a provider is there to be refunded."""

    code: ClassVar[str] = "invoice_not_paid"
    kind: ClassVar[Kind] = Kind.CONFLICT


class RefundNotExact(GroschenError):
    """No credit note comes to the wanted amount: VAT is rounded on the document."""

    code: ClassVar[str] = "refund_not_exact"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class NothingToPay(GroschenError):
    """The document is paid, or gives money back itself."""

    code: ClassVar[str] = "nothing_to_pay"
    kind: ClassVar[Kind] = Kind.CONFLICT


class StatementNotFound(GroschenError):
    """There is no such collective statement."""

    code: ClassVar[str] = "collective_statement_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class StatementMixed(GroschenError):
    """A collective statement holds unpaid documents of one account in one currency."""

    code: ClassVar[str] = "statement_mixed"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE
