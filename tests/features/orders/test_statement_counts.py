"""A thousand orders cost as many statements as one: everything is set-based."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from groschen.features.payments import jobs
from support.statements import counted
from support.tickets import Alliance

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio


async def place(alliance: Alliance, prefix: str, size: int, method: str = "tok_visa") -> None:
    orders = [alliance.draft(f"{prefix}{index}", method) for index in range(size)]
    await alliance.ask("POST", "/v1/orders/bulk", {"orders": orders}, status=200)


async def capture(alliance: Alliance) -> None:
    await jobs.capture(alliance.app.state.runtime, alliance.api.tenant_id)


async def give_back(alliance: Alliance) -> None:
    await jobs.refund(alliance.app.state.runtime, alliance.api.tenant_id)


async def both(
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[str, int], Awaitable[None]],
    run: Callable[[str, int], Awaitable[None]],
) -> tuple[list[str], list[str]]:
    """The statements of ``run`` for few and for many, after a first time that fills caches."""
    found: list[list[str]] = []
    for prefix, size in (("warm", 2), ("few", 2), ("many", 40)):
        await prepare(prefix, size)
        with counted(monkeypatch) as seen:
            await run(prefix, size)
        found.append(seen)
    return found[1], found[2]


async def nothing(prefix: str, size: int) -> None:
    del prefix, size


async def test_placing(alliance: Alliance, monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = await both(monkeypatch, nothing, lambda prefix, size: place(alliance, prefix, size))
    assert len(few) == len(many)


async def test_placing_what_was_quoted(alliance: Alliance, monkeypatch: pytest.MonkeyPatch) -> None:
    quotes: dict[str, list[str]] = {}

    async def ask(prefix: str, size: int) -> None:
        quotes[prefix] = [(await alliance.quote())["id"] for _ in range(size)]

    async def place_quoted(prefix: str, size: int) -> None:
        orders = [
            {**alliance.draft(f"{prefix}{index}"), "lines": [], "quote_id": quotes[prefix][index]}
            for index in range(size)
        ]
        answer = await alliance.ask("POST", "/v1/orders/bulk", {"orders": orders}, status=200)
        assert answer["created"] == size

    few, many = await both(monkeypatch, ask, place_quoted)
    assert len(few) == len(many)


@pytest.mark.parametrize("method", ["tok_visa", "tok_declined"])
async def test_paying_and_cancelling(
    alliance: Alliance, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    few, many = await both(
        monkeypatch,
        lambda prefix, size: place(alliance, prefix, size, method),
        lambda _prefix, _size: capture(alliance),
    )
    assert len(few) == len(many)


async def test_giving_back(alliance: Alliance, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(prefix: str, size: int) -> None:
        await place(alliance, prefix, size)
        await alliance.drain()
        for index in range(size):
            await alliance.refund(f"{prefix}{index}")

    few, many = await both(monkeypatch, ask, lambda _prefix, _size: give_back(alliance))
    assert len(few) == len(many)
