"""Counting the statements that some code sends to the database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from psycopg import AsyncCursor

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Give a list that every statement is added to while the context lasts."""
    seen: list[str] = []
    execute = AsyncCursor.execute

    async def counting(self: AsyncCursor[Any], query: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(str(query))
        return await execute(self, query, *args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(AsyncCursor, "execute", counting)
        yield seen
