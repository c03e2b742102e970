"""What is special about the sandbox provider: its tokens, its clock, its independence."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from groschen.adapters.payments.sandbox import SandboxPayments, SandboxTerms
from groschen.adapters.payments.sandbox.provider import CALLBACK_PURPOSE
from groschen.adapters.payments.sandbox.records import SandboxInLiveTenant, SandboxStepImpossible
from groschen.core.money import Money
from groschen.core.ports.payments import (
    CallbackUnreadable,
    CaptureRequest,
    ChargeRequest,
    ChargeState,
    ProviderEventKind,
)
from groschen.kit.clock import real_now
from groschen.kit.db import SYSTEM
from groschen.kit.ids import new_id
from groschen.kit.signatures import sign

if TYPE_CHECKING:
    from adapters.conftest import MovableClock
    from groschen.adapters.payments.sandbox import SandboxProvider, SandboxWorld
    from groschen.kit.db import Database
    from groschen.kit.seal import Seal

FARE = Money(Decimal("12.90"), "EUR")


@pytest.fixture
def payments(database: Database, seal: Seal) -> SandboxPayments:
    return SandboxPayments(database, seal)


@pytest.fixture
def provider(payments: SandboxPayments, clock: MovableClock) -> SandboxProvider:
    return payments.open(clock.tenant_id, clock.now)


@pytest.fixture
def world(payments: SandboxPayments, clock: MovableClock) -> SandboxWorld:
    return payments.world(clock.tenant_id)


def ask(method: str) -> ChargeRequest:
    return ChargeRequest(f"pay:{new_id()}", new_id(), FARE, method)


async def captured(provider: SandboxProvider, method: str = "tok_visa") -> str:
    [result] = await provider.charge([ask(method)])
    assert result.reference is not None
    return result.reference


@pytest.mark.parametrize(
    ("method", "code", "is_final"),
    [
        ("tok_declined", "card_declined", True),
        ("tok_insufficient", "insufficient_funds", False),
        ("tok_unavailable", "provider_unavailable", False),
        ("tok_nonsense", "unknown_method", True),
        ("", "unknown_method", True),
    ],
)
async def test_refusals_say_whether_to_try_again(
    provider: SandboxProvider, method: str, code: str, *, is_final: bool
) -> None:
    [result] = await provider.charge([ask(method)])
    assert result.state is ChargeState.FAILED
    assert result.failure is not None
    assert (result.failure.code, result.failure.is_final) == (code, is_final)


async def test_a_charge_stays_when_the_caller_dies(
    database: Database, provider: SandboxProvider, clock: MovableClock
) -> None:
    request = ask("tok_visa")

    async def die_after_charging() -> None:
        async with database.scope(clock.tenant_id, SYSTEM):
            await provider.charge([request])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await die_after_charging()
    [found] = await provider.find([request.idempotency_key])
    assert found is not None
    assert found.state is ChargeState.CAPTURED


async def test_crossing_calls_with_one_key_charge_once(provider: SandboxProvider) -> None:
    request = ask("tok_visa")
    answers = await asyncio.gather(*(provider.charge([request]) for _ in range(8)))
    assert len({answer[0].reference for answer in answers}) == 1


async def test_crossing_batches_in_opposite_order_do_not_block(provider: SandboxProvider) -> None:
    requests = [ask("tok_visa") for _ in range(200)]
    one, other = await asyncio.gather(
        provider.charge(requests), provider.charge(list(reversed(requests)))
    )
    assert one == list(reversed(other))


async def test_a_live_tenant_cannot_open_it(payments: SandboxPayments, tenant_id: UUID) -> None:
    provider = payments.open(tenant_id, real_now())
    with pytest.raises(SandboxInLiveTenant):
        await provider.charge([ask("tok_visa")])


async def test_a_direct_debit_is_returned_five_days_later(
    provider: SandboxProvider, world: SandboxWorld, clock: MovableClock
) -> None:
    reference = await captured(provider, "sepa_returned")
    clock.move(timedelta(days=4, hours=23))
    assert await world.pass_time() == 0
    clock.move(timedelta(hours=1))
    assert await world.pass_time() == 1
    assert await world.pass_time() == 0
    [call] = await world.next_callbacks()
    event = provider.parse_callback(call.headers, call.raw_body, real_now())
    assert (event.kind, event.reference) == (ProviderEventKind.RETURNED, reference)
    assert event.fee == Money(Decimal("3.00"), "EUR")


async def test_a_pending_charge_can_end_badly(
    provider: SandboxProvider, world: SandboxWorld, clock: MovableClock
) -> None:
    [result] = await provider.charge([ask("tok_pending_declined")])
    clock.move(timedelta(hours=1))
    await world.pass_time()
    [call] = await world.next_callbacks()
    event = provider.parse_callback(call.headers, call.raw_body, real_now())
    assert (event.kind, event.reference) == (ProviderEventKind.FAILED, result.reference)
    assert event.failure is not None
    assert await world.pay_out() == []


async def test_an_authorisation_ends_after_a_week(
    payments: SandboxPayments, provider: SandboxProvider, clock: MovableClock
) -> None:
    [held] = await provider.authorise([ask("tok_visa")])
    assert held.reference is not None
    clock.move(timedelta(days=7))
    request = CaptureRequest("late", new_id(), held.reference, FARE)
    [result] = await payments.open(clock.tenant_id, clock.now).capture([request])
    assert result.failure is not None
    assert result.failure.code == "authorisation_expired"


async def test_agreed_fees_hold_from_then_on(
    provider: SandboxProvider, world: SandboxWorld, clock: MovableClock
) -> None:
    await captured(provider)
    await world.agree(SandboxTerms(Decimal("0.10"), Decimal(20), Decimal(1)))
    await captured(provider)
    await world.open_dispute(await captured(provider))
    await world.pay_out()
    [payout] = await provider.payout_report(clock.now)
    assert payout.fee == Money(Decimal("20.63"), "EUR")


async def test_impossible_steps_are_refused(provider: SandboxProvider, world: SandboxWorld) -> None:
    with pytest.raises(SandboxStepImpossible):
        await world.open_dispute("ch_never")
    reference = await captured(provider)
    with pytest.raises(SandboxStepImpossible):
        await world.win(reference)
    with pytest.raises(SandboxStepImpossible):
        await world.open_dispute(reference, Decimal("12.91"))
    dispute = await world.open_dispute(reference)
    assert await world.open_dispute(reference) == dispute
    await world.win(reference)
    await world.win(reference)
    with pytest.raises(SandboxStepImpossible):
        await world.lose(reference)
    assert len(await world.next_callbacks()) == 2


async def test_a_payout_holds_every_capture_once_while_sales_go_on(
    provider: SandboxProvider, world: SandboxWorld, clock: MovableClock
) -> None:
    async def sell() -> None:
        for _ in range(5):
            await provider.charge([ask("tok_visa") for _ in range(20)])

    await asyncio.gather(sell(), sell(), *(world.pay_out() for _ in range(5)))
    await world.pay_out()
    report = await provider.payout_report(clock.now)
    references = [movement.reference for payout in report for movement in payout.movements]
    assert len(references) == len(set(references)) == 200
    assert sum(payout.amount.amount for payout in report) == Decimal("12.47") * 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b'{"id":"evt_1","type":"nonsense"}',
        json.dumps(
            {
                "id": "evt_1",
                "type": "captured",
                "created_at": "2027-01-01T00:00:00Z",
                "reference": "ch_1",
                "amount": {"amount": "1e99", "currency": "EUR"},
                "fee": {"amount": "0", "currency": "EUR"},
                "failure_code": None,
            }
        ).encode(),
        json.dumps(
            {
                "id": "evt_other",
                "type": "captured",
                "created_at": "2027-01-01T00:00:00Z",
                "reference": "ch_1",
                "amount": {"amount": "1", "currency": "EUR"},
                "fee": {"amount": "0", "currency": "EUR"},
                "failure_code": None,
            }
        ).encode(),
    ],
)
async def test_a_signed_callback_that_says_nothing_known_is_unreadable(
    provider: SandboxProvider, seal: Seal, clock: MovableClock, body: bytes
) -> None:
    secret = seal.key(CALLBACK_PURPOSE, clock.tenant_id.bytes)
    at = real_now()
    headers = sign([secret], "evt_1", at, body)
    with pytest.raises(CallbackUnreadable):
        provider.parse_callback(headers, body, at)
