"""A client of the public API: JSON in and out, every command once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

import httpx2

from groschen.core.errors import GroschenError, Kind
from groschen.kit import clock
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

Json: TypeAlias = dict[str, Any]
TIMEOUT_SECONDS: Final = 120
BUSY: Final = frozenset({409, 503})
BUSY_SECONDS: Final = 60
PAUSE_SECONDS: Final = 0.25
PAGE: Final = 200


class ApiRefused(GroschenError):
    """The API refused what the showcase asked for."""

    code: ClassVar[str] = "api_refused"
    kind: ClassVar[Kind] = Kind.CONFLICT


def make_client(base_url: str) -> httpx2.AsyncClient:
    """Return the HTTP client that all keys share."""
    return httpx2.AsyncClient(base_url=base_url, timeout=TIMEOUT_SECONDS, trust_env=False)


class Api:
    """Speaks as one key. ``acting_for`` is a tenant below the key's own, by its public id."""

    def __init__(
        self, client: httpx2.AsyncClient, token: str, acting_for: str | None = None
    ) -> None:
        self._client = client
        self._headers = {"authorization": f"Bearer {token}"}
        if acting_for is not None:
            self._headers["on-behalf-of"] = acting_for

    async def get(self, path: str, **query: str | int) -> Json:
        """Read one object or page."""
        answer: Json = (await self._send("GET", path, query=query)).json()
        return answer

    async def put(self, path: str, body: object) -> Json:
        """Set something as a whole."""
        answer: Json = (await self._send("PUT", path, body=body)).json()
        return answer

    async def content(self, path: str) -> bytes:
        """Read a file."""
        return (await self._send("GET", path)).content

    async def pages(self, path: str, **query: str | int) -> AsyncIterator[Json]:
        """Read a list to its end."""
        asked: dict[str, str | int] = {"limit": PAGE, **query}
        while True:
            page = await self.get(path, **asked)
            for row in page["data"]:
                yield row
            if page["page"]["next"] is None:
                return
            asked["after"] = page["page"]["next"]

    async def post(self, path: str, body: object = None) -> Json:
        """Send a command once, however often it has to be repeated until it is answered."""
        answer: Json = (await self._send("POST", path, body=body)).json()
        return answer

    async def post_content(self, path: str, content: bytes, media_type: str) -> Json:
        """Send content that may be sent again as it is until it is answered."""
        headers = {**self._headers, "content-type": media_type}
        deadline = clock.Deadline(BUSY_SECONDS)
        while True:
            answer = await self._client.post(path, content=content, headers=headers)
            if answer.is_success:
                found: Json = answer.json()
                return found
            if deadline.passed or not _is_busy(answer):
                raise _refused("POST", path, answer)
            await clock.sleep(PAUSE_SECONDS)

    async def patch(self, path: str, body: object) -> Json:
        """Change an object as it is now."""
        tag = (await self._send("GET", path)).headers["etag"]
        answer: Json = (await self._send("PATCH", path, body=body, if_match=tag)).json()
        return answer

    async def attempt(self, method: str, path: str, body: object = None) -> httpx2.Response:
        """Send something that may be refused, and return the answer whatever it is."""
        return await self._once(method, path, {}, body, {"idempotency-key": str(new_id())})

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: object = None,
        if_match: str | None = None,
    ) -> httpx2.Response:
        headers = {} if method == "GET" else {"idempotency-key": str(new_id())}
        if if_match is not None:
            headers["if-match"] = if_match
        deadline = clock.Deadline(BUSY_SECONDS)
        while True:
            answer = await self._once(method, path, query or {}, body, headers)
            if answer.is_success:
                return answer
            if deadline.passed or not _is_busy(answer):
                raise _refused(method, path, answer)
            await clock.sleep(PAUSE_SECONDS)

    async def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int],
        body: object,
        headers: Mapping[str, str],
    ) -> httpx2.Response:
        return await self._client.request(
            method,
            path,
            params={name: str(value) for name, value in query.items()},
            json=body,
            headers={**self._headers, **headers},
        )


def _is_busy(answer: httpx2.Response) -> bool:
    return answer.status_code in BUSY and "retry-after" in answer.headers


def _refused(method: str, path: str, answer: httpx2.Response) -> ApiRefused:
    said: Json = {"code": "", "detail": answer.text[:200]}
    if "json" in answer.headers.get("content-type", ""):
        said |= answer.json()
    return ApiRefused(
        f"{method} {path} was answered {answer.status_code} {said['code']}: {said['detail']}",
        hint=said.get("hint"),
    )
