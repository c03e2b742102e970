"""The customer portal's first page, contracts and invoices: one's own, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Request, Response

from groschen.core.money import Money
from groschen.features.invoices.model import InvoiceFilter
from groschen.features.invoices.service import reading
from groschen.features.parties import service as parties
from groschen.features.payments import service as payments
from groschen.features.receivables import service as receivables
from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.model import SubscriptionDetail, SubscriptionState
from groschen.features.wallets import service as wallets
from groschen.features.wallets.model import Wallet, WalletState
from groschen.kit.db import Scope
from groschen.kit.http import Pages, Reader, Slice
from groschen.kit.ids import encode_id
from groschen.kit.runtime import Runtime
from groschen.web.console import invoices as invoices_page
from groschen.web.console.invoices import InvoiceRow
from groschen.web.console.routes.invoice_view import invoice_rows, invoice_view
from groschen.web.console.routes.invoices import pdf_response
from groschen.web.console.routes.subscriptions import item_view, usage_by_item
from groschen.web.console.routes.wallets import top_up_rows
from groschen.web.console.subscription import UsageRow
from groschen.web.customer import home
from groschen.web.customer.routes.paths import top_up_path
from groschen.web.navigation import CUSTOMER_HOME
from groschen.web.page import page
from groschen.web.routing import Around, Audience, Looking, PageRouter, path_id
from groschen.web.ui.parts import Link
from groschen.web.ui.texts import mark as _
from groschen.web.values import local, local_or_none, page_of_rows

pages: Final = PageRouter(Audience.CUSTOMER)
InvoiceId = Annotated[UUID, Depends(path_id("inv", "invoice"))]
INVOICES_TEMPLATE: Final = "customer/invoices.html"
INVOICE_TEMPLATE: Final = "customer/invoice.html"
MOST: Final = 50
LATEST: Final = 3


@pages.page(CUSTOMER_HOME, permission="parties:read")
async def show_home(
    request: Request,
    scope: Reader,
    visitor: Looking,
    around: Around,
    done: str | None = None,
) -> Response:
    """Where one stands."""
    accounts = await parties.list_accounts(scope, Slice(limit=MOST))
    owed = await receivables.open_of_accounts(scope, [one.id for one in accounts])
    view = home.HomeView(
        name=visitor.name,
        open=tuple(
            Money(one.open_amount, one.currency) for found in owed.values() for one in found
        ),
        credits=await _credits(scope, around),
        used=await _used(scope),
        invoices=await _latest_invoices(scope),
        contracts=await _contracts(scope),
        is_paying=done is not None,
    )
    return page(request, home.TEMPLATE, view)


@pages.page(f"{CUSTOMER_HOME}/contracts", permission="subscriptions:read")
async def show_contracts(request: Request, scope: Reader) -> Response:
    """What one has subscribed to, and what it costs."""
    view = home.ContractsView(await _contracts(scope))
    return page(request, home.CONTRACTS_TEMPLATE, view)


async def _contracts(scope: Scope) -> tuple[home.ContractView, ...]:
    found = (await subscriptions.page(scope, Slice(limit=MOST)))[:MOST]
    return tuple([_contract(scope, await subscriptions.detail(scope, one)) for one in found])


def _contract(scope: Scope, detail: SubscriptionDetail) -> home.ContractView:
    one = detail.subscription
    return home.ContractView(
        number=one.external_id,
        state=one.state,
        funding=one.funding,
        starts_at=local(scope, one.starts_at),
        ends_at=local_or_none(scope, one.ends_at),
        items=tuple(item_view(scope, item, None) for item in detail.items),
    )


async def _credits(scope: Scope, around: Runtime) -> tuple[home.CreditView, ...]:
    if not scope.actor.may("wallets:read"):
        return ()
    can_pay = bool(payments.usable_providers(around, scope)) and scope.actor.may("top_ups:write")
    found = (await wallets.page(scope, Slice(limit=MOST)))[:MOST]
    return tuple([await _credit(scope, one, can_pay=can_pay) for one in found])


async def _credit(scope: Scope, wallet: Wallet, *, can_pay: bool) -> home.CreditView:
    expected = await wallets.forecast(scope, wallet)
    is_open = wallet.state is WalletState.OPEN
    return home.CreditView(
        number=wallet.external_id,
        credit=Money(wallet.credit, wallet.currency),
        emergency=Money(wallet.overdraft, wallet.currency),
        limit=Money(wallet.emergency_limit, wallet.currency),
        is_exhausted=wallet.exhausted,
        per_day=Money(expected.per_day, wallet.currency),
        days_left=expected.days_left,
        top_up_at=top_up_path(wallet.id) if can_pay and is_open else None,
        top_ups=(await top_up_rows(scope, wallet))[:LATEST],
    )


async def _used(scope: Scope) -> tuple[UsageRow, ...]:
    """What was used in the windows of now, over all running contracts."""
    found = (await subscriptions.page(scope, Slice(limit=MOST)))[:MOST]
    rows: list[UsageRow] = []
    for one in found:
        if one.state is SubscriptionState.ACTIVE:
            used = await usage_by_item(scope, one)
            rows += [
                replace(row, contract=one.external_id)
                for item in used.values()
                for row in item
                if row.quantity
            ]
    return tuple(rows)


async def _latest_invoices(scope: Scope) -> tuple[InvoiceRow, ...]:
    if not scope.actor.may("invoices:read"):
        return ()
    found = await reading.page(scope, InvoiceFilter(), Slice(limit=LATEST))
    return await invoice_rows(scope, found[:LATEST], own_invoice_path)


@pages.page(f"{CUSTOMER_HOME}/invoices", permission="invoices:read")
async def show_invoices(request: Request, scope: Reader, asked: Pages) -> Response:
    """One's own invoices, newest first."""
    found = await reading.page(scope, InvoiceFilter(), asked)
    shown, pager = page_of_rows(request, asked, found, lambda one: one.id)
    rows = await invoice_rows(scope, shown, own_invoice_path)
    view = invoices_page.InvoicesView(rows, pager)
    return page(request, INVOICES_TEMPLATE, view)


@pages.page(f"{CUSTOMER_HOME}/invoices/{{invoice}}", permission="invoices:read")
async def show_invoice(request: Request, invoice: InvoiceId, scope: Reader) -> Response:
    """One of one's own invoices, line by line."""
    detail = await reading.detail(scope, invoice)
    back = Link(_("Your invoices"), f"{CUSTOMER_HOME}/invoices")
    view = await invoice_view(scope, detail, own_invoice_path, back=back)
    return page(request, INVOICE_TEMPLATE, view)


@pages.page(f"{CUSTOMER_HOME}/invoices/{{invoice}}/pdf", permission="invoice_documents:read")
async def download_pdf(request: Request, invoice: InvoiceId, scope: Reader) -> Response:
    """One of one's own invoices as PDF."""
    return await pdf_response(request, scope, invoice)


def own_invoice_path(invoice_id: UUID) -> str:
    """The page of an invoice in the portal."""
    return f"{CUSTOMER_HOME}/invoices/{encode_id('inv', invoice_id)}"
