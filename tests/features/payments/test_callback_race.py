"""A provider that calls twice at the same moment is heard once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from groschen.features.payments.queries import disputes as queries

if TYPE_CHECKING:
    from support.database import ScopeFactory

pytestmark = pytest.mark.anyio


async def test_the_second_of_two_calls_at_once_sees_the_first(scope_factory: ScopeFactory) -> None:
    noted = asyncio.Event()

    async def second() -> tuple[bool, str | None]:
        async with scope_factory() as scope:
            await noted.wait()
            is_new = await queries.note_provider_event(scope, "sandbox", "evt_1", "captured", "b")
            return is_new, await queries.noted_body_hash(scope, "sandbox", "evt_1")

    waiting = asyncio.create_task(second())
    async with scope_factory() as scope:
        assert await queries.note_provider_event(scope, "sandbox", "evt_1", "captured", "a")
        noted.set()
        await asyncio.sleep(0.3)  # the second now waits for this transaction
        assert not waiting.done()
    assert await waiting == (False, "a")
