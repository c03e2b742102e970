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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
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
    """Calls targets, at most ``calls_at_once`` at a time in this process.

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
        self._trust = trust or httpx2.create_ssl_context(trust_env=False)

    @property
    def name(self) -> str:
        """The name tasks refer to."""
        return NAME

    async def deliver(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        """Send every task once; a failure is a result."""
        secrets = await self._secrets(requests)
        async with self._client() as client:
            return await asyncio.gather(
                *(self._deliver(client, one, secrets[one.tenant_id]) for one in requests)
            )

    async def find(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        """Read back; None only where the target itself says that it knows no such task."""
        secrets = await self._secrets(requests)
        async with self._client() as client:
            return await asyncio.gather(
                *(self._find(client, one, secrets[one.tenant_id]) for one in requests)
            )

    def _client(self) -> httpx2.AsyncClient:
        """Return a client for one batch.

        No proxy, no redirect, and a connection per call: hosts may share an address, and a kept
        connection would carry a call to one host over the certificate of another.
        """
        seconds = self._timeout_seconds
        return httpx2.AsyncClient(
            follow_redirects=False,
            trust_env=False,
            verify=self._trust,
            timeout=httpx2.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
            limits=httpx2.Limits(max_keepalive_connections=0),
            headers={"user-agent": "groschen"},
        )

    async def _secrets(self, requests: Sequence[DeliveryRequest]) -> dict[UUID, list[bytes]]:
        tenants = dict.fromkeys(request.tenant_id for request in requests)
        return {
            tenant_id: [key.secret for key in await self._keys.current(tenant_id, Purpose.WEBHOOK)]
            for tenant_id in tenants
        }

    async def _deliver(
        self, client: httpx2.AsyncClient, request: DeliveryRequest, secrets: list[bytes]
    ) -> DeliveryResult:
        answer = await self._call(client, _Call("POST", request, secrets, _body(request)))
        if isinstance(answer, DeliveryFailure):
            return DeliveryResult(request.task_id, DeliveryState.FAILED, failure=answer)
        return answers.of_delivery(request.task_id, answer)

    async def _find(
        self, client: httpx2.AsyncClient, request: DeliveryRequest, secrets: list[bytes]
    ) -> DeliveryResult | None:
        answer = await self._call(client, _Call("GET", request, secrets, b""))
        if isinstance(answer, DeliveryFailure):
            return DeliveryResult(request.task_id, DeliveryState.FAILED, failure=answer)
        return answers.of_read_back(request.task_id, answer)

    async def _call(
        self, client: httpx2.AsyncClient, call: _Call
    ) -> answers.Answer | DeliveryFailure:
        """Send one request and read its answer; everything that can go wrong is classified."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                target = await check_target(
                    call.request.target, allow_private=self._allow_private_targets
                )
        except TargetNotAllowed as refusal:
            return DeliveryFailure(ErrorClass.INVALID, refusal.code, refusal.detail)
        except (TargetNotFound, TimeoutError) as failure:
            return DeliveryFailure(ErrorClass.TRANSIENT, "not_reachable", _words(failure))
        try:
            async with self._turns, asyncio.timeout(self._timeout_seconds):
                return await _exchange(client, target, call)
        except NOTHING_SENT as failure:
            return DeliveryFailure(ErrorClass.TRANSIENT, "not_reachable", _words(failure))
        except (TimeoutError, httpx2.TimeoutException):
            detail = f"no answer within {self._timeout_seconds} seconds"
            return DeliveryFailure(ErrorClass.UNKNOWN, "no_answer", detail)
        except httpx2.RequestError as failure:
            return DeliveryFailure(ErrorClass.UNKNOWN, "connection_lost", _words(failure))


@dataclass(frozen=True, slots=True)
class _Call:
    """One call to a target: a POST that delivers or a GET that reads back."""

    method: str
    request: DeliveryRequest
    secrets: list[bytes]
    body: bytes

    def url(self, at_address: httpx2.URL) -> httpx2.URL:
        if self.method == "POST":
            return at_address
        key = quote(self.request.idempotency_key, safe="")
        return at_address.copy_with(path=f"{at_address.path.rstrip('/')}/{key}")

    def headers(self, host: str) -> dict[str, str]:
        """Return the headers, signed for sending now."""
        key = self.request.idempotency_key
        return {
            **signatures.sign(self.secrets, key, real_now(), self.body),
            "idempotency-key": key,
            "host": host,
            "content-type": "application/json",
            "accept": "application/json",
            "accept-encoding": "identity",
        }


async def _exchange(client: httpx2.AsyncClient, target: Target, call: _Call) -> answers.Answer:
    """Try the target's addresses in turn until one takes the connection."""
    *others, last = target.urls
    for url in others:
        with suppress(*NOTHING_SENT):
            return await _send(client, url, target, call)
    return await _send(client, last, target, call)


async def _send(
    client: httpx2.AsyncClient, url: httpx2.URL, target: Target, call: _Call
) -> answers.Answer:
    async with client.stream(
        call.method,
        call.url(url),
        content=call.body or None,
        headers=call.headers(target.host_header),
        extensions={"sni_hostname": target.server_name},
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
