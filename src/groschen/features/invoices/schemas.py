"""What the endpoints of invoices take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from groschen.core.money import amount_text
from groschen.core.sale import Basis
from groschen.core.tax import TaxCategory
from groschen.features.invoices.model import ManualLine, Seller
from groschen.kit.http import (
    Amount,
    Country,
    CurrencyCode,
    Email,
    In,
    Instant,
    Lax,
    LocalDate,
    MoneyOut,
    Out,
    PositiveAmount,
    Rate,
    Reference,
    ReferenceTo,
    Text,
    UnsignedAmount,
    plain_decimal,
)
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.core.errors import GroschenError
    from groschen.features.invoices.model import (
        Billable,
        BillingFailure,
        BillRun,
        Invoice,
        InvoiceLine,
        InvoiceTax,
    )
    from groschen.features.invoices.service.drafting import Draft
    from groschen.features.invoices.service.reading import InvoiceDetail

InvoiceId = Annotated[UUID, PublicId("inv"), Field(description="An invoice or credit note.")]
BillableId = Annotated[UUID, PublicId("bil"), Field(description="What is to be billed.")]
BillRunId = Annotated[UUID, PublicId("brn"), Field(description="A bill run.")]
AccountId = Annotated[UUID, PublicId("acc"), Field(description="A customer's billing account.")]
PartyId = Annotated[UUID, PublicId("pty"), Field(description="The customer.")]
AccountRef = Annotated[
    Reference,
    ReferenceTo("acc"),
    Field(description="A billing account, by id or as ext:<external id>."),
]
Number = Annotated[str, Field(description="The document's number.", examples=["INV-000001"])]
Hash = Annotated[
    str, Field(description="SHA-256 in hex.", examples=["9f86d081884c7d659a2feaa0c55ad015" * 2])
]
BasisField = Annotated[
    Literal["net", "gross"],
    Field(description="Whether the amounts contain the VAT.", examples=["net"]),
]
TypeField = Annotated[
    Literal["380", "381"],
    Field(description="UNTDID 1001: 380 invoice, 381 credit note.", examples=["380"]),
]
EffectField = Annotated[
    str,
    Field(
        description="charge, correct, cancel_reissue, or concede: given back for good.",
        examples=["charge"],
    ),
]
TaxKey = Annotated[str, Field(description="Country and rate.", examples=["DE-19"])]
VatCode = Annotated[str, Field(description="UNCL 5305 code of the VAT.", examples=["S"])]
Position = Annotated[int, Field(description="Place in the document, from 1.", examples=[1])]
Unit = Annotated[
    str, Field(max_length=16, description="Unit of the quantity, may be empty.", examples=["kWh"])
]
Prefix = Annotated[
    str, Field(pattern=r"^[A-Z0-9][A-Z0-9/-]{0,11}$", description="Starts the numbers.")
]


class SellerIn(In):
    """Who issues the invoices, and on which terms."""

    name: Annotated[Text, Field(description="Name or firm.", examples=["Stadtwerke Hafen GmbH"])]
    street: Annotated[Text, Field(description="Street and number.", examples=["Hafenstrasse 7"])]
    postal_code: Annotated[
        str, Field(description="Postal code.", examples=["20457"], min_length=1, max_length=16)
    ]
    town: Annotated[Text, Field(description="Town.", examples=["Hamburg"])]
    country: Country
    vat_id: Annotated[
        str | None,
        Field(
            description="VAT id.", examples=["DE123456789"], pattern="^[A-Z]{2}[0-9A-Z+*]{2,14}$"
        ),
    ] = None
    tax_number: Annotated[
        str | None, Field(description="Tax number.", examples=["22/815/08154"], max_length=32)
    ] = None
    email: Annotated[Email | None, Field(description="E-mail address for questions.")] = None
    phone: Annotated[
        str | None,
        Field(description="Telephone.", examples=["+49 40 123456"], pattern=r"^[0-9+() /-]{3,32}$"),
    ] = None
    register_entry: Annotated[
        Text | None, Field(description="Register entry.", examples=["HRB 12345 Hamburg"])
    ] = None
    bank: Annotated[Text | None, Field(description="Bank.", examples=["Hafenbank"])] = None
    iban: Annotated[
        str | None,
        Field(
            description="Where customers pay.", examples=["DE02120300000000202051"], max_length=42
        ),
    ] = None
    bic: Annotated[
        str | None, Field(description="BIC of the bank.", examples=["BYLADEM1001"], max_length=11)
    ] = None
    payment_days: Annotated[
        int, Field(ge=0, le=365, description="Days until an invoice is due.", examples=[14])
    ] = 14
    prefix: Annotated[Prefix, Field(description="Starts invoice numbers.", examples=["INV-"])] = (
        "INV-"
    )
    credit_prefix: Annotated[
        Prefix, Field(description="Starts credit note numbers.", examples=["CRN-"])
    ] = "CRN-"
    language: Annotated[
        Literal["de", "en"], Field(description="Language of the PDF.", examples=["de"])
    ] = "de"

    def seller(self) -> Seller:
        """Return what the service stores."""
        return Seller(**self.model_dump())


class SellerOut(Out):
    """Who issues the invoices, and on which terms."""

    name: Annotated[str, Field(description="Name or firm.", examples=["Stadtwerke Hafen GmbH"])]
    street: Annotated[str, Field(description="Street and number.", examples=["Hafenstrasse 7"])]
    postal_code: Annotated[str, Field(description="Postal code.", examples=["20457"])]
    town: Annotated[str, Field(description="Town.", examples=["Hamburg"])]
    country: Country
    vat_id: Annotated[str | None, Field(description="VAT id.", examples=["DE123456789"])]
    tax_number: Annotated[str | None, Field(description="Tax number.", examples=["22/815/08154"])]
    email: Annotated[str | None, Field(description="E-mail.", examples=["hilfe@example.org"])]
    phone: Annotated[str | None, Field(description="Telephone.", examples=["+49 40 123456"])]
    register_entry: Annotated[
        str | None, Field(description="Register entry.", examples=["HRB 12345 Hamburg"])
    ]
    bank: Annotated[str | None, Field(description="Bank.", examples=["Hafenbank"])]
    iban: Annotated[
        str | None, Field(description="Where customers pay.", examples=["DE02120300000000202051"])
    ]
    bic: Annotated[str | None, Field(description="BIC.", examples=["BYLADEM1001"])]
    payment_days: Annotated[int, Field(description="Days until due.", examples=[14])]
    prefix: Annotated[str, Field(description="Starts invoice numbers.", examples=["INV-"])]
    credit_prefix: Annotated[
        str, Field(description="Starts credit note numbers.", examples=["CRN-"])
    ]
    language: Annotated[str, Field(description="Language of the PDF.", examples=["de"])]

    @classmethod
    def of(cls, seller: Seller) -> SellerOut:
        """Show the seller."""
        return cls(**seller.to_json())


class BillableIn(In):
    """Something to charge by hand."""

    account: AccountRef
    label: Annotated[Text, Field(description="What it is for.", examples=["Set-up on site"])]
    unit: Unit = ""
    quantity: Annotated[Amount, Field(description="How many; below zero gives back.")]
    unit_price: Annotated[UnsignedAmount, Field(description="Price of one, in the basis.")]
    currency: CurrencyCode
    basis: BasisField
    tax_class: Annotated[TaxCategory, Lax, Field(description="Which VAT rate applies.")]
    revenue_account: Annotated[
        str,
        Field(
            pattern="^[A-Z][A-Z0-9_]{0,62}$",
            description="Ledger account of the revenue.",
            examples=["REV_FEES"],
        ),
    ] = "REV_FEES"
    service_from: Annotated[LocalDate, Field(description="First day of the service.")]
    service_to: Annotated[LocalDate, Field(description="Last day of the service.")]

    def line(self) -> ManualLine:
        """Return what the service asks for."""
        return ManualLine(
            label=self.label,
            unit=self.unit,
            quantity=self.quantity,
            unit_price=self.unit_price,
            currency=self.currency,
            basis=Basis(self.basis),
            tax_class=self.tax_class,
            revenue_account=self.revenue_account,
            service_from=self.service_from,
            service_to=self.service_to,
        )


class BillableOut(Out):
    """What one total or one line by hand should cost, and what was billed of it."""

    id: BillableId
    account_id: AccountId
    component: Annotated[str, Field(description="Component of the plan.", examples=["energy"])]
    kind: Annotated[str, Field(description="Kind of the component.", examples=["usage"])]
    group: Annotated[str, Field(description="Values it is grouped by.", examples=[""])]
    basis: BasisField
    should: Annotated[MoneyOut, Field(description="What it should cost, exactly.")]
    billed: Annotated[MoneyOut, Field(description="What was billed of it.")]
    service_from: LocalDate
    service_to: LocalDate
    due_at: Annotated[Instant, Field(description="From when on a bill run takes it.")]
    is_due: Annotated[bool, Field(description="Whether something is left to bill.")]

    @classmethod
    def of(cls, billable: Billable) -> BillableOut:
        """Show a billable."""
        return cls(
            id=billable.id,
            account_id=billable.account_id,
            component=billable.component,
            kind=billable.kind,
            group=billable.group_key,
            basis=billable.basis.value,
            should=MoneyOut.exact(billable.should, billable.currency),
            billed=MoneyOut.exact(billable.billed, billable.currency),
            service_from=billable.service_from,
            service_to=billable.service_to,
            due_at=billable.due_at,
            is_due=billable.is_due,
        )


class BillRunIn(In):
    """What to bill."""

    cutoff: Annotated[
        Instant | None, Field(description="Bill what is due by then; now if left out.")
    ] = None
    account: Annotated[AccountRef | None, Field(description="Only this account.")] = None


class BillRunOut(Out):
    """A pass over the accounts with something due."""

    id: BillRunId
    cutoff: Instant
    account_id: Annotated[AccountId | None, Field(description="The only account, if one.")]
    state: Annotated[
        Literal["running", "done"], Field(description="Where it stands.", examples=["done"])
    ]
    accounts: Annotated[int, Field(description="Accounts looked at so far.", examples=[120])]
    invoices: Annotated[int, Field(description="Documents made so far.", examples=[118])]
    failures: Annotated[int, Field(description="Accounts left for later.", examples=[2])]
    created_at: Instant
    done_at: Instant | None

    @classmethod
    def of(cls, run: BillRun) -> BillRunOut:
        """Show a run."""
        return cls(
            id=run.id,
            cutoff=run.cutoff,
            account_id=run.account_id,
            state=run.state.value,
            accounts=run.accounts,
            invoices=run.invoices,
            failures=run.failures,
            created_at=run.created_at,
            done_at=run.done_at,
        )


class FailureOut(Out):
    """Why an account could not be billed; repaired, the next run bills it."""

    account_id: AccountId
    bill_run_id: BillRunId
    code: Annotated[str, Field(description="What is wrong.", examples=["buyer_address_missing"])]
    field: Annotated[str | None, Field(description="Where.", examples=["details.address"])]
    detail: Annotated[str, Field(description="In words.", examples=["there is no address"])]
    hint: Annotated[str, Field(description="What to do.", examples=["give the address"])]
    recorded_at: Instant

    @classmethod
    def of(cls, failure: BillingFailure) -> FailureOut:
        """Show a failure."""
        return cls(
            account_id=failure.account_id,
            bill_run_id=failure.run_id,
            code=failure.code,
            field=failure.field,
            detail=failure.detail,
            hint=failure.hint,
            recorded_at=failure.recorded_at,
        )


class DraftLineOut(Out):
    """A line of a document that could be made now."""

    billable_id: BillableId
    label: Annotated[str, Field(description="What it is for.", examples=["Energy"])]
    effect: EffectField
    quantity: Annotated[str, Field(description="How much.", examples=["7.35"])]
    amount: Annotated[MoneyOut, Field(description="In the basis of the document.")]
    service_from: LocalDate
    service_to: LocalDate


class DraftOut(Out):
    """A document that could be made now; nothing of it is stored."""

    type: TypeField
    basis: BasisField
    lines: list[DraftLineOut]
    net: MoneyOut
    tax: MoneyOut
    gross: MoneyOut

    @classmethod
    def of(cls, draft: Draft) -> DraftOut:
        """Show a draft."""
        figures, currency = draft.figures, draft.currency
        return cls(
            type=figures.type.value,
            basis=draft.basis.value,
            lines=[
                DraftLineOut(
                    billable_id=line.billable.id,
                    label=line.content.label,
                    effect=line.content.effect,
                    quantity=plain_decimal(line.content.proof.quantity),
                    amount=MoneyOut.exact(amount, currency),
                    service_from=line.content.service_from,
                    service_to=line.content.service_to,
                )
                for line, amount in zip(draft.lines, figures.line_amounts, strict=True)
            ],
            net=MoneyOut.exact(figures.net, currency),
            tax=MoneyOut.exact(figures.vat, currency),
            gross=MoneyOut.exact(figures.gross, currency),
        )


class ObstacleOut(Out):
    """What keeps an account from being billed."""

    code: Annotated[str, Field(description="What is wrong.", examples=["buyer_address_missing"])]
    field: Annotated[str | None, Field(description="Where.", examples=["details.address"])]
    detail: Annotated[str, Field(description="In words.", examples=["there is no address"])]
    hint: Annotated[str | None, Field(description="What to do.", examples=["give the address"])]


class PreviewOut(Out):
    """What a bill run would make of an account now."""

    documents: list[DraftOut]
    obstacle: Annotated[
        ObstacleOut | None, Field(description="What would keep it from being billed, if anything.")
    ]

    @classmethod
    def of(cls, drafts: list[Draft], refusal: GroschenError | None) -> PreviewOut:
        """Show the drafts."""
        obstacle = refusal and ObstacleOut(
            code=refusal.code, field=refusal.field, detail=refusal.detail, hint=refusal.hint
        )
        return cls(documents=[DraftOut.of(draft) for draft in drafts], obstacle=obstacle)


class InvoiceOut(Out):
    """An invoice or credit note. Amounts of a credit note are positive."""

    id: InvoiceId
    number: Number
    type: TypeField
    account_id: AccountId
    party_id: PartyId
    bill_run_id: Annotated[BillRunId | None, Field(description="The run that made it, if one.")]
    corrects_id: Annotated[InvoiceId | None, Field(description="What a credit note corrects.")]
    basis: BasisField
    period_from: Annotated[LocalDate, Field(description="First day of service.")]
    period_to: Annotated[LocalDate, Field(description="Last day of service.")]
    issued_on: LocalDate
    due_on: LocalDate
    net: MoneyOut
    tax: MoneyOut
    gross: MoneyOut
    hash: Annotated[Hash, Field(description="SHA-256 of the content.")]
    issued_at: Instant

    @classmethod
    def of(cls, invoice: Invoice) -> InvoiceOut:
        """Show a document."""
        return cls(
            id=invoice.id,
            number=invoice.number,
            type=invoice.type.value,
            account_id=invoice.account_id,
            party_id=invoice.party_id,
            bill_run_id=invoice.run_id,
            corrects_id=invoice.corrects_id,
            basis=invoice.basis.value,
            period_from=invoice.period_from,
            period_to=invoice.period_to,
            issued_on=invoice.issued_on,
            due_on=invoice.due_on,
            net=MoneyOut.exact(invoice.net, invoice.currency),
            tax=MoneyOut.exact(invoice.tax, invoice.currency),
            gross=MoneyOut.exact(invoice.gross, invoice.currency),
            hash=invoice.content_hash,
            issued_at=invoice.issued_at,
        )


class LineOut(Out):
    """A line of a document."""

    position: Position
    billable_id: BillableId
    reverses: Annotated[
        int | None, Field(description="Line of the corrected document.", examples=[1])
    ]
    effect: EffectField
    label: Annotated[str, Field(description="What it is for.", examples=["Energy"])]
    quantity: Annotated[str, Field(description="How much.", examples=["7.35"])]
    unit: Unit
    amount: Annotated[MoneyOut, Field(description="In the basis of the document.")]
    net: MoneyOut
    tax_category: VatCode
    rate: Rate
    tax_key: TaxKey
    service_from: LocalDate
    service_to: LocalDate

    @classmethod
    def of(cls, line: InvoiceLine, currency: str) -> LineOut:
        """Show a line."""
        return cls(
            position=line.position,
            billable_id=line.billable_id,
            reverses=line.reverses,
            effect=line.effect,
            label=line.label,
            quantity=plain_decimal(line.quantity),
            unit=line.unit,
            amount=MoneyOut.exact(line.amount, currency),
            net=MoneyOut.exact(line.net, currency),
            tax_category=line.tax_category.value,
            rate=line.rate,
            tax_key=line.tax_key,
            service_from=line.service_from,
            service_to=line.service_to,
        )


class TaxOut(Out):
    """One VAT group of a document."""

    tax_category: VatCode
    rate: Rate
    tax_key: TaxKey
    net: MoneyOut
    tax: MoneyOut

    @classmethod
    def of(cls, tax: InvoiceTax, currency: str) -> TaxOut:
        """Show a VAT group."""
        return cls(
            tax_category=tax.tax_category.value,
            rate=tax.rate,
            tax_key=tax.tax_key,
            net=MoneyOut.exact(tax.net, currency),
            tax=MoneyOut.exact(tax.tax, currency),
        )


class InvoiceDetailOut(Out):
    """A document with its lines, VAT groups and corrections."""

    invoice: InvoiceOut
    open_item_id: Annotated[
        Annotated[UUID, PublicId("oit")] | None,
        Field(description="What is open of it; null when it asks for nothing."),
    ]
    open_amount: Annotated[MoneyOut, Field(description="Still to pay; below zero to give back.")]
    lines: list[LineOut]
    taxes: list[TaxOut]
    corrections: Annotated[list[InvoiceOut], Field(description="Credit notes for it.")]

    @classmethod
    def of(cls, detail: InvoiceDetail) -> InvoiceDetailOut:
        """Show a document."""
        currency, item = detail.invoice.currency, detail.open_item
        return cls(
            invoice=InvoiceOut.of(detail.invoice),
            open_item_id=None if item is None else item.id,
            open_amount=MoneyOut(
                amount=amount_text(item.open_amount, currency) if item else "0.00",
                currency=currency,
            ),
            lines=[LineOut.of(line, currency) for line in detail.lines],
            taxes=[TaxOut.of(tax, currency) for tax in detail.taxes],
            corrections=[InvoiceOut.of(one) for one in detail.corrections],
        )


class ExplanationOut(Out):
    """Why a line says what it says: rule, events, state, steps, rounding."""

    invoice_id: InvoiceId
    line: LineOut
    proof: Annotated[
        dict[str, Any],
        Field(description="The proof tree, as exported.", examples=[{"kind": "rated"}]),
    ]


class ExportOut(Out):
    """A whole document and its hash, for `groschen verify invoice`."""

    content: Annotated[
        dict[str, Any],
        Field(description="All the document says.", examples=[{"number": "INV-000001"}]),
    ]
    hash: Annotated[Hash, Field(description="SHA-256 of the content's canonical JSON.")]


class CreditLineIn(In):
    """What to give back of one line."""

    position: Annotated[int, Field(ge=1, description="The line.", examples=[1])]
    amount: Annotated[PositiveAmount, Field(description="How much, in the document's basis.")]


class CreditNoteIn(In):
    """What to give back of an invoice, and why."""

    effect: Annotated[
        Literal["concede", "correct"],
        Field(
            description="concede: for good; correct: a line by hand was wrong.",
            examples=["concede"],
        ),
    ]
    lines: Annotated[list[CreditLineIn], Field(min_length=1, max_length=1000)]
    reason: Annotated[Text, Field(description="Why; on the document.", examples=["Outage"])]


class CancelIn(In):
    """Why an invoice is cancelled."""

    reason: Annotated[Text, Field(description="Why; on the document.", examples=["Wrong address"])]


class CancelledOut(Out):
    """The credit note of the whole invoice, and what was issued instead."""

    credit_note: InvoiceOut
    reissued: Annotated[list[InvoiceOut], Field(description="Issued anew with today's facts.")]
