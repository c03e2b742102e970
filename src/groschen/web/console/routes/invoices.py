"""Invoices: the list, one with its explanation and PDF, and giving back."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Form, Query, Request, Response

from groschen.core.errors import GroschenError
from groschen.core.invoicing import Effect
from groschen.core.money import Money
from groschen.features.invoices.model import InvoiceFilter
from groschen.features.invoices.rendering import pdf
from groschen.features.invoices.service import crediting, reading
from groschen.features.parties import service as parties
from groschen.kit.db import Scope
from groschen.kit.http import Pages, Reader, Writer
from groschen.web.addresses import invoice_path
from groschen.web.console import invoices as invoices_page
from groschen.web.console.routes.invoice_view import invoice_rows, invoice_view
from groschen.web.fields import number_of
from groschen.web.forms import attempt, see_other, sent
from groschen.web.page import page
from groschen.web.preferences import preferences_of
from groschen.web.routing import Audience, PageRouter, path_id
from groschen.web.ui.parts import Choice, Field, Link
from groschen.web.ui.refusals import Refusal
from groschen.web.ui.texts import mark as _
from groschen.web.values import page_of_rows

pages: Final = PageRouter(Audience.CONSOLE)
InvoiceId = Annotated[UUID, Depends(path_id("inv", "invoice"))]
Text = Annotated[str, Form(max_length=500)]


@pages.page("/invoices", permission="invoices:read")
async def show_invoices(
    request: Request, scope: Reader, asked: Pages, q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """The list, narrowed to an account; a document's number leads to it."""
    text = q.strip()
    named = await reading.by_number(scope, text) if text else None
    if named is not None:
        return see_other(invoice_path(named.id))
    account = (await parties.accounts_by_external_id(scope, [text])).get(text) if text else None
    wanted = InvoiceFilter(account_id=None if account is None else account.id)
    nothing = bool(text) and account is None
    found = [] if nothing else await reading.page(scope, wanted, asked)
    shown, pager = page_of_rows(request, asked, found, lambda one: one.id)
    rows = await invoice_rows(scope, shown, invoice_path)
    return page(request, invoices_page.LIST_TEMPLATE, invoices_page.InvoicesView(rows, pager, q))


@pages.page("/invoices/{invoice}", permission="invoices:read")
async def show_invoice(
    request: Request, invoice: InvoiceId, scope: Reader, done: str | None = None
) -> Response:
    """One document."""
    detail = await reading.detail(scope, invoice)
    may = scope.actor.may("invoices:write")
    view = await invoice_view(
        scope,
        detail,
        invoice_path,
        back=Link(_("Invoices"), "/invoices"),
        credit_at=f"{invoice_path(invoice)}/credit" if may else None,
        done=done,
    )
    return page(request, invoices_page.TEMPLATE, view)


@pages.page("/invoices/{invoice}/pdf", permission="invoice_documents:read")
async def download_pdf(request: Request, invoice: InvoiceId, scope: Reader) -> Response:
    """The document as PDF, in the reader's language."""
    return await pdf_response(request, scope, invoice)


async def pdf_response(request: Request, scope: Scope, invoice_id: UUID) -> Response:
    """A document as PDF; raises ``InvoiceNotFound`` and ``PersonErased``."""
    found = await reading.find(scope, invoice_id)
    language = preferences_of(request).language
    made = await pdf.render(await reading.export(scope, invoice_id), language)
    headers = {"content-disposition": f'inline; filename="{pdf.file_name(found.number)}"'}
    return Response(made, media_type="application/pdf", headers=headers)


@pages.page("/invoices/{invoice}/credit", permission="invoices:write")
async def show_credit(request: Request, invoice: InvoiceId, scope: Reader) -> Response:
    """The forms that give back."""
    return await _credit_page(request, scope, invoice, {}, "", "")


@pages.form("/invoices/{invoice}/credit", permission="invoices:write")
async def credit(
    request: Request,
    invoice: InvoiceId,
    scope: Writer,
    effect: Text = Effect.CONCEDE,
    reason: Text = "",
) -> Response:
    """Give back parts of lines by a credit note."""
    fields = await request.form()
    asked = {name: str(value).strip() for name, value in fields.items() if name.startswith("line-")}
    async with attempt(scope) as tried:
        wanted = _wanted(asked)
        kind = Effect.CORRECT if effect == Effect.CORRECT else Effect.CONCEDE
        made = await crediting.credit(scope, invoice, kind, wanted, reason.strip())
        return see_other(f"{invoice_path(made.id)}?done=credited")
    return await _credit_page(request, scope, invoice, asked, effect, reason, refusal=tried.refusal)


@pages.form("/invoices/{invoice}/cancel", permission="invoices:write")
async def cancel(
    request: Request, invoice: InvoiceId, scope: Writer, reason: Text = ""
) -> Response:
    """Cancel the whole invoice and issue it anew."""
    async with attempt(scope) as tried:
        made, _anew = await crediting.cancel(scope, invoice, reason.strip())
        return see_other(f"{invoice_path(made.id)}?done=cancelled")
    return await _credit_page(request, scope, invoice, {}, "", reason, refusal=tried.refusal)


def _wanted(asked: dict[str, str]) -> dict[int, Decimal]:
    """What to give back of each line that was filled in, by position."""
    amounts = {name: number_of(text, name) for name, text in asked.items()}
    return {
        int(name.removeprefix("line-")): amount
        for name, amount in amounts.items()
        if amount is not None and name.removeprefix("line-").isdigit()
    }


async def _credit_page(
    request: Request,
    scope: Scope,
    invoice_id: UUID,
    asked: dict[str, str],
    effect: str,
    reason: str,
    *,
    refusal: GroschenError | None = None,
) -> Response:
    detail = await reading.detail(scope, invoice_id)
    path = invoice_path(invoice_id)
    view = invoices_page.CreditView(
        number=detail.invoice.number,
        back_href=path,
        lines=tuple(
            invoices_page.CreditLine(
                line.position,
                line.label,
                Money(line.amount, detail.invoice.currency),
                Field(asked.get(f"line-{line.position}", "")),
            )
            for line in detail.lines
        ),
        effects=tuple(Choice(one, text, one == effect) for one, text in _effects()),
        reason=sent(reason, refusal, "reason"),
        credit_at=f"{path}/credit",
        cancel_at=f"{path}/cancel",
        refusal=None if refusal is None else Refusal.of(refusal),
    )
    status = 200 if refusal is None else 422
    return page(request, invoices_page.CREDIT_TEMPLATE, view, status=status)


def _effects() -> list[tuple[str, str]]:
    return list(invoices_page.EFFECTS.items())
