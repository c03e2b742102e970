"""Invoices and credit notes, their lines and proofs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from groschen.core.money import amount_text
from groschen.features.invoices.schemas.ids import (
    AccountId,
    BasisField,
    BillableId,
    BillRunId,
    EffectField,
    Hash,
    InvoiceId,
    Number,
    PartyId,
    Position,
    TaxKey,
    TypeField,
    Unit,
    VatCode,
)
from groschen.kit.http import (
    In,
    Instant,
    LocalDate,
    MoneyOut,
    Out,
    PositiveAmount,
    Rate,
    Text,
    plain_decimal,
)
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from groschen.features.invoices.model import Invoice, InvoiceLine, InvoiceRefund, InvoiceTax
    from groschen.features.invoices.service.reading import InvoiceDetail


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


class InvoiceLineOut(Out):
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
    def of(cls, line: InvoiceLine, currency: str) -> InvoiceLineOut:
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


class InvoiceTaxOut(Out):
    """One VAT group of a document."""

    tax_category: VatCode
    rate: Rate
    tax_key: TaxKey
    net: MoneyOut
    tax: MoneyOut

    @classmethod
    def of(cls, tax: InvoiceTax, currency: str) -> InvoiceTaxOut:
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
    lines: list[InvoiceLineOut]
    taxes: list[InvoiceTaxOut]
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
            lines=[InvoiceLineOut.of(line, currency) for line in detail.lines],
            taxes=[InvoiceTaxOut.of(tax, currency) for tax in detail.taxes],
            corrections=[InvoiceOut.of(one) for one in detail.corrections],
        )


class LineExplanationOut(Out):
    """Why a line says what it says: rule, events, state, steps, rounding."""

    invoice_id: InvoiceId
    line: InvoiceLineOut
    proof: Annotated[
        dict[str, Any],
        Field(description="The proof tree, as exported.", examples=[{"kind": "rated"}]),
    ]


class InvoiceExportOut(Out):
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


class InvoiceRefundIn(In):
    """How much of a paid invoice goes back, and why: an amount, or lines, or all that is left."""

    amount: Annotated[
        PositiveAmount | None,
        Field(description="Gross, taken of all lines by what is left of them.", examples=["11.90"]),
    ] = None
    lines: Annotated[
        list[CreditLineIn] | None,
        Field(
            min_length=1,
            max_length=1000,
            description="What to give back of which lines.",
            examples=[[{"position": 1, "amount": "10.00"}]],
        ),
    ] = None
    reason: Annotated[Text, Field(description="Why; on the document.", examples=["Outage"])]

    @property
    def wanted(self) -> Mapping[int, Decimal] | Decimal | None:
        """What shall go back: of lines by position in the basis, or gross, None for all."""
        if self.lines is None:
            return self.amount
        return {line.position: line.amount for line in self.lines}


class InvoiceRefundLineOut(Out):
    """What a refund gives back of one line."""

    position: Position
    amount: Annotated[MoneyOut, Field(description="In the document's basis.")]


class InvoiceRefundOut(Out):
    """A refund of an invoice; done, a credit note says for what."""

    id: Annotated[UUID, PublicId("rfd"), Field(description="A refund.")]
    invoice_id: InvoiceId
    payment_id: Annotated[UUID, PublicId("pay"), Field(description="The payment given back.")]
    state: Annotated[str, Field(description="requested, done or failed.", examples=["requested"])]
    amount: Annotated[MoneyOut, Field(description="Gross; what the customer gets.")]
    lines: Annotated[list[InvoiceRefundLineOut], Field(description="For what.")]
    reason: Annotated[str, Field(description="Why.", examples=["Outage"])]
    created_at: Instant

    @classmethod
    def of(cls, shown: InvoiceRefund) -> InvoiceRefundOut:
        """Show a refund."""
        refund = shown.refund
        return cls(
            id=refund.id,
            invoice_id=refund.source_id,
            payment_id=refund.payment_id,
            state=refund.state,
            amount=MoneyOut.exact(refund.gross, refund.currency),
            lines=[
                InvoiceRefundLineOut(
                    position=line.position, amount=MoneyOut.exact(line.amount, refund.currency)
                )
                for line in shown.lines
            ],
            reason=refund.reason,
            created_at=refund.created_at,
        )


class InvoiceRefundsOut(Out):
    """The refunds of an invoice."""

    refunds: Annotated[list[InvoiceRefundOut], Field(description="Oldest first.")]


class InvoiceCancelIn(In):
    """Why an invoice is cancelled."""

    reason: Annotated[Text, Field(description="Why; on the document.", examples=["Wrong address"])]


class CancelledOut(Out):
    """The credit note of the whole invoice, and what was issued instead."""

    credit_note: InvoiceOut
    reissued: Annotated[list[InvoiceOut], Field(description="Issued anew with today's facts.")]
