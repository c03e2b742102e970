"""The calls to payment providers: after commit, in batches, unknown outcomes read back."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from groschen.core.money import Money
from groschen.core.ports.payments import (
    ChargeRequest,
    ChargeResult,
    Failure,
    PaymentProvider,
    RefundRequest,
    RefundResult,
    RefundState,
)
from groschen.features.payments import service
from groschen.features.payments.model import Payment, PaymentState, Refund
from groschen.features.payments.ports import PROVIDERS, ProviderOpener
from groschen.kit.actor import job_actor
from groschen.kit.jobs import job, sweep
from groschen.kit.runtime import Runtime

ACTOR = job_actor("payments")
REPORT_WINDOW = timedelta(days=45)
Result = TypeVar("Result", ChargeResult, RefundResult)
NOT_CAPTURED = Failure("payment_not_captured", "the payment is disputed or lost", is_final=True)


@sweep("payments.retry", seconds=15)
@job("payments.capture")
async def capture(runtime: Runtime, tenant_id: UUID) -> None:
    """Charge every due payment of the tenant."""
    for name, provider in runtime.ports[PROVIDERS].items():
        while await _capture_batch(runtime, tenant_id, name, provider.open):
            pass


@sweep("payments.retry_refunds", seconds=15)
@job("payments.refund")
async def refund(runtime: Runtime, tenant_id: UUID) -> None:
    """Give back every due refund of the tenant."""
    for name, provider in runtime.ports[PROVIDERS].items():
        while await _refund_batch(runtime, tenant_id, name, provider.open):
            pass


@job("payments.book_payouts")
async def book_payouts(runtime: Runtime, tenant_id: UUID) -> None:
    """Read the providers' payout reports and book what is new."""
    for name, provider in runtime.ports[PROVIDERS].items():
        async with runtime.database.scope(tenant_id, ACTOR, write=False) as scope:
            now, mode = scope.now, scope.tenant.mode
        if provider.is_test_only and mode == "live":
            continue
        report = await provider.open(tenant_id, now).payout_report(now - REPORT_WINDOW)
        async with runtime.database.scope(tenant_id, ACTOR) as scope:
            await service.book_payouts(scope, name, report)


async def _capture_batch(
    runtime: Runtime, tenant_id: UUID, name: str, opener: ProviderOpener
) -> bool:
    async with runtime.database.scope(tenant_id, ACTOR) as scope:
        claimed = await service.claim_payments(scope, name)
        now = scope.now
    if not claimed:
        return False
    results = await _charge(opener(tenant_id, now), claimed)
    async with runtime.database.scope(tenant_id, ACTOR) as scope:
        await service.settle(scope, claimed, results)
    return True


async def _charge(provider: PaymentProvider, claimed: Sequence[Payment]) -> list[ChargeResult]:
    """Charge what was never sent; read back the rest first and send it only if it never arrived."""
    keys = {payment.id: str(payment.id) for payment in claimed}
    repeated = [payment.id for payment in claimed if payment.attempts > 1]
    known = await _read_back(provider.find, repeated, keys)
    fresh = [payment for payment in claimed if payment.id not in known]
    charged = await provider.charge([_charge_request(one, keys[one.id]) for one in fresh])
    known |= {payment.id: result for payment, result in zip(fresh, charged, strict=True)}
    return [known[payment.id] for payment in claimed]


async def _read_back(
    find: Callable[[Sequence[str]], Awaitable[list[Result | None]]],
    repeated: Sequence[UUID],
    keys: dict[UUID, str],
) -> dict[UUID, Result]:
    """What the provider knows of requests that were tried before; the others are still to be sent.

    Where it has refused for now, ``keys`` gets the key of the next attempt: a provider keeps its
    refusal under the key it refused.
    """
    known: dict[UUID, Result] = {}
    while repeated:
        found = await find([keys[one] for one in repeated])
        said = dict(zip(repeated, found, strict=True))
        repeated = [one for one in repeated if _was_refused_for_now(said[one])]
        known |= {
            one: result
            for one, result in said.items()
            if result is not None and one not in repeated
        }
        keys |= {one: _next_key(keys[one]) for one in repeated}
    return known


def _was_refused_for_now(result: ChargeResult | RefundResult | None) -> bool:
    return result is not None and result.failure is not None and not result.failure.is_final


def _next_key(key: str) -> str:
    """The key of the next attempt: it follows from the one before, so a crash cannot lose it."""
    first, _, number = key.partition(":")
    return f"{first}:{int(number or 1) + 1}"


def _charge_request(payment: Payment, key: str) -> ChargeRequest:
    amount = Money(payment.amount, payment.currency)
    return ChargeRequest(key, payment.id, amount, payment.method)


async def _refund_batch(
    runtime: Runtime, tenant_id: UUID, name: str, opener: ProviderOpener
) -> bool:
    async with runtime.database.scope(tenant_id, ACTOR) as scope:
        claimed = await service.claim_refunds(scope, name)
        now = scope.now
    if not claimed:
        return False
    results = await _give_back(opener(tenant_id, now), claimed)
    async with runtime.database.scope(tenant_id, ACTOR) as scope:
        await service.settle_refunds(scope, [one for one, _ in claimed], results)
    return True


async def _give_back(
    provider: PaymentProvider, claimed: Sequence[tuple[Refund, Payment]]
) -> list[RefundResult]:
    """Give back what was never sent, unless there is nothing to send or the money is disputed."""
    keys = {one.id: str(one.id) for one, _ in claimed}
    repeated = [one.id for one, _ in claimed if one.attempts > 1]
    known = await _read_back(provider.find_refunds, repeated, keys)
    known |= {
        one.id: result
        for one, payment in claimed
        if one.id not in known and (result := _without_provider(one, payment)) is not None
    }
    fresh = [(one, payment) for one, payment in claimed if one.id not in known]
    requests = [_refund_request(one, payment, keys[one.id]) for one, payment in fresh]
    refunded = await provider.refund(requests) if requests else []
    known |= {one.id: result for (one, _), result in zip(fresh, refunded, strict=True)}
    return [known[one.id] for one, _ in claimed]


def _without_provider(one: Refund, payment: Payment) -> RefundResult | None:
    """The outcome of a refund that need not, or must not, be sent; None if it is to be sent."""
    if not one.back:
        return RefundResult(str(one.id), RefundState.REFUNDED)
    if payment.state not in (PaymentState.CAPTURED, PaymentState.LATE):
        return RefundResult(str(one.id), RefundState.FAILED, failure=NOT_CAPTURED)
    return None


def _refund_request(one: Refund, payment: Payment, key: str) -> RefundRequest:
    back = Money(one.back, one.currency)
    return RefundRequest(key, one.id, payment.provider_reference or "", back)
