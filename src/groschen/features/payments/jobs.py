"""The calls to payment providers: after commit, in batches, read back when an outcome is unknown."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from groschen.core.money import Money, subtract
from groschen.core.ports.payments import (
    ChargeRequest,
    ChargeResult,
    PaymentProvider,
    RefundRequest,
    RefundResult,
)
from groschen.features.payments import service
from groschen.features.payments.model import Payment, Refund
from groschen.features.payments.ports import PROVIDERS, ProviderOpener
from groschen.kit.actor import job_actor
from groschen.kit.jobs import job, sweep
from groschen.kit.runtime import Runtime

ACTOR = job_actor("payments")
REPORT_WINDOW = timedelta(days=45)


@sweep("payments.retry", seconds=15)
@job("payments.capture")
async def capture(runtime: Runtime, tenant_id: UUID) -> None:
    """Charge every due payment of the tenant."""
    for name, opener in runtime.ports[PROVIDERS].items():
        while await _capture_batch(runtime, tenant_id, name, opener):
            pass


@sweep("payments.retry_refunds", seconds=15)
@job("payments.refund")
async def refund(runtime: Runtime, tenant_id: UUID) -> None:
    """Give back every due refund of the tenant."""
    for name, opener in runtime.ports[PROVIDERS].items():
        while await _refund_batch(runtime, tenant_id, name, opener):
            pass


@job("payments.book_payouts")
async def book_payouts(runtime: Runtime, tenant_id: UUID) -> None:
    """Read the providers' payout reports and book what is new."""
    for name, opener in runtime.ports[PROVIDERS].items():
        async with runtime.database.scope(tenant_id, ACTOR, write=False) as scope:
            now = scope.now
        report = await opener(tenant_id, now).payout_report(now - REPORT_WINDOW)
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
    repeated = [payment for payment in claimed if payment.attempts > 1]
    found = await provider.find([str(payment.id) for payment in repeated]) if repeated else []
    known = {
        payment.id: result
        for payment, result in zip(repeated, found, strict=True)
        if result is not None and not _may_be_sent_again(result)
    }
    fresh = [payment for payment in claimed if payment.id not in known]
    charged = await provider.charge([_charge_request(payment) for payment in fresh])
    known |= {payment.id: result for payment, result in zip(fresh, charged, strict=True)}
    return [known[payment.id] for payment in claimed]


def _may_be_sent_again(result: ChargeResult) -> bool:
    return result.failure is not None and not result.failure.is_final


def _charge_request(payment: Payment) -> ChargeRequest:
    amount = Money(payment.amount, payment.currency)
    return ChargeRequest(str(payment.id), payment.id, amount, payment.method)


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
    repeated = [one.id for one, _ in claimed if one.attempts > 1]
    found = await provider.find_refunds([str(one) for one in repeated]) if repeated else []
    known = {
        refund_id: result
        for refund_id, result in zip(repeated, found, strict=True)
        if result is not None and (result.failure is None or result.failure.is_final)
    }
    fresh = [(one, payment) for one, payment in claimed if one.id not in known]
    refunded = await provider.refund([_refund_request(one, payment) for one, payment in fresh])
    known |= {one.id: result for (one, _), result in zip(fresh, refunded, strict=True)}
    return [known[one.id] for one, _ in claimed]


def _refund_request(one: Refund, payment: Payment) -> RefundRequest:
    back = Money(subtract(one.gross, one.fee), one.currency)
    return RefundRequest(str(one.id), one.id, payment.provider_reference or "", back)
