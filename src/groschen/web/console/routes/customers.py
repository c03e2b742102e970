"""Customers: the list of accounts, and one with what runs, what is open and what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from groschen.core.money import Money
from groschen.features.invoices.model import Invoice, InvoiceFilter
from groschen.features.invoices.service import reading as invoices
from groschen.features.orders import service as orders
from groschen.features.orders.model import Order, OrderFilter
from groschen.features.parties import service as parties
from groschen.features.parties.model import Account
from groschen.features.payments import service as payments
from groschen.features.payments.model import Payment
from groschen.features.receivables import service as receivables
from groschen.features.receivables.model import OpenItem, OpenItemFilter, OpenOfAccount
from groschen.features.subscriptions import service as subscriptions
from groschen.features.subscriptions.model import Subscription, SubscriptionState
from groschen.features.wallets import service as wallets
from groschen.features.wallets.model import TopUp, Wallet
from groschen.kit.db import Scope
from groschen.kit.http import Pages, Reader, Slice
from groschen.kit.ids import encode_id
from groschen.web.addresses import account_path, invoice_path, order_path, wallet_path
from groschen.web.console import customer as customer_page
from groschen.web.console import customers as list_page
from groschen.web.console.routes.account_steps import Happenings, account_steps
from groschen.web.console.routes.invoice_view import invoice_rows
from groschen.web.console.routes.subscriptions import subscription_rows
from groschen.web.console.routes.wallets import wallet_rows
from groschen.web.page import page
from groschen.web.routing import Audience, PageRouter, path_id
from groschen.web.ui.parts import Link
from groschen.web.values import local, page_of_rows

pages: Final = PageRouter(Audience.CONSOLE)
AccountId = Annotated[UUID, Depends(path_id("acc", "account"))]
SHOWN: Final = 20
PAYMENTS_SHOWN: Final = 6


@pages.page("/customers", permission="parties:read")
async def show_customers(
    request: Request, scope: Reader, asked: Pages, q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """The list, newest first, narrowed by a part of a name or number."""
    found = await parties.list_accounts(scope, asked, text=q.strip() or None)
    shown, pager = page_of_rows(request, asked, found, lambda account: account.id)
    view = list_page.CustomersView(await _rows(scope, shown), pager, text=q)
    return page(request, list_page.TEMPLATE, view)


@pages.page("/customers/{account}", permission="parties:read")
async def show_customer(request: Request, account: AccountId, scope: Reader) -> Response:
    """One account."""
    found = await parties.get_account(scope, account)
    return page(request, customer_page.TEMPLATE, await _view(scope, found))


async def _rows(scope: Scope, shown: Sequence[Account]) -> tuple[list_page.CustomerRow, ...]:
    names = await parties.labels(scope, [one.party_id for one in shown])
    may = scope.actor.may("receivables:read")
    owed = await receivables.open_of_accounts(scope, [one.id for one in shown]) if may else {}
    return tuple(_row(scope, one, names, _in_own(one, owed.get(one.id, []))) for one in shown)


def _row(
    scope: Scope, account: Account, names: Mapping[UUID, str], owed: OpenOfAccount | None
) -> list_page.CustomerRow:
    return list_page.CustomerRow(
        name=names[account.party_id],
        number=account.external_id,
        href=account_path(account.id),
        open=Money(owed.open_amount, owed.currency) if owed else Money.zero(account.currency),
        due_on=owed.due_on if owed else None,
        is_overdue=owed is not None and owed.due_on < _today(scope),
    )


def _in_own(account: Account, owed: Sequence[OpenOfAccount]) -> OpenOfAccount | None:
    """What is open in the account's own currency; an account is kept in one."""
    return next((one for one in owed if one.currency == account.currency), None)


def _today(scope: Scope) -> date:
    return local(scope, scope.now).date()


async def _view(scope: Scope, account: Account) -> customer_page.CustomerView:
    party = await parties.get_party(scope, account.party_id)
    names = await parties.labels(scope, [party.id])
    happened = await _happened(scope, account)
    owed = _in_own(account, (await receivables.open_of_accounts(scope, [account.id]))[account.id])
    row = _row(scope, account, names, owed)
    return customer_page.CustomerView(
        name=row.name,
        number=account.external_id,
        public_id=encode_id("acc", account.id),
        party_id=encode_id("pty", party.id),
        party_number=party.external_id,
        kind=party.kind,
        currency=account.currency,
        time_zone=account.time_zone,
        parent=await _parent(scope, account),
        open=row.open,
        due_on=row.due_on,
        is_overdue=row.is_overdue,
        running=sum(one.state is SubscriptionState.ACTIVE for one in happened.subscriptions),
        subscriptions=await subscription_rows(scope, happened.subscriptions),
        wallets=await wallet_rows(scope, happened.wallets),
        invoices=await invoice_rows(scope, happened.invoices, invoice_path),
        items=await _open_items(scope, account, _sources(happened)),
        payments=_payments(scope, happened.payments[:PAYMENTS_SHOWN], _sources(happened)),
        steps=account_steps(scope, happened),
    )


async def _happened(scope: Scope, account: Account) -> Happenings:
    """The newest of each kind of thing, as far as the reader may see it."""
    may, newest = scope.actor.may, Slice(limit=SHOWN)
    bought: list[Order] = []
    if may("orders:read"):
        bought = await orders.page(scope, OrderFilter(account_id=account.id), newest)
    running: list[Subscription] = []
    if may("subscriptions:read"):
        running = await subscriptions.page(scope, newest, account.id)
    paid: list[Payment] = []
    if may("payments:read"):
        paid = await payments.page(scope, newest, account.id)
    purses: list[Wallet] = []
    credited: list[TopUp] = []
    if may("wallets:read"):
        purses = (await wallets.page(scope, newest, account.id))[:SHOWN]
        for purse in purses:
            credited += (await wallets.top_up_page(scope, newest, purse.id))[:SHOWN]
    billed: list[Invoice] = []
    if may("invoices:read"):
        billed = await invoices.page(scope, InvoiceFilter(account_id=account.id), newest)
    return Happenings(
        bought[:SHOWN], running[:SHOWN], paid[:SHOWN], purses, credited, billed[:SHOWN]
    )


async def _parent(scope: Scope, account: Account) -> Link | None:
    if account.parent_account_id is None:
        return None
    above = await parties.get_account(scope, account.parent_account_id)
    return Link(above.external_id, account_path(above.id))


async def _open_items(
    scope: Scope, account: Account, sources: Mapping[UUID, Link]
) -> tuple[customer_page.OpenRow, ...]:
    wanted = OpenItemFilter(account_id=account.id, unpaid=True)
    found = await receivables.page(scope, wanted, Slice(limit=SHOWN))
    return tuple(_open_item(scope, one, sources) for one in found[:SHOWN])


def _open_item(scope: Scope, one: OpenItem, sources: Mapping[UUID, Link]) -> customer_page.OpenRow:
    return customer_page.OpenRow(
        source=sources.get(one.source_id, Link(encode_id("opi", one.id))),
        opened_on=one.opened_on,
        due_on=one.due_on,
        amount=Money(one.amount, one.currency),
        left=Money(one.open_amount, one.currency),
        is_overdue=one.due_on < _today(scope),
    )


def _payments(
    scope: Scope, paid: Sequence[Payment], sources: Mapping[UUID, Link]
) -> tuple[customer_page.PaymentRow, ...]:
    return tuple(
        customer_page.PaymentRow(
            source=sources.get(one.source_id, Link(encode_id("pay", one.id))),
            at=local(scope, one.created_at),
            provider=one.provider,
            state=one.state,
            amount=Money(one.amount, one.currency),
            note=one.failure_code,
        )
        for one in paid
    )


def _sources(happened: Happenings) -> dict[UUID, Link]:
    """What open items and payments are for, as far as it is shown here."""
    links = {one.id: Link(one.external_id, order_path(one.id)) for one in happened.orders}
    links |= {one.id: Link(one.number, invoice_path(one.id)) for one in happened.invoices}
    purses = {one.id: Link(one.external_id, wallet_path(one.id)) for one in happened.wallets}
    return links | {one.id: purses[one.wallet_id] for one in happened.top_ups}
