"""What every delivery adapter must do; adapters are found, each needs a stage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from adapters.delivery_stages import STAGES, House, Stage
from adapters.discovery import implementations
from groschen.core.ports.delivery import DeliveryAdapter, DeliveryState, ErrorClass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from groschen.kit.db import Database
    from groschen.kit.signing_keys import SigningKeys

ADAPTERS = implementations("delivery", DeliveryAdapter)


@pytest.fixture(params=sorted(ADAPTERS))
async def stage(
    request: pytest.FixtureRequest, database: Database, keys: SigningKeys, tenant_id: UUID
) -> AsyncIterator[Stage]:
    assert request.param in STAGES, f"the delivery adapter '{request.param}' has no stage"
    async with STAGES[request.param](House(database, keys, tenant_id)) as opened:
        assert opened.adapter.name == request.param
        yield opened


def test_all_three_are_found() -> None:
    assert {"manual", "ticket", "webhook"} <= set(ADAPTERS)


async def test_no_task_is_no_work(stage: Stage) -> None:
    assert await stage.adapter.deliver([]) == []
    assert await stage.adapter.find([]) == []


async def test_tasks_are_answered_in_the_order_asked(stage: Stage) -> None:
    requests = [stage.good() for _ in range(40)]
    results = await stage.adapter.deliver(requests)
    assert [result.task_id for result in results] == [request.task_id for request in requests]
    assert {result.state for result in results} == {stage.ends_in}


async def test_one_bad_task_does_not_hold_up_the_others(stage: Stage) -> None:
    if stage.bad is None:
        return
    results = await stage.adapter.deliver([stage.good(), stage.bad(), stage.good()])
    assert [r.state for r in results] == [stage.ends_in, DeliveryState.FAILED, stage.ends_in]
    failure = results[1].failure
    assert failure is not None
    assert failure.error_class is ErrorClass.INVALID
    assert failure.code
    assert failure.detail


async def test_a_repetition_has_one_effect_and_the_same_answer(stage: Stage) -> None:
    request = stage.good()
    first = await stage.adapter.deliver([request])
    assert await stage.adapter.deliver([request]) == first
    if stage.effects is not None:
        assert stage.effects() == 1


async def test_what_was_delivered_is_found(stage: Stage) -> None:
    request = stage.good()
    await stage.adapter.deliver([request])
    [found] = await stage.adapter.find([request])
    assert found is not None
    assert (found.task_id, found.state) == (request.task_id, stage.ends_in)


async def test_what_never_arrived_is_not_found_where_effects_stay(stage: Stage) -> None:
    if stage.effects is not None:
        assert await stage.adapter.find([stage.good()]) == [None]


async def test_output_and_proof_can_be_stored(stage: Stage) -> None:
    [result] = await stage.adapter.deliver([stage.good()])
    stored = json.loads(json.dumps([dict(result.output), dict(result.proof)]))
    assert stored == [result.output, result.proof]
