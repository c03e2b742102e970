"""Reading documents: figures, lines, the whole content, and the proof of a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from groschen.core.errors import invariant
from groschen.core.invoicing import content_hash
from groschen.features.invoices.model import (
    InvoiceFilter,
    InvoiceLineNotFound,
    InvoiceNotFound,
)
from groschen.features.invoices.queries import documents as queries
from groschen.features.receivables import service as receivables
from groschen.features.tenants import vault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from groschen.features.invoices.model import Invoice, InvoiceLine, InvoiceTax
    from groschen.features.receivables.model import OpenItem
    from groschen.kit.db import Scope
    from groschen.kit.http import Slice


@dataclass(frozen=True, slots=True)
class InvoiceDetail:
    """A document with its lines, VAT groups, corrections, and what is still open of it."""

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    taxes: Sequence[InvoiceTax]
    corrections: Sequence[Invoice]
    open_item: OpenItem | None


async def find(scope: Scope, invoice_id: UUID) -> Invoice:
    """Read one document; a customer sees its own. Raises ``InvoiceNotFound``."""
    found = await queries.invoices(scope, [invoice_id])
    if not found or scope.actor.party_id not in (None, found[0].party_id):
        raise InvoiceNotFound(
            "there is no such invoice or credit note",
            field="invoice_id",
            hint="list the documents with GET /v1/invoices",
        )
    return found[0]


async def by_number(scope: Scope, number: str) -> Invoice | None:
    """The document of a number, if there is one that the actor may see."""
    found = await queries.invoice_of_number(scope, number)
    if found is None or scope.actor.party_id not in (None, found.party_id):
        return None
    return found


async def detail(scope: Scope, invoice_id: UUID) -> InvoiceDetail:
    """Read one document with all that belongs to it. Raises ``InvoiceNotFound``."""
    invoice = await find(scope, invoice_id)
    items = await receivables.of_sources(scope, [invoice.id])
    return InvoiceDetail(
        invoice,
        await queries.lines(scope, invoice.id),
        await queries.taxes(scope, invoice.id),
        await queries.corrections(scope, invoice.id),
        items[0] if items else None,
    )


async def page(scope: Scope, wanted: InvoiceFilter, asked: Slice) -> list[Invoice]:
    """Documents, newest first; a customer's own, none for a partner."""
    return await queries.page_of_invoices(scope, wanted, scope.actor.party_id, asked)


async def line(scope: Scope, invoice_id: UUID, position: int) -> InvoiceLine:
    """One line of a document with its proof.

    Raises ``InvoiceNotFound`` and ``InvoiceLineNotFound``.
    """
    invoice = await find(scope, invoice_id)
    for found in await queries.lines(scope, invoice.id):
        if found.position == position:
            return found
    raise InvoiceLineNotFound(
        f"the document has no line {position}",
        field="position",
        hint="read the lines with GET /v1/invoices/{invoice_id}",
    )


async def content(scope: Scope, invoice: Invoice) -> dict[str, Any]:
    """The whole document as it was issued; raises ``PersonErased`` once the person is forgotten."""
    sealed = await queries.content(scope, invoice.id)
    invariant(sealed is not None, "an invoice has no content")
    opened = await vault.decrypt_of(scope, invoice.party_id, sealed or b"")
    found: dict[str, Any] = json.loads(opened)
    invariant(content_hash(found) == invoice.content_hash, "the content of a document was changed")
    return found


async def export(scope: Scope, invoice_id: UUID) -> dict[str, Any]:
    """A document for ``groschen verify invoice``: content and hash. Raises ``InvoiceNotFound``."""
    invoice = await find(scope, invoice_id)
    return {"content": await content(scope, invoice), "hash": invoice.content_hash}
