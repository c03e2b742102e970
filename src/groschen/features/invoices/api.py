"""The endpoints of billables, bill runs and invoices."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Path, Query
from fastapi.responses import Response

from groschen.core.invoicing import Effect
from groschen.core.ledger import AccountUnknown
from groschen.core.tax import TaxRateUnknown
from groschen.features.invoices.model import (
    BillRunNotFound,
    CorrectionNeedsFacts,
    CreditTooLarge,
    CutoffAhead,
    InvoiceFilter,
    InvoiceLineNotFound,
    InvoiceNotCorrectable,
    InvoiceNotFound,
    LineInvalid,
    SellerTaxMissing,
    SellerUnknown,
)
from groschen.features.invoices.rendering import pdf
from groschen.features.invoices.schemas import (
    AccountId,
    AccountRef,
    BillableIn,
    BillableOut,
    BillRunId,
    BillRunIn,
    BillRunOut,
    CancelIn,
    CancelledOut,
    CreditNoteIn,
    ExplanationOut,
    ExportOut,
    FailureOut,
    InvoiceDetailOut,
    InvoiceId,
    InvoiceOut,
    LineOut,
    PreviewOut,
    SellerIn,
    SellerOut,
)
from groschen.features.invoices.service import billables as billable_service
from groschen.features.invoices.service import crediting, reading, runs, sellers
from groschen.features.parties.model import AccountNotFound
from groschen.features.tenants.model import PersonErased
from groschen.kit.http import (
    Instant,
    PageOut,
    Pages,
    Reader,
    Router,
    Writer,
    page_of,
    problems,
)
from groschen.kit.http.keysets import Keysets, keyset_page
from groschen.kit.iban import IbanInvalid

seller: Final = Router("seller", prefix="/v1/seller")
billables: Final = Router("billables", prefix="/v1/billables")
bill_runs: Final = Router("bill_runs", prefix="/v1/bill_runs")
invoices: Final = Router("invoices", prefix="/v1/invoices")
routers: Final = (seller, billables, bill_runs, invoices)

LinePosition = Annotated[int, Path(ge=1, le=100_000, description="The line.", examples=[1])]
PdfLanguage = Annotated[
    Literal["de", "en"] | None,
    Query(description="Language; the seller's if left out.", examples=["en"]),
]


@seller.get("", permission="invoices:read", verb="read", responses=problems(SellerUnknown))
async def read_seller(scope: Reader) -> SellerOut:
    """Show who issues the invoices."""
    return SellerOut.of(await sellers.seller(scope))


@seller.put(
    "",
    permission="tenants:admin",
    verb="set",
    responses=problems(SellerTaxMissing, IbanInvalid),
)
async def set_seller(body: SellerIn, scope: Writer) -> SellerOut:
    """Set who issues the invoices from now on; issued ones stay as they are."""
    return SellerOut.of(await sellers.set_seller(scope, body.seller()))


@billables.post(
    "",
    permission="invoices:write",
    verb="charge",
    idempotent="required",
    responses=problems(AccountNotFound, AccountUnknown, LineInvalid, TaxRateUnknown),
)
async def charge_by_hand(body: BillableIn, scope: Writer) -> BillableOut:
    """Charge something by hand; it is a line of the account's next bill."""
    charged = await billable_service.charge_by_hand(scope, body.account, body.line())
    return BillableOut.of(charged)


@billables.get("", permission="invoices:read", verb="list", responses=problems(AccountNotFound))
async def list_billables(
    scope: Reader,
    page: Pages,
    account: Annotated[AccountRef | None, Query(description="Only of this account.")] = None,
    due: Annotated[  # noqa: FBT002 - a query parameter is named by its caller
        bool, Query(description="Only what is left to bill.")
    ] = False,
) -> PageOut[BillableOut]:
    """List what is to be billed, newest first."""
    found = await billable_service.page(scope, account, due=due, asked=page)
    return page_of(page, found, identity=lambda one: one.id, show=BillableOut.of)


@bill_runs.post(
    "",
    permission="invoices:write",
    verb="start",
    idempotent="required",
    status_code=202,
    responses=problems(AccountNotFound, CutoffAhead, SellerUnknown),
)
async def start_bill_run(body: BillRunIn, scope: Writer) -> BillRunOut:
    """Bill all that is due, account by account, in a job after this answer.

    What was billed before is not billed again.
    """
    return BillRunOut.of(await runs.start(scope, body.cutoff, body.account))


@bill_runs.get(
    "/preview",
    permission="invoices:read",
    verb="preview",
    responses=problems(AccountNotFound, CutoffAhead),
)
async def preview(
    scope: Reader,
    account: Annotated[AccountRef, Query(description="The account.", examples=["ext:acme"])],
    cutoff: Annotated[
        Instant | None, Query(description="What is due by then; now if left out.")
    ] = None,
) -> PreviewOut:
    """Show the documents that a bill run would make of an account now; nothing is stored."""
    return PreviewOut.of(*await runs.preview(scope, cutoff, account))


@bill_runs.get("/failures", permission="invoices:read", verb="list_failures")
async def list_failures(
    scope: Reader,
    page: Keysets,
    bill_run_id: Annotated[BillRunId | None, Query(description="Only of this run.")] = None,
) -> PageOut[FailureOut]:
    """List the accounts that could not be billed yet and why."""
    after = None if page.after is None else UUID(bytes=page.after)
    found = await runs.failures(scope, bill_run_id, after, page.fetch)
    return keyset_page(page, found, position=lambda one: one.account_id.bytes, show=FailureOut.of)


@bill_runs.get("", permission="invoices:read", verb="list")
async def list_bill_runs(scope: Reader, page: Pages) -> PageOut[BillRunOut]:
    """List bill runs, newest first."""
    found = await runs.page(scope, page)
    return page_of(page, found, identity=lambda run: run.id, show=BillRunOut.of)


@bill_runs.get(
    "/{run_id}", permission="invoices:read", verb="read", responses=problems(BillRunNotFound)
)
async def read_bill_run(run_id: BillRunId, scope: Reader) -> BillRunOut:
    """Show how far a bill run is."""
    return BillRunOut.of(await runs.find(scope, run_id))


@invoices.get("", permission="invoices:read", verb="list")
async def list_invoices(
    scope: Reader,
    page: Pages,
    account_id: Annotated[AccountId | None, Query(description="Only of this account.")] = None,
    bill_run_id: Annotated[BillRunId | None, Query(description="Only of this run.")] = None,
) -> PageOut[InvoiceOut]:
    """List invoices and credit notes, newest first. A customer sees its own."""
    found = await reading.page(scope, InvoiceFilter(account_id, bill_run_id), page)
    return page_of(page, found, identity=lambda one: one.id, show=InvoiceOut.of)


@invoices.get(
    "/{invoice_id}",
    permission="invoices:read",
    verb="read",
    responses=problems(InvoiceNotFound),
)
async def read_invoice(invoice_id: InvoiceId, scope: Reader) -> InvoiceDetailOut:
    """Read a document with its lines, VAT groups and corrections."""
    return InvoiceDetailOut.of(await reading.detail(scope, invoice_id))


@invoices.get(
    "/{invoice_id}/lines/{position}/explain",
    permission="invoices:read",
    verb="explain_line",
    responses=problems(InvoiceNotFound, InvoiceLineNotFound),
)
async def explain_line(
    invoice_id: InvoiceId, position: LinePosition, scope: Reader
) -> ExplanationOut:
    """Explain a line: its rule, which events, the folded state, every step, the rounding."""
    invoice = await reading.find(scope, invoice_id)
    line = await reading.line(scope, invoice_id, position)
    return ExplanationOut(
        invoice_id=invoice_id, line=LineOut.of(line, invoice.currency), proof=line.proof
    )


@invoices.get(
    "/{invoice_id}/export",
    permission="invoice_documents:read",
    verb="export",
    responses=problems(InvoiceNotFound, PersonErased),
)
async def export_invoice(invoice_id: InvoiceId, scope: Reader) -> ExportOut:
    """Export a document for `groschen verify invoice`, which needs nothing but this file."""
    return ExportOut(**await reading.export(scope, invoice_id))


@invoices.get(
    "/{invoice_id}/pdf",
    permission="invoice_documents:read",
    verb="read_pdf",
    responses={
        200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}},
        **problems(InvoiceNotFound, PersonErased),
    },
    response_class=Response,
)
async def read_pdf(invoice_id: InvoiceId, scope: Reader, language: PdfLanguage = None) -> Response:
    """Download a document as PDF."""
    invoice = await reading.find(scope, invoice_id)
    exported = await reading.export(scope, invoice_id)
    made = await pdf.render(exported, language)
    return Response(
        made,
        media_type="application/pdf",
        headers={"content-disposition": f'inline; filename="{pdf.file_name(invoice.number)}"'},
    )


@invoices.post(
    "/{invoice_id}/credit_notes",
    permission="invoices:write",
    verb="credit",
    idempotent="required",
    responses=problems(
        CorrectionNeedsFacts,
        CreditTooLarge,
        InvoiceLineNotFound,
        InvoiceNotCorrectable,
        InvoiceNotFound,
    ),
)
async def credit_invoice(invoice_id: InvoiceId, body: CreditNoteIn, scope: Writer) -> InvoiceOut:
    """Give back part of an invoice by a credit note.

    What is conceded is not owed again; a corrected line by hand is owed less from now on.
    """
    wanted = {line.position: line.amount for line in body.lines}
    made = await crediting.credit(
        scope, invoice_id, Effect(body.effect), wanted, body.reason
    )
    return InvoiceOut.of(made)


@invoices.post(
    "/{invoice_id}/cancel",
    permission="invoices:write",
    verb="cancel",
    idempotent="required",
    responses=problems(InvoiceNotCorrectable, InvoiceNotFound, SellerUnknown),
)
async def cancel_invoice(invoice_id: InvoiceId, body: CancelIn, scope: Writer) -> CancelledOut:
    """Cancel a whole invoice and issue it anew with what is known today."""
    made, anew = await crediting.cancel(scope, invoice_id, body.reason)
    return CancelledOut(
        credit_note=InvoiceOut.of(made), reissued=[InvoiceOut.of(one) for one in anew]
    )
