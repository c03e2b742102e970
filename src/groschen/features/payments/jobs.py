"""The calls to payment providers: after commit, in batches, unknown outcomes read back."""

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
    known: dict[UUID, ChargeResult] = {}
    keys = {payment.id: str(payment.id) for payment in claimed}
    repeated = [payment for payment in claimed if payment.attempts > 1]
    while repeated:
        found = await provider.find([keys[payment.id] for payment in repeated])
        said = dict(zip((payment.id for payment in repeated), found, strict=True))
        repeated = [payment for payment in repeated if _was_refused_for_now(said[payment.id])]
        refused = {payment.id for payment in repeated}
        known |= {
            payment_id: result
            for payment_id, result in said.items()
            if result is not None and payment_id not in refused
        }
        keys |= {payment_id: _next_key(keys[payment_id]) for payment_id in refused}
    fresh = [payment for payment in claimed if payment.id not in known]
    charged = await provider.charge([_charge_request(one, keys[one.id]) for one in fresh])
    known |= {payment.id: result for payment, result in zip(fresh, charged, strict=True)}
    return [known[payment.id] for payment in claimed]


def _was_refused_for_now(result: ChargeResult | None) -> bool:
    """A refusal the provider keeps under its key: another attempt needs another key."""
    return result is not None and result.failure is not None and not result.failure.is_final


def _next_key(key: str) -> str:
    """The key of the next attempt: it follows from the one before, so a crash cannot lose it."""
    payment_id, _, number = key.partition(":")
    return f"{payment_id}:{int(number or 1) + 1}"


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
