"""Every step is done once, in order; what went wrong is read back, retried or given to a person."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest

from groschen.core.ports.delivery import (
    DeliveryFailure,
    DeliveryRequest,
    DeliveryResult,
    DeliveryState,
    ErrorClass,
)
from groschen.features.catalog.terms import DeliveryStep
from groschen.features.delivery import jobs, service
from groschen.features.delivery.model import (
    ItemToDeliver,
    NotAManualTask,
    NotInFallout,
    ResultNotExpected,
    Task,
    TaskState,
)
from groschen.features.delivery.ports import ADAPTERS
from groschen.features.delivery.service import running
from groschen.kit.config import Settings
from groschen.kit.ids import new_id
from groschen.kit.outbox import LISTENERS, Event
from groschen.kit.runtime import Ports, Runtime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from groschen.kit.db import Database, Scope
    from groschen.kit.postgres import ServerUrls
    from support.database import ScopeFactory

TICKET = DeliveryStep("ticket", "fake", (), {})
NOTICE = DeliveryStep("notice", "fake", ("ticket",), {"url": "https://target.example/notice"})
CARD = DeliveryStep("card", "manual", ("ticket",), {})
ARCHIVE = DeliveryStep("archive", "fake", ("notice", "card"), {})
REFUSED = DeliveryFailure(ErrorClass.INVALID, "device_unknown", "there is no such device")
BUSY = DeliveryFailure(ErrorClass.BUSY, "busy", "later", timedelta(minutes=7))
BROKEN = DeliveryFailure(ErrorClass.TRANSIENT, "connect_failed", "nothing was sent")
SILENT = DeliveryFailure(ErrorClass.UNKNOWN, "timeout", "sent, no answer")


def done(request: DeliveryRequest) -> DeliveryResult:
    return DeliveryResult(request.task_id, DeliveryState.DONE, "ref", {"ticket": "GR1.x"})


@dataclass
class FakeAdapter:
    """Does what the test tells it; remembers every task that reached it, by key."""

    name: str = "fake"
    will: list[object] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    effects: dict[str, DeliveryResult] = field(default_factory=dict)
    deaf: list[DeliveryFailure] = field(default_factory=list)

    async def deliver(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        results = [self._one(request) for request in requests]
        if "die" in self.will:
            self.will.remove("die")
            raise ConnectionAbortedError("the process died after the call")
        return results

    def _one(self, request: DeliveryRequest) -> DeliveryResult:
        self.sent.append(request.idempotency_key)
        todo = self.will[0] if self.will else None
        if isinstance(todo, DeliveryFailure):
            self.will.pop(0)
            if todo.error_class is ErrorClass.UNKNOWN:
                self.effects[request.idempotency_key] = done(request)
            return DeliveryResult(request.task_id, DeliveryState.FAILED, failure=todo)
        if todo == "accept":
            self.will.pop(0)
            return DeliveryResult(request.task_id, DeliveryState.ACCEPTED)
        return self.effects.setdefault(request.idempotency_key, done(request))

    async def find(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        self.asked += [request.idempotency_key for request in requests]
        if self.deaf:
            failure = self.deaf.pop(0)
            return [
                DeliveryResult(request.task_id, DeliveryState.FAILED, failure=failure)
                for request in requests
            ]
        return [self.effects.get(request.idempotency_key) for request in requests]


class Manual(FakeAdapter):
    async def deliver(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        return [DeliveryResult(one.task_id, DeliveryState.ACCEPTED) for one in requests]


@dataclass
class Desk:
    """Plans, runs and reads the tasks of one tenant."""

    database: Database
    urls: ServerUrls
    tenant_id: UUID
    open_scope: ScopeFactory
    adapter: FakeAdapter = field(default_factory=FakeAdapter)

    def runtime(self) -> Runtime:
        ports = Ports()
        ports.connect(ADAPTERS, {"fake": self.adapter, "manual": Manual("manual")})
        return Runtime(self.database, Settings(), ports)

    async def order(self, *steps: DeliveryStep, items: int = 1, start: bool = True) -> UUID:
        order_id = new_id()
        planned = [ItemToDeliver(order_id, new_id(), steps, {"route": "A-B"}) for _ in range(items)]
        async with self.open_scope() as scope:
            await service.plan(scope, planned)
            if start:
                await service.start(scope, [order_id])
        return order_id

    async def run(self) -> None:
        await jobs.run(self.runtime(), self.tenant_id)

    async def tasks(self, order_id: UUID) -> dict[str, Task]:
        async with self.open_scope(write=False) as scope:
            return {task.step: task for task in await service.of_orders(scope, [order_id])}

    async def states(self, order_id: UUID) -> dict[str, str]:
        return {step: task.state.value for step, task in (await self.tasks(order_id)).items()}

    def pass_time(self, by: timedelta) -> None:
        """Let real time go on for the tasks, past the API."""
        with psycopg.connect(self.urls.superuser) as conn:
            conn.execute(
                """UPDATE groschen.delivery_tasks
                      SET next_attempt_at = next_attempt_at - %(by)s,
                          started_at = started_at - %(by)s
                    WHERE tenant_id = %(tenant_id)s""",
                {"by": by, "tenant_id": self.tenant_id},
            )

    async def history(self, task: Task) -> list[str]:
        async with self.open_scope(write=False) as scope:
            return [attempt.outcome for attempt in await service.history(scope, task.id)]


@pytest.fixture
def desk(
    database: Database, database_urls: ServerUrls, tenant_id: UUID, scope_factory: ScopeFactory
) -> Desk:
    return Desk(database, database_urls, tenant_id, scope_factory)


@pytest.fixture
def heard() -> Iterator[list[Event]]:
    """The news of delivery, and nobody else listening."""
    noted: list[Event] = []

    async def listener(_: Scope, events: Sequence[Event]) -> None:
        noted.extend(events)

    before = {name: LISTENERS.pop(name, []) for name in NEWS}
    for name in NEWS:
        LISTENERS[name] = [listener]
    yield noted
    for name, listeners in before.items():
        LISTENERS[name] = listeners


NEWS = ("delivery_task.done", "delivery_task.fallout", "delivery_task.skipped")
pytestmark = pytest.mark.usefixtures("heard")


async def test_nothing_starts_before_the_order_does(desk: Desk) -> None:
    order = await desk.order(TICKET, NOTICE, start=False)
    await desk.run()
    assert await desk.states(order) == {"ticket": "waiting", "notice": "waiting"}


async def test_steps_follow_each_other(desk: Desk, heard: list[Event]) -> None:
    order = await desk.order(TICKET, NOTICE)
    await desk.run()
    assert await desk.states(order) == {"ticket": "done", "notice": "done"}
    assert [event.data["step"] for event in heard] == ["ticket", "notice"]
    assert (await desk.tasks(order))["ticket"].result == {"ticket": "GR1.x", "reference": "ref"}


async def test_a_manual_step_waits_for_a_person(desk: Desk) -> None:
    order = await desk.order(TICKET, NOTICE, CARD, ARCHIVE)
    await desk.run()
    states = await desk.states(order)
    assert (states["card"], states["archive"]) == ("awaiting_callback", "waiting")
    desk.pass_time(timedelta(days=30))
    await desk.run()
    card = (await desk.tasks(order))["card"]
    assert card.state is TaskState.AWAITING_CALLBACK
    async with desk.open_scope() as scope:
        await service.submit(scope, card.id, {"letter": "R-17"}, "posted")
        assert await service.open_items(scope, [order]) == {card.item_id}
    await desk.run()
    assert set((await desk.states(order)).values()) == {"done"}
    async with desk.open_scope() as scope:
        assert await service.open_items(scope, [order]) == set()


async def test_two_steps_that_end_at_once_start_their_follower_once(desk: Desk) -> None:
    left = DeliveryStep("left", "manual", (), {})
    right = DeliveryStep("right", "manual", (), {})
    join = DeliveryStep("join", "fake", ("left", "right"), {})
    order = await desk.order(left, right, join)
    await desk.run()
    tasks = await desk.tasks(order)

    async def submit(step: str, pause_seconds: float) -> None:
        async with desk.open_scope() as scope:
            await service.submit(scope, tasks[step].id, {}, "done")
            await asyncio.sleep(pause_seconds)

    await asyncio.gather(submit("left", 0.3), submit("right", 0.3))
    await desk.run()
    assert (await desk.states(order))["join"] == "done"
    assert len(desk.adapter.sent) == 1


async def test_what_was_never_sent_is_sent_again(desk: Desk) -> None:
    desk.adapter.will = [BROKEN]
    order = await desk.order(TICKET)
    await desk.run()
    task = (await desk.tasks(order))["ticket"]
    assert (task.state, task.retries) == (TaskState.RETRY_WAIT, 1)
    assert task.failure == {"class": "transient", "code": "connect_failed", **_detail(BROKEN)}
    desk.pass_time(timedelta(seconds=10))
    await desk.run()
    assert await desk.states(order) == {"ticket": "done"}
    assert desk.adapter.asked == []
    assert desk.adapter.sent == [f"{task.id}:1", f"{task.id}:1"]
    assert await desk.history(task) == ["retry_wait", "done"]


def _detail(failure: DeliveryFailure) -> Mapping[str, str]:
    return {"detail": failure.detail}


async def test_an_unknown_outcome_is_read_back_and_never_sent_again(desk: Desk) -> None:
    desk.adapter.will = [SILENT]
    order = await desk.order(TICKET)
    await desk.run()
    desk.pass_time(timedelta(minutes=1))
    await desk.run()
    assert await desk.states(order) == {"ticket": "done"}
    assert len(desk.adapter.sent) == len(desk.adapter.asked) == 1


async def test_a_read_back_that_fails_leaves_the_outcome_open(desk: Desk) -> None:
    desk.adapter.will = [SILENT]
    desk.adapter.deaf = [BROKEN, BUSY, SILENT]
    order = await desk.order(TICKET)
    await desk.run()
    for _ in range(4):
        desk.pass_time(timedelta(minutes=10))
        await desk.run()
    assert await desk.states(order) == {"ticket": "done"}
    assert (len(desk.adapter.sent), len(desk.adapter.asked)) == (1, 4)


async def test_what_the_target_says_has_failed_falls_out(desk: Desk) -> None:
    desk.adapter.will = [SILENT]
    desk.adapter.deaf = [REFUSED]
    order = await desk.order(TICKET)
    await desk.run()
    desk.pass_time(timedelta(minutes=1))
    await desk.run()
    assert await desk.states(order) == {"ticket": "fallout"}


async def test_a_crash_after_the_call_is_read_back(desk: Desk, heard: list[Event]) -> None:
    desk.adapter.will = ["die"]
    order = await desk.order(TICKET, items=3)
    with pytest.raises(ConnectionAbortedError):
        await desk.run()
    await desk.run()
    assert await desk.states(order) == {"ticket": "running"}
    desk.pass_time(running.LEASE)
    await desk.run()
    assert await desk.states(order) == {"ticket": "done"}
    assert len(desk.adapter.sent) == len(set(desk.adapter.sent)) == 3
    assert len(heard) == 3


async def test_a_result_that_comes_after_its_lease_changes_nothing(desk: Desk) -> None:
    await desk.order(TICKET)
    async with desk.open_scope() as scope:
        first = await running.claim(scope, "fake", 10)
    desk.pass_time(running.LEASE)
    async with desk.open_scope() as scope:
        second = await running.claim(scope, "fake", 10)
    late = await running.attempt(desk.adapter, desk.tenant_id, first)
    async with desk.open_scope() as scope:
        await running.store(scope, first, late)
        task = await service.find(scope, first[0].task.id)
        assert task.state is TaskState.RUNNING
        await running.store(scope, second, late)
        assert (await service.find(scope, task.id)).state is TaskState.DONE


async def test_a_target_that_is_busy_names_the_time(desk: Desk) -> None:
    desk.adapter.will = [BUSY]
    order = await desk.order(TICKET)
    await desk.run()
    desk.pass_time(timedelta(minutes=6))
    await desk.run()
    assert await desk.states(order) == {"ticket": "retry_wait"}
    desk.pass_time(timedelta(minutes=1))
    await desk.run()
    assert await desk.states(order) == {"ticket": "done"}


def test_pauses_grow_to_an_hour_and_never_beyond() -> None:
    for retries, bound in [(0, 5), (1, 10), (5, 160), (10, 3600), (10_000, 3600)]:
        drawn = [running.pause(retries) for _ in range(200)]
        assert all(timedelta() <= one <= timedelta(seconds=bound) for one in drawn)
        assert max(drawn) > timedelta(seconds=bound) / 2


async def test_after_a_day_a_person_has_to_look(desk: Desk, heard: list[Event]) -> None:
    desk.adapter.will = [BROKEN, BROKEN]
    order = await desk.order(TICKET)
    await desk.run()
    desk.pass_time(timedelta(hours=24))
    await desk.run()
    assert await desk.states(order) == {"ticket": "fallout"}
    assert [event.type for event in heard] == ["delivery_task.fallout"]


async def test_what_cannot_work_falls_out_at_once_and_a_person_may_retry(desk: Desk) -> None:
    desk.adapter.will = [REFUSED]
    order = await desk.order(TICKET)
    await desk.run()
    task = (await desk.tasks(order))["ticket"]
    assert task.state is TaskState.FALLOUT
    async with desk.open_scope() as scope:
        await service.retry(scope, task.id, "the device is registered now")
    await desk.run()
    assert await desk.states(order) == {"ticket": "done"}
    assert desk.adapter.sent == [f"{task.id}:1", f"{task.id}:2"]
    assert await desk.history(task) == ["fallout", "retried", "done"]


async def test_a_person_marks_done_with_proof_or_skips(desk: Desk, heard: list[Event]) -> None:
    desk.adapter.will = [REFUSED, REFUSED]
    first, second = await desk.order(TICKET, NOTICE), await desk.order(TICKET, NOTICE)
    await desk.run()
    async with desk.open_scope() as scope:
        tickets = [(await desk.tasks(order))["ticket"].id for order in (first, second)]
        await service.mark_done(scope, tickets[0], "seen on site", {"photo": "P-1"})
        await service.skip(scope, tickets[1], "not needed")
    await desk.run()
    assert await desk.states(first) == {"ticket": "done", "notice": "done"}
    assert await desk.states(second) == {"ticket": "skipped", "notice": "done"}
    assert "delivery_task.skipped" in {event.type for event in heard}


async def test_a_callback_ends_what_was_accepted_once(desk: Desk, heard: list[Event]) -> None:
    desk.adapter.will = ["accept"]
    order = await desk.order(TICKET, NOTICE)
    await desk.run()
    task = (await desk.tasks(order))["ticket"]
    assert task.state is TaskState.AWAITING_CALLBACK
    for _ in range(3):
        async with desk.open_scope() as scope:
            await service.report(scope, task.id, output={"code": "4711"}, failure=None)
    await desk.run()
    assert await desk.states(order) == {"ticket": "done", "notice": "done"}
    assert len([event for event in heard if event.data["step"] == "ticket"]) == 1
    assert await desk.history(task) == ["awaiting_callback", "reported_done"]


async def test_a_callback_faster_than_our_own_commit_wins(desk: Desk) -> None:
    order = await desk.order(TICKET)
    async with desk.open_scope() as scope:
        claimed = await running.claim(scope, "fake", 10)
    async with desk.open_scope() as scope:
        await service.report(scope, claimed[0].task.id, output={"code": "1"}, failure=None)
    accepted = DeliveryResult(claimed[0].task.id, DeliveryState.ACCEPTED)
    async with desk.open_scope() as scope:
        await running.store(scope, claimed, {claimed[0].task.id: accepted})
    assert await desk.states(order) == {"ticket": "done"}


async def test_a_silent_target_is_asked_and_given_up_after_a_day(desk: Desk) -> None:
    desk.adapter.will = ["accept", "accept", "accept"]
    order = await desk.order(TICKET)
    await desk.run()
    desk.pass_time(running.ASK_AFTER)
    await desk.run()
    assert len(desk.adapter.asked) == 1
    assert await desk.states(order) == {"ticket": "awaiting_callback"}
    desk.pass_time(timedelta(hours=24))
    await desk.run()
    assert await desk.states(order) == {"ticket": "fallout"}


async def test_nobody_reports_what_nobody_was_asked_to_do(desk: Desk) -> None:
    order = await desk.order(TICKET, start=False)
    task = (await desk.tasks(order))["ticket"]
    with pytest.raises(ResultNotExpected):
        async with desk.open_scope() as scope:
            await service.report(scope, task.id, output={}, failure=None)
    with pytest.raises(NotAManualTask):
        async with desk.open_scope() as scope:
            await service.submit(scope, task.id, {}, "done")
    with pytest.raises(NotInFallout):
        async with desk.open_scope() as scope:
            await service.retry(scope, task.id, "why not")


async def test_a_cancelled_order_delivers_nothing_more(desk: Desk) -> None:
    order = await desk.order(TICKET, NOTICE)
    async with desk.open_scope() as scope:
        await service.cancel(scope, [order])
    await desk.run()
    assert await desk.states(order) == {"ticket": "cancelled", "notice": "cancelled"}
    assert desk.adapter.sent == []


async def test_a_step_for_an_adapter_that_is_not_there_falls_out(desk: Desk) -> None:
    order = await desk.order(DeliveryStep("fly", "drone", (), {}))
    await desk.run()
    task = (await desk.tasks(order))["fly"]
    assert task.failure is not None
    assert (task.state, task.failure["code"]) == (TaskState.FALLOUT, "delivery_adapter_unknown")


async def test_two_workers_share_the_work_and_do_each_task_once(desk: Desk) -> None:
    order = await desk.order(TICKET, items=450)
    await asyncio.gather(desk.run(), desk.run(), desk.run())
    assert len(desk.adapter.sent) == len(set(desk.adapter.sent)) == 450
    async with desk.open_scope() as scope:
        assert await service.open_items(scope, [order]) == set()
