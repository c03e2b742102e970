"""What every payment provider must do; adapters are found, each needs a stage."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from adapters.discovery import implementations
from adapters.payments_stages import STAGES, Stage
from groschen.core.errors import GroschenError
from groschen.core.money import Money
from groschen.core.ports.payments import (
    CallbackForged,
    CallbackUnreadable,
    CaptureRequest,
    ChargeRequest,
    ChargeState,
    MovementKind,
    PaymentProvider,
    ProviderEvent,
    ProviderEventKind,
    RefundRequest,
    RefundState,
)
from groschen.kit.clock import real_now
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from adapters.conftest import MovableClock
    from groschen.kit.db import Database
    from groschen.kit.seal import Seal

ADAPTERS = implementations("payments", PaymentProvider)
FARE = Money(Decimal("12.90"), "EUR")


def euros(text: str) -> Money:
    return Money(Decimal(text), "EUR")


@pytest.fixture(params=sorted(ADAPTERS))
def stage(
    request: pytest.FixtureRequest, database: Database, seal: Seal, clock: MovableClock
) -> Stage:
    assert request.param in STAGES, f"the payment adapter '{request.param}' has no stage"
    return STAGES[request.param](database, seal, clock)


def ask(method: str, amount: Money = FARE, key: str | None = None) -> ChargeRequest:
    return ChargeRequest(key or f"pay:{new_id()}", new_id(), amount, method)


def give_back(reference: str | None, amount: Money, key: str | None = None) -> RefundRequest:
    assert reference is not None
    return RefundRequest(key or f"refund:{new_id()}", new_id(), reference, amount)


async def captured(stage: Stage, amount: Money = FARE, method: str | None = None) -> str:
    [result] = await stage.provider.charge([ask(method or stage.tokens.works, amount)])
    assert result.state is ChargeState.CAPTURED
    assert result.reference is not None
    return result.reference


async def events(stage: Stage) -> list[ProviderEvent]:
    calls = await stage.world.next_callbacks()
    return [stage.provider.parse_callback(c.headers, c.raw_body, real_now()) for c in calls]


def test_the_sandbox_is_found() -> None:
    assert "sandbox" in ADAPTERS


async def test_it_has_a_name(stage: Stage) -> None:
    assert stage.provider.name


async def test_a_batch_is_answered_in_the_order_asked(stage: Stage) -> None:
    requests = [ask(stage.tokens.works), ask(stage.tokens.declined), ask(stage.tokens.works)]
    results = await stage.provider.charge(requests)
    assert [r.idempotency_key for r in results] == [r.idempotency_key for r in requests]
    assert [r.state for r in results] == [
        ChargeState.CAPTURED,
        ChargeState.FAILED,
        ChargeState.CAPTURED,
    ]
    assert results[1].failure is not None
    assert results[1].failure.is_final


async def test_no_request_is_no_work(stage: Stage) -> None:
    assert await stage.provider.charge([]) == []
    assert await stage.provider.refund([]) == []
    assert await stage.provider.capture([]) == []
    assert await stage.provider.find([]) == []


async def test_a_thousand_charges_fit_one_call(stage: Stage) -> None:
    results = await stage.provider.charge([ask(stage.tokens.works) for _ in range(1000)])
    assert len({result.reference for result in results}) == 1000
    assert {result.state for result in results} == {ChargeState.CAPTURED}


async def test_a_repeated_key_gives_the_first_answer_and_charges_once(stage: Stage) -> None:
    request = ask(stage.tokens.works)
    first = await stage.provider.charge([request])
    again = await stage.provider.charge([request, request])
    assert again == [*first, *first]
    await stage.world.pay_out()
    [payout] = await stage.provider.payout_report(real_now() - timedelta(days=36500))
    assert len(payout.movements) == 1


@pytest.mark.parametrize("changed", ["amount", "currency", "method"])
async def test_a_key_with_another_request_is_refused_and_nothing_is_done(
    stage: Stage, changed: str
) -> None:
    first = ask(stage.tokens.works)
    await stage.provider.charge([first])
    other = {
        "amount": ask(first.method, euros("12.91"), first.idempotency_key),
        "currency": ask(first.method, Money(FARE.amount, "CHF"), first.idempotency_key),
        "method": ask(stage.tokens.direct_debit, FARE, first.idempotency_key),
    }[changed]
    fresh = ask(stage.tokens.works)
    with pytest.raises(GroschenError) as refusal:
        await stage.provider.charge([fresh, other])
    assert refusal.value.field == "idempotency_key"
    assert await stage.provider.find([fresh.idempotency_key]) == [None]


async def test_a_lost_answer_is_unknown_and_read_back(stage: Stage) -> None:
    request = ask(stage.tokens.answer_lost)
    [result] = await stage.provider.charge([request])
    assert result.state is ChargeState.UNKNOWN
    [found] = await stage.provider.find([request.idempotency_key])
    assert found is not None
    assert found.state is ChargeState.CAPTURED
    assert found.reference


async def test_an_unavailable_provider_leaves_no_trace_and_takes_the_retry(stage: Stage) -> None:
    request = ask(stage.tokens.down_first)
    [first] = await stage.provider.charge([request])
    assert first.state is ChargeState.FAILED
    assert first.failure is not None
    assert not first.failure.is_final
    assert await stage.provider.find([request.idempotency_key]) == [None]
    [second] = await stage.provider.charge([request])
    assert second.state is ChargeState.CAPTURED


async def test_an_unknown_key_is_not_found(stage: Stage) -> None:
    assert await stage.provider.find(["never"]) == [None]
    assert await stage.provider.find_refunds(["never"]) == [None]


async def test_a_pending_charge_ends_by_callback(stage: Stage, clock: MovableClock) -> None:
    request = ask(stage.tokens.pending)
    [result] = await stage.provider.charge([request])
    assert result.state is ChargeState.PENDING
    assert await stage.world.pass_time() == 0
    clock.move(timedelta(days=1))
    assert await stage.world.pass_time() == 1
    [event] = await events(stage)
    assert (event.kind, event.reference) == (ProviderEventKind.CAPTURED, result.reference)
    assert event.amount == FARE
    assert event.occurred_at == clock.now
    [found] = await stage.provider.find([request.idempotency_key])
    assert found is not None
    assert found.state is ChargeState.CAPTURED


async def authorised(stage: Stage) -> str:
    [held] = await stage.provider.authorise([ask(stage.tokens.works)])
    assert held.state is ChargeState.AUTHORISED
    assert held.reference is not None
    return held.reference


async def test_an_authorisation_is_captured_once_and_read_back(stage: Stage) -> None:
    reference = await authorised(stage)
    request = CaptureRequest(f"capture:{new_id()}", new_id(), reference, euros("10"))
    first = await stage.provider.capture([request])
    assert first[0].state is ChargeState.CAPTURED
    assert await stage.provider.capture([request]) == first
    assert await stage.provider.find([request.idempotency_key]) == first
    again = CaptureRequest(f"capture:{new_id()}", new_id(), reference, euros("1"))
    [refused] = await stage.provider.capture([again])
    assert refused.state is ChargeState.FAILED


async def test_a_capture_key_cannot_be_used_for_another_capture(stage: Stage) -> None:
    one, other = await authorised(stage), await authorised(stage)
    await stage.provider.capture([CaptureRequest("same" + one, new_id(), one, FARE)])
    with pytest.raises(GroschenError):
        await stage.provider.capture([CaptureRequest("same" + one, new_id(), other, FARE)])


@pytest.mark.parametrize("amount", ["12.91", "100"])
async def test_more_than_authorised_is_not_captured(stage: Stage, amount: str) -> None:
    reference = await authorised(stage)
    request = CaptureRequest(f"capture:{new_id()}", new_id(), reference, euros(amount))
    [result] = await stage.provider.capture([request])
    assert result.state is ChargeState.FAILED


async def test_two_captures_of_one_authorisation_in_one_call(stage: Stage) -> None:
    reference = await authorised(stage)
    requests = [CaptureRequest(f"c:{new_id()}", new_id(), reference, FARE) for _ in range(2)]
    states = [result.state for result in await stage.provider.capture(requests)]
    assert states == [ChargeState.CAPTURED, ChargeState.FAILED]


async def test_refunds_never_exceed_what_was_captured(stage: Stage) -> None:
    reference = await captured(stage)
    results = await stage.provider.refund(
        [give_back(reference, euros("10.90")), give_back(reference, euros("2.01"))]
    )
    assert [r.state for r in results] == [RefundState.REFUNDED, RefundState.FAILED]
    [rest] = await stage.provider.refund([give_back(reference, euros("2.00"))])
    assert rest.state is RefundState.REFUNDED


async def test_a_repeated_refund_gives_the_first_answer(stage: Stage) -> None:
    reference = await captured(stage)
    request = give_back(reference, euros("10.90"))
    first = await stage.provider.refund([request])
    assert await stage.provider.refund([request]) == first
    assert await stage.provider.find_refunds([request.idempotency_key]) == first
    with pytest.raises(GroschenError):
        await stage.provider.refund([give_back(reference, euros("1"), request.idempotency_key)])
    with pytest.raises(GroschenError):
        await stage.provider.refund(
            [give_back(await captured(stage), euros("10.90"), request.idempotency_key)]
        )


async def test_a_refund_of_what_is_not_there_fails(stage: Stage) -> None:
    [unknown] = await stage.provider.refund([give_back("ch_never", FARE)])
    assert unknown.state is RefundState.FAILED
    reference = await captured(stage)
    [foreign] = await stage.provider.refund([give_back(reference, Money(FARE.amount, "CHF"))])
    assert foreign.state is RefundState.FAILED
    held = await authorised(stage)
    [not_taken] = await stage.provider.refund([give_back(held, FARE)])
    assert not_taken.state is RefundState.FAILED


async def test_refunds_can_fail_pend_and_lose_their_answer(
    stage: Stage, clock: MovableClock
) -> None:
    methods = (
        stage.tokens.refund_declined,
        stage.tokens.refund_pending,
        stage.tokens.refund_answer_lost,
    )
    requests = [give_back(await captured(stage, method=method), FARE) for method in methods]
    results = await stage.provider.refund(requests)
    assert [r.state for r in results] == [
        RefundState.FAILED,
        RefundState.PENDING,
        RefundState.UNKNOWN,
    ]
    found = await stage.provider.find_refunds([r.idempotency_key for r in requests])
    assert [None if one is None else one.state for one in found] == [
        RefundState.FAILED,
        RefundState.PENDING,
        RefundState.REFUNDED,
    ]
    clock.move(timedelta(days=2))
    await stage.world.pass_time()
    [event] = await events(stage)
    assert (event.kind, event.reference) == (ProviderEventKind.REFUNDED, results[1].reference)


async def test_a_dispute_takes_amount_and_fee_and_winning_returns_the_amount(
    stage: Stage, clock: MovableClock
) -> None:
    reference = await captured(stage)
    await stage.world.open_dispute(reference)
    await stage.world.win(reference)
    opened, won = await events(stage)
    assert (opened.kind, opened.reference, opened.amount, opened.fee) == (
        ProviderEventKind.DISPUTE_OPENED,
        reference,
        FARE,
        euros("15"),
    )
    assert (won.kind, won.amount, won.fee) == (ProviderEventKind.DISPUTE_WON, FARE, euros("0"))
    await stage.world.pay_out()
    [payout] = await stage.provider.payout_report(clock.now)
    assert [m.kind for m in payout.movements] == [
        MovementKind.CAPTURE,
        MovementKind.DISPUTE,
        MovementKind.DISPUTE_WON,
    ]
    assert payout.amount == euros("-2.53")


async def test_a_lost_dispute_moves_nothing_more(stage: Stage, clock: MovableClock) -> None:
    reference = await captured(stage)
    await stage.world.open_dispute(reference)
    await stage.world.lose(reference)
    assert [event.kind for event in await events(stage)] == [
        ProviderEventKind.DISPUTE_OPENED,
        ProviderEventKind.DISPUTE_LOST,
    ]
    await stage.world.pay_out()
    [payout] = await stage.provider.payout_report(clock.now)
    assert payout.amount == euros("-15.43")


async def test_disputed_money_cannot_be_refunded(stage: Stage) -> None:
    reference = await captured(stage)
    await stage.world.open_dispute(reference)
    [result] = await stage.provider.refund([give_back(reference, euros("1"))])
    assert result.state is RefundState.FAILED


async def test_a_direct_debit_comes_back_late(stage: Stage) -> None:
    reference = await captured(stage, method=stage.tokens.direct_debit)
    await stage.world.late_return(reference)
    await stage.world.late_return(reference)
    [event] = await events(stage)
    assert (event.kind, event.reference, event.amount) == (
        ProviderEventKind.RETURNED,
        reference,
        FARE,
    )
    assert event.failure is not None


async def test_the_payout_report_adds_up_and_pays_once(stage: Stage, clock: MovableClock) -> None:
    references = [await captured(stage) for _ in range(3)]
    await stage.provider.refund([give_back(references[0], euros("10.90"))])
    await stage.world.open_dispute(references[1])
    await stage.world.pay_out()
    await stage.world.pay_out()
    [payout] = await stage.provider.payout_report(clock.now)
    assert payout.amount == euros("-1.39")
    gross = sum((m.gross.amount for m in payout.movements), Decimal(0))
    fees = sum((m.fee.amount for m in payout.movements), Decimal(0))
    assert (gross - fees, fees) == (payout.amount.amount, payout.fee.amount)
    assert await stage.provider.payout_report(clock.now + timedelta(seconds=1)) == []


async def test_currencies_are_paid_out_apart(stage: Stage, clock: MovableClock) -> None:
    await captured(stage)
    await captured(stage, Money(Decimal(20), "CHF"))
    await stage.world.pay_out()
    report = await stage.provider.payout_report(clock.now)
    assert {str(payout.amount) for payout in report} == {"12.47 EUR", "19.57 CHF"}


async def test_a_callback_may_come_twice_and_out_of_order(stage: Stage) -> None:
    reference = await captured(stage)
    await stage.world.open_dispute(reference)
    await stage.world.lose(reference)
    first, second = await events(stage), await events(stage)
    assert first == second
    assert len({event.id for event in first}) == 2
    calls = await stage.world.next_callbacks()
    later_first = [
        stage.provider.parse_callback(c.headers, c.raw_body, real_now()) for c in reversed(calls)
    ]
    assert later_first == list(reversed(first))
    await stage.world.delivered([call.id for call in calls])
    assert await stage.world.next_callbacks() == []


@pytest.mark.parametrize("part", ["body", "id", "timestamp", "signature", "missing", "other key"])
async def test_a_forged_callback_is_refused(stage: Stage, part: str) -> None:
    await stage.world.open_dispute(await captured(stage))
    [call] = await stage.world.next_callbacks()
    headers, body = dict(call.headers), call.raw_body
    if part == "body":
        body = body.replace(b"12.9", b"92.9")
        assert body != call.raw_body
    elif part == "id":
        headers["webhook-id"] = "evt_other"
    elif part == "timestamp":
        headers["webhook-timestamp"] = str(int(headers["webhook-timestamp"]) + 1)
    elif part == "signature":
        headers["webhook-signature"] = "v1,AAAA nonsense v1,\u00e4"
    elif part == "missing":
        del headers["webhook-signature"]
    else:
        headers["webhook-signature"] = "v1," + "A" * 43 + "="
    with pytest.raises(CallbackForged):
        stage.provider.parse_callback(headers, body, real_now())


@pytest.mark.parametrize(
    ("seconds", "fits"), [(-301, False), (-290, True), (290, True), (305, False)]
)
async def test_a_callback_is_good_for_five_minutes(
    stage: Stage, seconds: int, *, fits: bool
) -> None:
    await stage.world.open_dispute(await captured(stage))
    sent_at = real_now()
    [call] = await stage.world.next_callbacks()
    arrived_at = sent_at + timedelta(seconds=seconds)
    if fits:
        event = stage.provider.parse_callback(call.headers, call.raw_body, arrived_at)
        assert event.id == call.id
    else:
        with pytest.raises(CallbackForged):
            stage.provider.parse_callback(call.headers, call.raw_body, arrived_at)


async def test_an_oversized_callback_is_not_even_checked(stage: Stage) -> None:
    with pytest.raises(CallbackUnreadable):
        stage.provider.parse_callback({}, b" " * 10_000_000, real_now())
