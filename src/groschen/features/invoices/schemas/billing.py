"""The seller, what is to be billed, and bill runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from groschen.core.sale import Basis
from groschen.core.tax import TaxCategory
from groschen.features.invoices.model import ManualLine, Seller
from groschen.features.invoices.schemas.ids import (
    AccountId,
    AccountRef,
    BasisField,
    BillableId,
    BillRunId,
    EffectField,
    Prefix,
    TypeField,
    Unit,
)
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
    Text,
    UnsignedAmount,
    plain_decimal,
)

if TYPE_CHECKING:
    from groschen.core.errors import GroschenError
    from groschen.features.invoices.model import Billable, BillingFailure, BillRun
    from groschen.features.invoices.service.drafting import Draft


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


class BillingFailureOut(Out):
    """Why an account could not be billed; repaired, the next run bills it."""

    account_id: AccountId
    bill_run_id: BillRunId
    code: Annotated[str, Field(description="What is wrong.", examples=["buyer_address_missing"])]
    field: Annotated[str | None, Field(description="Where.", examples=["details.address"])]
    detail: Annotated[str, Field(description="In words.", examples=["there is no address"])]
    hint: Annotated[str, Field(description="What to do.", examples=["give the address"])]
    recorded_at: Instant

    @classmethod
    def of(cls, failure: BillingFailure) -> BillingFailureOut:
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


class InvoiceDraftLineOut(Out):
    """A line of a document that could be made now."""

    billable_id: BillableId
    label: Annotated[str, Field(description="What it is for.", examples=["Energy"])]
    effect: EffectField
    quantity: Annotated[str, Field(description="How much.", examples=["7.35"])]
    amount: Annotated[MoneyOut, Field(description="In the basis of the document.")]
    service_from: LocalDate
    service_to: LocalDate


class InvoiceDraftOut(Out):
    """A document that could be made now; nothing of it is stored."""

    type: TypeField
    basis: BasisField
    lines: list[InvoiceDraftLineOut]
    net: MoneyOut
    tax: MoneyOut
    gross: MoneyOut

    @classmethod
    def of(cls, draft: Draft) -> InvoiceDraftOut:
        """Show a draft."""
        figures, currency = draft.figures, draft.currency
        return cls(
            type=figures.type.value,
            basis=draft.basis.value,
            lines=[
                InvoiceDraftLineOut(
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


class BillPreviewOut(Out):
    """What a bill run would make of an account now."""

    documents: list[InvoiceDraftOut]
    obstacle: Annotated[
        ObstacleOut | None, Field(description="What would keep it from being billed, if anything.")
    ]

    @classmethod
    def of(cls, drafts: list[Draft], refusal: GroschenError | None) -> BillPreviewOut:
        """Show the drafts."""
        obstacle = refusal and ObstacleOut(
            code=refusal.code, field=refusal.field, detail=refusal.detail, hint=refusal.hint
        )
        return cls(documents=[InvoiceDraftOut.of(draft) for draft in drafts], obstacle=obstacle)
