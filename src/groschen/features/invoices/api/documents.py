"""The endpoints of invoices and credit notes."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import Path, Query
from fastapi.responses import Response

from groschen.core.invoicing import Effect
from groschen.features.invoices.model import (
    BuyerAddressMissing,
    BuyerNameMissing,
    CorrectionNeedsFacts,
    CreditTooLarge,
    InvoiceFilter,
    InvoiceLineNotFound,
    InvoiceNotCorrectable,
    InvoiceNotFound,
    InvoiceNotPaid,
    RefundNotExact,
    SellerUnknown,
)
from groschen.features.invoices.rendering import pdf
from groschen.features.invoices.schemas.documents import (
    CancelledOut,
    CreditNoteIn,
    InvoiceCancelIn,
    InvoiceDetailOut,
    InvoiceExportOut,
    InvoiceLineOut,
    InvoiceOut,
    InvoiceRefundIn,
    InvoiceRefundOut,
    InvoiceRefundsOut,
    LineExplanationOut,
)
from groschen.features.invoices.schemas.ids import AccountId, BillRunId, InvoiceId
from groschen.features.invoices.service import crediting, reading, refunding
from groschen.features.payments.model import RefundTooLarge
from groschen.features.tenants.model import PersonErased
from groschen.kit.http import (
    InvalidRequest,
    PageOut,
    Pages,
    Reader,
    Router,
    Writer,
    page_of,
    problems,
)
from groschen.kit.http.problems import Fault

invoices: Final = Router("invoices", prefix="/v1/invoices")
refunds: Final = Router("invoice_refunds", prefix="/v1/invoices")

LinePosition = Annotated[int, Path(ge=1, le=100_000, description="The line.", examples=[1])]
PdfLanguage = Annotated[
    Literal["de", "en"] | None,
    Query(description="Language; the seller's if left out.", examples=["en"]),
]


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
) -> LineExplanationOut:
    """Explain a line: its rule, which events, the folded state, every step, the rounding."""
    invoice = await reading.find(scope, invoice_id)
    line = await reading.line(scope, invoice_id, position)
    return LineExplanationOut(
        invoice_id=invoice_id, line=InvoiceLineOut.of(line, invoice.currency), proof=line.proof
    )


@invoices.get(
    "/{invoice_id}/export",
    permission="invoice_documents:read",
    verb="export",
    responses=problems(InvoiceNotFound, PersonErased),
)
async def export_invoice(invoice_id: InvoiceId, scope: Reader) -> InvoiceExportOut:
    """Export a document for `groschen verify invoice`, which needs nothing but this file."""
    return InvoiceExportOut(**await reading.export(scope, invoice_id))


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
    made = await crediting.credit(scope, invoice_id, Effect(body.effect), wanted, body.reason)
    return InvoiceOut.of(made)


@refunds.post(
    "/{invoice_id}/refunds",
    permission="invoices:write",
    verb="request",
    idempotent="required",
    status_code=202,
    responses=problems(
        BuyerAddressMissing,
        BuyerNameMissing,
        CreditTooLarge,
        InvoiceLineNotFound,
        InvoiceNotCorrectable,
        InvoiceNotFound,
        InvoiceNotPaid,
        RefundNotExact,
        RefundTooLarge,
        SellerUnknown,
    ),
)
async def refund_invoice(
    invoice_id: InvoiceId, body: InvoiceRefundIn, scope: Writer
) -> InvoiceRefundOut:
    """Give back part of what was paid of an invoice, or all of it.

    The provider is called after this answer; when it has given the money back, a credit note is
    issued for it, and the partners' shares fall in proportion.
    """
    if body.amount is not None and body.lines is not None:
        fault = Fault(pointer="/lines", code="contradiction", detail="excludes 'amount'")
        raise InvalidRequest("give 'amount' or 'lines', not both", faults=(fault,))
    asked = await refunding.refund(scope, invoice_id, body.wanted, body.reason)
    return InvoiceRefundOut.of(asked)


@refunds.get(
    "/{invoice_id}/refunds",
    permission="invoices:read",
    verb="list",
    responses=problems(InvoiceNotFound),
)
async def list_invoice_refunds(invoice_id: InvoiceId, scope: Reader) -> InvoiceRefundsOut:
    """List the refunds of an invoice, oldest first."""
    found = await refunding.of_invoice(scope, invoice_id)
    return InvoiceRefundsOut(refunds=[InvoiceRefundOut.of(one) for one in found])


@invoices.post(
    "/{invoice_id}/cancel",
    permission="invoices:write",
    verb="cancel",
    idempotent="required",
    responses=problems(InvoiceNotCorrectable, InvoiceNotFound, SellerUnknown),
)
async def cancel_invoice(
    invoice_id: InvoiceId, body: InvoiceCancelIn, scope: Writer
) -> CancelledOut:
    """Cancel a whole invoice and issue it anew with what is known today."""
    made, anew = await crediting.cancel(scope, invoice_id, body.reason)
    return CancelledOut(
        credit_note=InvoiceOut.of(made), reissued=[InvoiceOut.of(one) for one in anew]
    )
