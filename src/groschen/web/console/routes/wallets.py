"""Wallets: the list, and one with everything that moved it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from groschen.core.money import Money
from groschen.features.parties import service as parties
from groschen.features.wallets import service as wallets
from groschen.features.wallets.model import TopUp, UsedOnDay, Wallet, WalletNotFound
from groschen.kit.db import Scope
from groschen.kit.http import External, Pages, Reader, Slice
from groschen.kit.ids import InvalidId, decode_id, encode_id
from groschen.web.addresses import account_path, wallet_path
from groschen.web.console import wallets as wallets_page
from groschen.web.forms import see_other
from groschen.web.page import page
from groschen.web.routing import Audience, PageRouter, path_id
from groschen.web.ui.parts import Bars, BarSeries, Link, Pager
from groschen.web.values import local, local_or_none, page_of_rows

pages: Final = PageRouter(Audience.CONSOLE)
WalletId = Annotated[UUID, Depends(path_id("wal", "wallet"))]
DAYS_SHOWN: Final = 30
SHOWN: Final = 12


@pages.page("/wallets", permission="wallets:read")
async def show_wallets(
    request: Request, scope: Reader, asked: Pages, q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """The list, narrowed to an account; a wallet's own number leads to it."""
    text = q.strip()
    named = await _named(scope, text) if text else None
    if named is not None:
        return see_other(wallet_path(named.id))
    account = (await parties.accounts_by_external_id(scope, [text])).get(text) if text else None
    found: list[Wallet] = []
    if account is not None or not text:
        found = await wallets.page(scope, asked, None if account is None else account.id)
    shown, pager = page_of_rows(request, asked, found, lambda one: one.id)
    view = wallets_page.WalletsView(await wallet_rows(scope, shown), pager, text=q)
    return page(request, wallets_page.LIST_TEMPLATE, view)


@pages.page("/wallets/{wallet}", permission="wallets:read")
async def show_wallet(request: Request, wallet: WalletId, scope: Reader, asked: Pages) -> Response:
    """One wallet."""
    found = await wallets.find(scope, wallet)
    moved = await wallets.movements(scope, found, asked)
    shown, pager = page_of_rows(request, asked, moved, lambda one: one.id)
    movements = tuple(
        wallets_page.MovementRow(one.kind, one.effective_on, Money(one.amount, found.currency))
        for one in shown
    )
    view = await _view(scope, found, movements, pager)
    return page(request, wallets_page.TEMPLATE, view)


async def _named(scope: Scope, text: str) -> Wallet | None:
    """The wallet that ``text`` names by its own or its public id, if there is one."""
    try:
        try:
            return await wallets.find(scope, decode_id("wal", text))
        except InvalidId:
            return await wallets.find(scope, External(text))
    except WalletNotFound:
        return None


async def wallet_rows(scope: Scope, found: Sequence[Wallet]) -> tuple[wallets_page.WalletRow, ...]:
    """Wallets as rows of a list."""
    names = await parties.labels(scope, [one.party_id for one in found])
    return tuple(
        wallets_page.WalletRow(
            number=one.external_id,
            href=wallet_path(one.id),
            customer=Link(names[one.party_id], account_path(one.account_id)),
            state=one.state,
            credit=Money(one.credit, one.currency),
            emergency=Money(one.overdraft, one.currency),
            limit=Money(one.emergency_limit, one.currency),
            is_exhausted=one.exhausted,
        )
        for one in found
    )


async def _view(
    scope: Scope,
    wallet: Wallet,
    movements: tuple[wallets_page.MovementRow, ...],
    pager: Pager,
) -> wallets_page.WalletView:
    (row,) = await wallet_rows(scope, [wallet])
    expected = await wallets.forecast(scope, wallet)
    account = await parties.get_account(scope, wallet.account_id)
    return wallets_page.WalletView(
        row=row,
        public_id=encode_id("wal", wallet.id),
        account=Link(account.external_id, account_path(account.id)),
        per_day=Money(expected.per_day, wallet.currency),
        days=expected.days,
        days_left=expected.days_left,
        vat_mode=wallet.vat_mode,
        vat_rate=wallet.vat_rate,
        country=wallet.country,
        time_zone=wallet.time_zone,
        protected_region=wallet.protected_region,
        restored_days=wallet.restored_days,
        thresholds=tuple(Money(one, wallet.currency) for one in wallet.thresholds),
        used=bars_of_use(await wallets.used_by_day(scope, wallet, DAYS_SHOWN), wallet.currency),
        buckets=await _buckets(scope, wallet),
        top_ups=await top_up_rows(scope, wallet),
        movements=movements,
        pager=pager,
    )


def bars_of_use(used: Sequence[UsedOnDay], currency: str) -> Bars:
    """What use took on each day, of credit and of emergency credit; none without any."""
    if not any(one.credit or one.emergency for one in used):
        return Bars((), ())
    credit = tuple(Money(one.credit, currency) for one in used)
    emergency = tuple(Money(one.emergency, currency) for one in used)
    series = [BarSeries(wallets_page.USE, credit, is_text=True)]
    if any(one.amount for one in emergency):
        series.append(BarSeries(wallets_page.EMERGENCY, emergency, is_text=True))
    return Bars(tuple(one.day for one in used), tuple(series))


async def _buckets(scope: Scope, wallet: Wallet) -> tuple[wallets_page.BucketRow, ...]:
    return tuple(
        wallets_page.BucketRow(
            kind=one.kind,
            state=one.state,
            scope=tuple(one.scope),
            valid_from=local(scope, one.valid_from),
            expires_at=local_or_none(scope, one.expires_at),
            amount=Money(one.amount, wallet.currency),
            left=Money(one.left, wallet.currency),
        )
        for one in await wallets.buckets(scope, wallet)
    )


async def top_up_rows(scope: Scope, wallet: Wallet) -> tuple[wallets_page.TopUpRow, ...]:
    """The newest top-ups and grants of a wallet."""
    found = await wallets.top_up_page(scope, Slice(limit=SHOWN), wallet.id)
    return tuple(_top_up(scope, one) for one in found[:SHOWN])


def _top_up(scope: Scope, one: TopUp) -> wallets_page.TopUpRow:
    return wallets_page.TopUpRow(
        at=local(scope, one.credited_at or one.requested_at),
        kind=one.kind,
        state=one.state,
        amount=Money(one.amount, one.currency),
        repaid=Money(one.emergency_repaid, one.currency),
        note=one.failure_code,
    )
