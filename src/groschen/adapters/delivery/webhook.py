"""The delivery adapter ``webhook``: asks a partner's system by a signed POST to deliver.

The body is ``{"type", "task_id", "attempt_group", "deadline", "data"}``, signed after Standard
Webhooks; ``Idempotency-Key`` and ``webhook-id`` are the same in every repetition. The target
answers 200 with ``{"status": "done" | "failed", ...}``, or 202 and reports the end later. What
became of a task is read back by GET on the target's path plus the key; only an answer with
``{"status": "not_found"}`` counts as "never arrived", because an endpoint that offers no
read-back answers 404 as well.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

import httpx2
import msgspec

from groschen.adapters.delivery import webhook_answers as answers
from groschen.adapters.delivery.safe_target import (
    TargetNotAllowed,
    TargetNotFound,
    check_target,
)
from groschen.core.ports.delivery import (
    DeliveryFailure,
    DeliveryRequest,
    DeliveryResult,
    DeliveryState,
    ErrorClass,
)
from groschen.kit import signatures
from groschen.kit.clock import real_now
from groschen.kit.ids import encode_id
from groschen.kit.signing_keys import Purpose

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence
    from types import TracebackType
    from uuid import UUID

    from groschen.adapters.delivery.safe_target import Target
    from groschen.kit.signing_keys import SigningKeys

NAME: Final = "webhook"
TIMEOUT_SECONDS: Final = 10
CONNECT_SECONDS: Final = 5
CALLS_AT_ONCE: Final = 16
ANSWER_LIMIT_BYTES: Final = 64 * 1024
TASK_PREFIX: Final = "tsk"
NOTHING_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class WebhookDelivery:
    """Calls targets, at most ``calls_at_once`` at a time; one client for the whole process.

    ``allow_private_targets`` lets calls go to loopback and private networks and over plain
    http: for tests and demo only. ``trust`` replaces the usual certificate authorities.
    """

    def __init__(
        self,
        keys: SigningKeys,
        *,
        allow_private_targets: bool = False,
        trust: ssl.SSLContext | None = None,
        timeout_seconds: int = TIMEOUT_SECONDS,
        calls_at_once: int = CALLS_AT_ONCE,
    ) -> None:
        self._keys = keys
        self._allow_private_targets = allow_private_targets
        self._timeout_seconds = timeout_seconds
        self._turns = asyncio.Semaphore(calls_at_once)
        self._client = httpx2.AsyncClient(
            follow_redirects=False,
            trust_env=False,
            verify=True if trust is None else trust,
            timeout=httpx2.Timeout(timeout_seconds, connect=min(timeout_seconds, CONNECT_SECONDS)),
            limits=httpx2.Limits(max_connections=calls_at_once),
            headers={"user-agent": "groschen"},
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def name(self) -> str:
        """The name tasks refer to."""
        return NAME

    async def deliver(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        """Send every task once; a failure is a result."""
        secrets = await self._secrets(requests)
        return await asyncio.gather(
            *(self._deliver(request, secrets[request.tenant_id]) for request in requests)
        )

    async def find(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        """Read back; None only where the target itself says that it knows no such task."""
        secrets = await self._secrets(requests)
        return await asyncio.gather(
            *(self._find(request, secrets[request.tenant_id]) for request in requests)
        )

    async def _secrets(self, requests: Sequence[DeliveryRequest]) -> dict[UUID, list[bytes]]:
        tenants = dict.fromkeys(request.tenant_id for request in requests)
        return {
            tenant_id: [key.secret for key in await self._keys.current(tenant_id, Purpose.WEBHOOK)]
            for tenant_id in tenants
        }

    async def _deliver(self, request: DeliveryRequest, secrets: list[bytes]) -> DeliveryResult:
        answer = await self._call("POST", request, secrets, _body(request))
        if isinstance(answer, DeliveryFailure):
            return DeliveryResult(request.task_id, DeliveryState.FAILED, failure=answer)
        return answers.of_delivery(request.task_id, answer)

    async def _find(self, request: DeliveryRequest, secrets: list[bytes]) -> DeliveryResult | None:
        answer = await self._call("GET", request, secrets, b"")
        if isinstance(answer, DeliveryFailure):
            return DeliveryResult(request.task_id, DeliveryState.FAILED, failure=answer)
        return answers.of_read_back(request.task_id, answer)

    async def _call(
        self, method: str, request: DeliveryRequest, secrets: list[bytes], body: bytes
    ) -> answers.Answer | DeliveryFailure:
        """Send one request and read its answer; everything that can go wrong is classified."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                target = await check_target(
                    request.target, allow_private=self._allow_private_targets
                )
        except TargetNotAllowed as refusal:
            return DeliveryFailure(ErrorClass.INVALID, refusal.code, refusal.detail)
        except (TargetNotFound, TimeoutError) as failure:
            return DeliveryFailure(ErrorClass.TRANSIENT, "not_reachable", _words(failure))
        try:
            async with self._turns, asyncio.timeout(self._timeout_seconds):
                return await self._exchange(method, target, request, secrets, body)
        except NOTHING_SENT as failure:
            return DeliveryFailure(ErrorClass.TRANSIENT, "not_reachable", _words(failure))
        except (TimeoutError, httpx2.TimeoutException):
            detail = f"no answer within {self._timeout_seconds} seconds"
            return DeliveryFailure(ErrorClass.UNKNOWN, "no_answer", detail)
        except httpx2.RequestError as failure:
            return DeliveryFailure(ErrorClass.UNKNOWN, "connection_lost", _words(failure))

    async def _exchange(
        self,
        method: str,
        target: Target,
        request: DeliveryRequest,
        secrets: list[bytes],
        body: bytes,
    ) -> answers.Answer:
        """Try the target's addresses in turn until one takes the connection."""
        key = request.idempotency_key
        headers = {
            **signatures.sign(secrets, key, real_now(), body),
            "idempotency-key": key,
            "host": target.host_header,
            "content-type": "application/json",
            "accept": "application/json",
            "accept-encoding": "identity",
        }
        *others, last = target.urls
        for url in others:
            with suppress(*NOTHING_SENT):
                return await self._send(method, url, key, headers, target.server_name, body)
        return await self._send(method, last, key, headers, target.server_name, body)

    async def _send(
        self,
        method: str,
        url: httpx2.URL,
        key: str,
        headers: dict[str, str],
        server_name: str,
        body: bytes,
    ) -> answers.Answer:
        if method == "GET":
            url = url.copy_with(path=f"{url.path.rstrip('/')}/{quote(key, safe='')}")
        async with self._client.stream(
            method,
            url,
            content=body or None,
            headers=headers,
            extensions={"sni_hostname": server_name},
        ) as response:
            content = await _read_at_most(response, ANSWER_LIMIT_BYTES)
            return answers.Answer(response.status_code, dict(response.headers), content)


def _body(request: DeliveryRequest) -> bytes:
    return msgspec.json.encode(
        {
            "type": request.kind,
            "task_id": encode_id(TASK_PREFIX, request.task_id),
            "attempt_group": request.attempt_group,
            "deadline": request.deadline,
            "data": request.payload,
        }
    )


async def _read_at_most(response: httpx2.Response, limit_bytes: int) -> bytes | None:
    """Return the body, or None as soon as it is longer than allowed."""
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > limit_bytes:
            return None
    return bytes(content)


def _words(failure: Exception) -> str:
    return f"{type(failure).__name__}: {failure}"[:200]
