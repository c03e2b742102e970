"""Live figures: fragments of a page, drawn again and sent as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def event(fragment: str) -> bytes:
    """One unnamed event; the page swaps ``fragment`` into the element that listens."""
    lines = "".join(f"data: {line}\n" for line in fragment.splitlines())
    return f"{lines}\n".encode()


def live_stream(fragments: AsyncIterator[str]) -> StreamingResponse:
    """Send each of ``fragments`` as it comes, until they end or the reader goes away."""

    async def events() -> AsyncIterator[bytes]:
        async for fragment in fragments:
            yield event(fragment)

    return StreamingResponse(events(), headers=HEADERS, media_type=MEDIA_TYPE)
