"""Topping up one's own wallet: how much, then yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Form, Request, Response

from groschen.core.errors import GroschenError
from groschen.core.money import Money
from groschen.features.payments import service as payments
from groschen.features.payments.model import ProviderUnknown
from groschen.features.wallets import service as wallets
from groschen.features.wallets.model import TopUp
from groschen.kit.db import Scope
from groschen.kit.http import Reader, Writer
from groschen.kit.runtime import Runtime
from groschen.web.customer import topping_up
from groschen.web.customer.routes.paths import top_up_path
from groschen.web.fields import number_of
from groschen.web.forms import attempt, see_other, sent
from groschen.web.navigation import CUSTOMER_HOME
from groschen.web.page import page
from groschen.web.routing import Around, Audience, Looking, PageRouter, path_id
from groschen.web.ui.refusals import Refusal

pages: Final = PageRouter(Audience.CUSTOMER)
WalletId = Annotated[UUID, Depends(path_id("wal", "wallet"))]
Text = Annotated[str, Form(max_length=200)]
PATH: Final = f"{CUSTOMER_HOME}/top_up/{{wallet}}"
SUGGESTED: Final = ("10", "20", "50")


@dataclass(frozen=True, slots=True)
class _Asked:
    """The form as it was sent."""

    amount: str = ""
    provider: str = ""
    method: str = ""


async def _asked(amount: Text = "", provider: Text = "", method: Text = "") -> _Asked:
    return _Asked(amount.strip(), provider.strip(), method.strip())


Asked = Annotated[_Asked, Depends(_asked)]


@pages.page(PATH, permission="top_ups:write")
async def show_form(request: Request, wallet: WalletId, scope: Reader, around: Around) -> Response:
    """How much."""
    return await _answer(request, scope, around, wallet, _Asked())


@pages.command(f"{PATH}/check", permission="top_ups:write")
async def check(
    request: Request, wallet: WalletId, around: Around, visitor: Looking, asked: Asked
) -> Response:
    """Ask whether to go on; everything is done and undone again, so that it will be possible."""
    async with around.database.scope(visitor.tenant.id, visitor.actor, dry_run=True) as scope:
        async with attempt(scope) as tried:
            made = await _request(scope, around, wallet, asked)
            return await _answer(request, scope, around, wallet, asked, made=made)
        return await _answer(request, scope, around, wallet, asked, refusal=tried.refusal)


@pages.form(f"{PATH}/pay", permission="top_ups:write")
async def pay(
    request: Request, wallet: WalletId, scope: Writer, around: Around, asked: Asked
) -> Response:
    """Pay; the credit can be used as soon as the money is there."""
    async with attempt(scope) as tried:
        await _request(scope, around, wallet, asked)
        return see_other(f"{CUSTOMER_HOME}?done=top_up")
    return await _answer(request, scope, around, wallet, asked, refusal=tried.refusal)


async def _request(scope: Scope, around: Runtime, wallet_id: UUID, asked: _Asked) -> TopUp:
    amount = number_of(asked.amount or "0", "amount")
    return await payments.request_top_up(
        scope,
        wallet_id,
        amount or Money.zero(scope.tenant.home_currency).amount,
        provider=asked.provider,
        method=asked.method,
        providers=payments.usable_providers(around, scope),
    )


async def _answer(
    request: Request,
    scope: Scope,
    around: Runtime,
    wallet_id: UUID,
    asked: _Asked,
    *,
    made: TopUp | None = None,
    refusal: GroschenError | None = None,
) -> Response:
    wallet = await wallets.find(scope, wallet_id)
    providers = sorted(payments.usable_providers(around, scope))
    if not providers:
        raise ProviderUnknown(
            "no payment provider is connected", hint="ask who sells to you how to pay in"
        )
    at_field = refusal is not None and refusal.field == "amount"
    path = top_up_path(wallet.id)
    view = topping_up.TopUpView(
        number=wallet.external_id,
        credit=Money(wallet.credit, wallet.currency),
        emergency=Money(wallet.overdraft, wallet.currency),
        asked=sent(asked.amount, refusal, "amount"),
        provider=asked.provider or providers[0],
        method=asked.method or next(iter(topping_up.METHODS)),
        suggestions=SUGGESTED,
        check_at=f"{path}/check",
        pay_at=f"{path}/pay",
        amount=None if made is None else Money(made.amount, made.currency),
        refusal=None if refusal is None or at_field else Refusal.of(refusal),
    )
    status = 200 if refusal is None else 422
    return page(request, topping_up.TEMPLATE, view, status=status)
