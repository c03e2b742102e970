"""Workers that die between the provider's answer and the commit: nothing is lost or done twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from groschen.features.ledger import service as ledger
from groschen.features.payments import jobs
from support.clockwork import make_due
from support.dying_provider import Killed, killed, runtime_with

if TYPE_CHECKING:
    from groschen.kit.runtime import Runtime
    from support.provider import Provider
    from support.tickets import Alliance

pytestmark = pytest.mark.anyio


async def place(alliance: Alliance, *names: str, method: str = "tok_visa") -> None:
    """Place orders whose payments nobody has taken yet."""
    orders = [alliance.draft(name, method) for name in names]
    await alliance.ask("POST", "/v1/orders/bulk", {"orders": orders}, status=200)


async def again(alliance: Alliance, runtime: Runtime | None = None) -> None:
    """The next worker, once the leases of the dead one have ended."""
    runtime = runtime or alliance.app.state.runtime
    await make_due(alliance, "payments")
    await make_due(alliance, "payment_refunds")
    await jobs.capture(runtime, alliance.api.tenant_id)
    await jobs.refund(runtime, alliance.api.tenant_id)
    await alliance.drain()


async def taken_by_provider(alliance: Alliance) -> tuple[int, int]:
    """How many charges and how many refunds the provider has made."""
    async with alliance.scope(write=False) as scope:
        cursor = await scope.conn.execute(
            """
            SELECT (SELECT count(*) FROM sandbox_charges WHERE tenant_id = %(t)s
                       AND state = 'captured'),
                   (SELECT count(*) FROM sandbox_movements WHERE tenant_id = %(t)s
                       AND kind = 'refund' AND state = 'done')
            """,
            {"t": scope.tenant_id},
        )
        row = await cursor.fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize("where", [{"before": "charge"}, {"after": "charge"}])
async def test_a_worker_dies_around_the_charge(alliance: Alliance, where: dict[str, str]) -> None:
    await place(alliance, "t1", "t2", "t3")
    runtime, _ = runtime_with(alliance, **where)
    await killed(jobs.capture(runtime, alliance.api.tenant_id))
    assert (await alliance.order("t1"))["payments"][0]["state"] == "requested"
    await jobs.capture(alliance.app.state.runtime, alliance.api.tenant_id)
    assert (await alliance.order("t1"))["payments"][0]["state"] == "requested"  # still leased
    await again(alliance)
    for name in ("t1", "t2", "t3"):
        assert (await alliance.order(name))["order"]["state"] == "completed"
    assert await taken_by_provider(alliance) == (3, 0)
    assert (await alliance.balances())["PSP_CLEARING"] == "38.7"


async def test_a_worker_dies_again_and_again(alliance: Alliance) -> None:
    await place(alliance, "t1")
    for where in ("charge", "find", "find", "charge"):
        runtime, _ = runtime_with(alliance, after=where)
        await make_due(alliance, "payments")
        try:
            await jobs.capture(runtime, alliance.api.tenant_id)
        except Killed:
            continue
    await again(alliance)
    assert (await alliance.order("t1"))["order"]["state"] == "completed"
    assert await taken_by_provider(alliance) == (1, 0)


async def test_the_booking_dies_with_everything_in_it(
    alliance: Alliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction that stores the capture is all or nothing."""
    await place(alliance, "t1")
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "post_new", _die)
        await killed(jobs.capture(alliance.app.state.runtime, alliance.api.tenant_id))
    assert (await alliance.outstanding()).keys() == {"AR", "SHARE_PENDING"}
    order = await alliance.order("t1")
    assert (order["order"]["paid"]["amount"], order["payments"][0]["state"]) == (
        "0.00",
        "requested",
    )
    await again(alliance)
    assert (await alliance.order("t1"))["order"]["state"] == "completed"
    assert await taken_by_provider(alliance) == (1, 0)


async def _die(*_: Any) -> None:
    raise Killed


@pytest.mark.parametrize("where", [{"before": "refund"}, {"after": "refund"}])
async def test_a_worker_dies_around_the_refund(alliance: Alliance, where: dict[str, str]) -> None:
    await alliance.buy("t1")
    await alliance.refund("t1", fee="0")
    runtime, _ = runtime_with(alliance, **where)
    await killed(jobs.refund(runtime, alliance.api.tenant_id))
    assert (await alliance.order("t1"))["refunds"][0]["state"] == "requested"
    await again(alliance)
    assert (await alliance.order("t1"))["refunds"][0]["state"] == "done"
    assert await taken_by_provider(alliance) == (1, 1)
    assert await alliance.outstanding() == {}


async def test_the_booking_of_a_refund_dies(
    alliance: Alliance, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alliance.buy("t1")
    await alliance.refund("t1")
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "post_new", _die)
        await killed(jobs.refund(alliance.app.state.runtime, alliance.api.tenant_id))
    assert (await alliance.balances())["PSP_CLEARING"] == "12.9"
    await again(alliance)
    assert await taken_by_provider(alliance) == (1, 1)
    assert (await alliance.balances())["PSP_CLEARING"] == "2"


@pytest.mark.parametrize("where", [{"before": "payout_report"}, {"after": "payout_report"}])
async def test_a_worker_dies_around_the_payout_report(
    alliance: Alliance, provider: Provider, where: dict[str, str]
) -> None:
    await alliance.buy("t1")
    await provider.world.pay_out()
    runtime, _ = runtime_with(alliance, **where)
    await killed(jobs.book_payouts(runtime, alliance.api.tenant_id))
    await jobs.book_payouts(alliance.app.state.runtime, alliance.api.tenant_id)
    await jobs.book_payouts(alliance.app.state.runtime, alliance.api.tenant_id)
    assert (await alliance.balances())["BANK"] == "12.47"


async def test_a_worker_is_so_slow_that_another_takes_over(alliance: Alliance) -> None:
    """Both come to the end; the second finds that it is done."""
    await place(alliance, "t1", "t2")
    hold = asyncio.Event()
    runtime, reached = runtime_with(alliance, hold=hold)
    slow = asyncio.create_task(jobs.capture(runtime, alliance.api.tenant_id))
    await reached.wait()
    await again(alliance)
    assert (await alliance.order("t1"))["order"]["state"] == "completed"
    hold.set()
    await slow
    assert await taken_by_provider(alliance) == (2, 0)
    assert (await alliance.balances())["PSP_CLEARING"] == "25.8"


async def test_a_slow_refund_is_taken_over(alliance: Alliance) -> None:
    await alliance.buy("t1")
    await alliance.refund("t1", fee="0")
    hold = asyncio.Event()
    runtime, reached = runtime_with(alliance, hold=hold)
    slow = asyncio.create_task(jobs.refund(runtime, alliance.api.tenant_id))
    await reached.wait()
    await again(alliance)
    hold.set()
    await slow
    assert await taken_by_provider(alliance) == (1, 1)
    assert await alliance.outstanding() == {}


async def test_the_providers_call_overtakes_the_worker(
    alliance: Alliance, provider: Provider
) -> None:
    """It tells of the capture while the worker still holds the answer in its hands."""
    await alliance.buy("t1", method="tok_pending")
    await alliance.advance("2027-01-05T08:15:00Z")
    await provider.world.pass_time()
    [call] = await provider.calls()
    await make_due(alliance, "payments")
    hold = asyncio.Event()
    runtime, reached = runtime_with(alliance, hold=hold)
    slow = asyncio.create_task(jobs.capture(runtime, alliance.api.tenant_id))
    await reached.wait()
    assert (await provider.send(call)).status_code == 200
    hold.set()
    await slow
    await alliance.drain()
    assert (await alliance.order("t1"))["order"]["paid"]["amount"] == "12.90"
    assert (await alliance.balances())["PSP_CLEARING"] == "12.9"


async def test_money_that_comes_while_the_month_is_closed_belongs_to_the_next(
    alliance: Alliance,
) -> None:
    """The fence: charged in January, booked after its closing, stated in February."""
    await alliance.buy("before")
    await place(alliance, "across")
    hold = asyncio.Event()
    runtime, reached = runtime_with(alliance, hold=hold)
    slow = asyncio.create_task(jobs.capture(runtime, alliance.api.tenant_id))
    await reached.wait()
    january = await alliance.close("2027-02-01")
    hold.set()
    await slow
    await alliance.drain()
    february = await alliance.close("2027-03-01")
    for name in ("op-a", "op-b", "op-c"):
        assert january[name]["line_count"] == february[name]["line_count"] == 2
        assert january[name]["share_exact"] == february[name]["share_exact"]
        assert january[name]["carried_out"] == february[name]["carried_in"]
