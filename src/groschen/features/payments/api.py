"""The endpoints of payments; orders ask for payments and refunds."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import Path, Query, Request

from groschen.core.lifecycle import IllegalTransition
from groschen.core.money import CurrencyMismatch
from groschen.core.ports.payments import CallbackForged, CallbackUnreadable
from groschen.features.payments import service
from groschen.features.payments.model import (
    CallbackContradicts,
    CallbackReused,
    CallbackTooEarly,
    PaymentNotFound,
    PaymentNotRefundable,
    ProviderUnknown,
    ReturnNotBooked,
)
from groschen.features.payments.ports import PROVIDERS
from groschen.features.payments.schemas import (
    ImportOut,
    PaymentId,
    PaymentOut,
    PspPayoutOut,
    ReceivedOut,
    TopUpId,
    TopUpIn,
    TopUpOut,
    WalletRef,
)
from groschen.features.wallets import service as wallets
from groschen.features.wallets.model import (
    TopUpAmountInvalid,
    TopUpNotFound,
    WalletClosed,
    WalletNotFound,
)
from groschen.kit.db import SYSTEM, TenantNotFound
from groschen.kit.http import (
    PageOut,
    Pages,
    Reader,
    Router,
    Surroundings,
    Writer,
    page_of,
    problems,
)
from groschen.kit.ids import PublicId
from groschen.kit.jobs import defer

payments: Final = Router("payments", prefix="/v1/payments")
top_ups: Final = Router("top_ups", prefix="/v1/top_ups")
payouts: Final = Router("psp_payouts", prefix="/v1/psp_payouts")
callbacks: Final = Router("payment_callbacks", prefix="/v1/payment_callbacks")
routers: Final = (payments, top_ups, payouts, callbacks)

AccountId = Annotated[UUID, PublicId("acc")]
TenantId = Annotated[UUID, PublicId("ten"), Path(description="The tenant the provider serves.")]
Provider = Annotated[
    str,
    Path(
        description="A connected provider.", examples=["sandbox"], pattern="^[a-z][a-z0-9_]{0,31}$"
    ),
]


@payments.get("", permission="payments:read", verb="list")
async def list_payments(
    scope: Reader,
    page: Pages,
    account_id: Annotated[
        AccountId | None, Query(description="Only payments of this account.")
    ] = None,
) -> PageOut[PaymentOut]:
    """List payments, newest first."""
    found = await service.page(scope, page, account_id)
    return page_of(page, found, identity=lambda payment: payment.id, show=PaymentOut.of)


@payments.get("/{payment_id}", permission="payments:read", responses=problems(PaymentNotFound))
async def read_payment(payment_id: PaymentId, scope: Reader) -> PaymentOut:
    """Read a payment."""
    return PaymentOut.of(await service.payment(scope, payment_id))


@payments.post(
    "/{payment_id}/give_back",
    permission="payments:write",
    verb="give_back",
    status_code=200,
    responses=problems(PaymentNotFound, PaymentNotRefundable),
)
async def give_back_payment(payment_id: PaymentId, scope: Writer) -> PaymentOut:
    """Try again to give back money that came too late, after the provider had refused it."""
    return PaymentOut.of(await service.give_back(scope, payment_id))


@top_ups.post(
    "",
    permission="top_ups:write",
    verb="request",
    idempotent="required",
    responses=problems(ProviderUnknown, TopUpAmountInvalid, WalletClosed, WalletNotFound),
)
async def request_top_up(body: TopUpIn, scope: Writer, around: Surroundings) -> TopUpOut:
    """Pay for credit; it can be used as soon as the provider has the money.

    A customer may do so for its own wallets.
    """
    asked = await service.request_top_up(
        scope,
        body.wallet,
        body.amount,
        provider=body.provider,
        method=body.method,
        providers=service.usable_providers(around, scope),
    )
    return TopUpOut.of(asked)


@top_ups.get("", permission="wallets:read", verb="list", responses=problems(WalletNotFound))
async def list_top_ups(
    scope: Reader,
    page: Pages,
    wallet: Annotated[WalletRef | None, Query(description="Only this wallet's.")] = None,
) -> PageOut[TopUpOut]:
    """List top-ups and grants, newest first."""
    found = await wallets.top_up_page(scope, page, wallet)
    return page_of(page, found, identity=lambda one: one.id, show=TopUpOut.of)


@top_ups.get(
    "/{top_up_id}", permission="wallets:read", verb="get", responses=problems(TopUpNotFound)
)
async def get_top_up(top_up_id: TopUpId, scope: Reader) -> TopUpOut:
    """Show one top-up or grant."""
    return TopUpOut.of(await wallets.top_up(scope, top_up_id))


@payouts.get("", permission="payments:read", verb="list")
async def list_psp_payouts(scope: Reader, page: Pages) -> PageOut[PspPayoutOut]:
    """List what providers paid out to our bank, newest first."""
    found = await service.payout_page(scope, page)
    return page_of(page, found, identity=lambda payout: payout.id, show=PspPayoutOut.of)


@payouts.post("/import", permission="payments:write", verb="import", status_code=202)
async def import_psp_payouts(scope: Writer) -> ImportOut:
    """Read the providers' payout reports and book what is new (a job, after this answer)."""
    await defer(scope, "payments.book_payouts")
    return ImportOut(requested=True)


@callbacks.public(
    "POST",
    "/{provider}/{tenant_id}",
    verb="receive",
    responses=problems(
        CallbackContradicts,
        CallbackForged,
        CallbackReused,
        CallbackTooEarly,
        CallbackUnreadable,
        CurrencyMismatch,
        IllegalTransition,
        ProviderUnknown,
        ReturnNotBooked,
        TenantNotFound,
    ),
)
async def receive_callback(
    provider: Provider, tenant_id: TenantId, request: Request, around: Surroundings
) -> ReceivedOut:
    """Take a provider's callback: signed over the raw bytes, and each has one effect."""
    connected = around.ports[PROVIDERS].get(provider)
    if connected is None:
        raise ProviderUnknown(
            f"no payment provider {provider!r} is connected",
            field="provider",
            hint="check the address the provider was given",
        )
    body = await request.body()
    headers = {name.lower(): value for name, value in request.headers.items()}
    async with around.database.scope(
        tenant_id, SYSTEM, request_id=request.state.request_id
    ) as scope:
        event = connected.open(tenant_id, scope.now).parse_callback(headers, body, scope.real_now)
        new = await service.receive_callback(scope, provider, event, body)
    return ReceivedOut(duplicate=not new)
