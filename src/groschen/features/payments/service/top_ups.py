"""Top-ups: credit for a wallet is paid, and usable in the transaction that learns of the money."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from groschen.core.ledger.chart import BANK, PSP_CLEARING
from groschen.features.payments.model import (
    Payment,
    PaymentPurpose,
    PaymentRequest,
    ProviderUnknown,
)
from groschen.features.payments.ports import PROVIDERS
from groschen.features.payments.queries import payments as queries
from groschen.features.wallets import service as wallets
from groschen.kit.ids import new_id
from groschen.kit.jobs import defer
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from groschen.core.ports.payments import ChargeResult
    from groschen.features.wallets.model import TopUp
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference
    from groschen.kit.runtime import Runtime


def money_account(result: ChargeResult) -> str:
    """Where captured money is: on our bank account, or still with the provider."""
    return BANK if result.on_bank else PSP_CLEARING


def usable_providers(runtime: Runtime, scope: Scope) -> frozenset[str]:
    """The payment providers that the tenant can use: a live one none that only plays."""
    is_live = scope.tenant.mode == "live"
    return frozenset(
        name
        for name, provider in runtime.ports[PROVIDERS].items()
        if not (is_live and provider.is_test_only)
    )


async def request_top_up(
    scope: Scope,
    wallet: Reference,
    amount: Decimal,
    *,
    provider: str,
    method: str,
    providers: Collection[str],
) -> TopUp:
    """Ask for credit and its payment; the provider is called after commit, by a job.

    Raises WalletNotFound, WalletClosed, TopUpAmountInvalid, ProviderUnknown.
    """
    found = await wallets.find(scope, wallet)
    if provider not in providers:
        raise ProviderUnknown(
            f"no payment provider {provider!r} can be used here",
            field="provider",
            hint=f"use one of: {', '.join(sorted(providers)) or 'none is connected'}",
        )
    asked = await wallets.request_top_up(scope, found, amount)
    payment = PaymentRequest(
        id=new_id(),
        account_id=found.account_id,
        party_id=found.party_id,
        open_item_id=None,
        source_id=asked.id,
        provider=provider,
        method=method,
        currency=found.currency,
        amount=amount,
        purpose=PaymentPurpose.TOP_UP,
    )
    await queries.insert_payments(scope, json_rows([payment]))
    await defer(scope, "payments.capture")
    return asked


async def settle(
    scope: Scope,
    captured: Sequence[Payment],
    failed: Sequence[Payment],
    said: Mapping[UUID, ChargeResult],
) -> None:
    """Credit the top-ups among the captured payments, end those among the failed ones."""
    received = {
        one.source_id: money_account(said[one.id])
        for one in captured
        if one.purpose is PaymentPurpose.TOP_UP
    }
    await wallets.credit_top_up(scope, received)
    failures = {
        one.source_id: failure.code if (failure := said[one.id].failure) else None
        for one in failed
        if one.purpose is PaymentPurpose.TOP_UP
    }
    await wallets.fail_top_up(scope, failures)
