"""The endpoints of wallets; top-ups are asked for where payments are."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Query

from groschen.core.tax import TaxRateUnknown
from groschen.features.parties.model import AccountNotFound
from groschen.features.wallets import service
from groschen.features.wallets.model import (
    GrantInvalid,
    ProtectedRegionUnknown,
    WalletClosed,
    WalletExists,
    WalletNotFound,
    WalletUnlawful,
)
from groschen.features.wallets.schemas import (
    AccountRef,
    BucketOut,
    BucketsOut,
    GrantIn,
    GrantOut,
    MovementOut,
    WalletIn,
    WalletOut,
    WalletQuoteIn,
    WalletQuoteOut,
    WalletRef,
)
from groschen.features.wallets.use_schemas import ForecastOut, UsedByDayOut, UsedOnDayOut
from groschen.kit.http import PageOut, Pages, Reader, Router, Writer, page_of, problems

router: Final = Router("wallets", prefix="/v1/wallets")


@router.post(
    "",
    permission="wallets:write",
    verb="open",
    responses=problems(
        AccountNotFound, ProtectedRegionUnknown, TaxRateUnknown, WalletExists, WalletUnlawful
    ),
)
async def open_wallet(body: WalletIn, scope: Writer) -> WalletOut:
    """Open a wallet for an account, in the account's currency and time zone."""
    return WalletOut.of(await service.open_wallet(scope, body.draft()))


@router.get("", permission="wallets:read", verb="list", responses=problems(AccountNotFound))
async def list_wallets(
    scope: Reader,
    pages: Pages,
    account: Annotated[AccountRef | None, Query(description="Only this account's.")] = None,
) -> PageOut[WalletOut]:
    """List wallets, newest first."""
    found = await service.page(scope, pages, account)
    return page_of(pages, found, identity=lambda wallet: wallet.id, show=WalletOut.of)


@router.get("/{wallet}", permission="wallets:read", verb="get", responses=problems(WalletNotFound))
async def get_wallet(wallet: WalletRef, scope: Reader) -> WalletOut:
    """Show one wallet with its credit."""
    return WalletOut.of(await service.find(scope, wallet))


@router.get(
    "/{wallet}/buckets",
    permission="wallets:read",
    verb="list_buckets",
    responses=problems(WalletNotFound),
)
async def list_buckets(wallet: WalletRef, scope: Reader) -> BucketsOut:
    """List the buckets of a wallet, newest first."""
    found = await service.find(scope, wallet)
    rows = await service.buckets(scope, found)
    return BucketsOut(data=[BucketOut.of(row, found.currency) for row in rows])


@router.get(
    "/{wallet}/movements",
    permission="wallets:read",
    verb="list_movements",
    responses=problems(WalletNotFound),
)
async def list_movements(wallet: WalletRef, scope: Reader, pages: Pages) -> PageOut[MovementOut]:
    """List what moved a wallet other than use, newest first."""
    found = await service.find(scope, wallet)
    rows = await service.movements(scope, found, pages)
    return page_of(
        pages,
        rows,
        identity=lambda row: row.id,
        show=lambda row: MovementOut.of(row, found.currency),
    )


@router.get(
    "/{wallet}/used_by_day",
    permission="wallets:read",
    verb="list_used_by_day",
    responses=problems(WalletNotFound),
)
async def list_used_by_day(
    wallet: WalletRef,
    scope: Reader,
    days: Annotated[
        int, Query(ge=1, le=366, description="How many days up to today.", examples=[30])
    ] = 30,
) -> UsedByDayOut:
    """List what use took from a wallet on each of the last days."""
    found = await service.find(scope, wallet)
    rows = await service.used_by_day(scope, found, days)
    return UsedByDayOut(data=[UsedOnDayOut.of(row, found.currency) for row in rows])


@router.get(
    "/{wallet}/forecast",
    permission="wallets:read",
    verb="forecast",
    responses=problems(WalletNotFound),
)
async def forecast(wallet: WalletRef, scope: Reader) -> ForecastOut:
    """Say for how many days the credit lasts, by the mean use of the last seven days."""
    return ForecastOut.of(await service.forecast(scope, await service.find(scope, wallet)))


@router.post(
    "/{wallet}/grants",
    permission="wallets:write",
    verb="grant",
    idempotent="required",
    responses=problems(GrantInvalid, WalletClosed, WalletNotFound),
)
async def grant_credit(wallet: WalletRef, body: GrantIn, scope: Writer) -> GrantOut:
    """Give credit to a customer, for all components or some."""
    found = await service.find(scope, wallet)
    return GrantOut.of(await service.grant(scope, found.id, body.grant()))


@router.post(
    "/{wallet}/quote",
    permission="wallets:read",
    verb="quote",
    status_code=200,
    responses=problems(WalletNotFound),
)
async def quote_use(wallet: WalletRef, body: WalletQuoteIn, scope: Writer) -> WalletQuoteOut:
    """Show which buckets would pay for use of a price; nothing is held."""
    found = await service.find(scope, wallet)
    return WalletQuoteOut.of(await service.quote(scope, found, body.component, body.amount))
