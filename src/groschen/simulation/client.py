"""A client as a careful customer writes it: it repeats a request until somebody answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx2

from groschen.kit import clock
from groschen.kit.ids import new_id
from groschen.simulation.faults import NoAnswer, UnexpectedAnswer
from groschen.simulation.record import Call, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from groschen.simulation.counts import Counts
    from groschen.simulation.record import Record

ANSWER_SECONDS: Final = 20
PATIENCE_SECONDS: Final = 90
PAUSE_SECONDS: Final = 0.15
AGAIN: Final = frozenset({503})
OK: Final = frozenset({200, 201, 202})


@dataclass(frozen=True, slots=True)
class Answer:
    """A final answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's stable code, or nothing."""
        if self.headers.get("content-type", "").startswith("application/problem"):
            return str(self.json["code"])
        return ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, the same in every repetition."""

    method: str
    path: str
    content: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Network:
    """What all clients share. ``address`` gives the server to ask next."""

    http: httpx2.AsyncClient
    address: Callable[[], str]
    record: Record
    counts: Counts


@dataclass(frozen=True, slots=True)
class Client:
    """Speaks as one key (``token``) of the tenant called ``tenant``."""

    network: Network
    tenant: str
    token: str | None
    acting_for: str | None = None

    async def get(self, path: str, expect: Collection[int] = OK) -> Any:
        """Read something as JSON."""
        return (await self.send("GET", path, expect=expect)).json

    async def post(
        self, path: str, body: object = None, *, expect: Collection[int] = OK, key: str = ""
    ) -> Answer:
        """Send a command under ``key``, a fresh one if none is given."""
        content = b"" if body is None else json.dumps(body).encode()
        return await self.send(
            "POST", path, content=content, key=key or str(new_id()), expect=expect
        )

    async def send(
        self,
        method: str,
        path: str,
        *,
        content: bytes = b"",
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        expect: Collection[int] = OK,
        is_patient: bool = True,
    ) -> Answer:
        """Send until there is a final answer, and check that it is one of ``expect``.

        No connection, a broken one, time-outs, 503 and, for who ``is_patient``, a conflict with
        Retry-After mean: send the very same again. Raises ``UnexpectedAnswer`` and ``NoAnswer``.
        """
        sent = Sent(method, path, content, self._headers(content, key) | dict(headers or {}))
        answer = await self._until_answered(sent, is_patient=is_patient)
        self.network.counts.answers[str(answer.status)] += 1
        if answer.status not in expect:
            raise UnexpectedAnswer(
                f"{method} {path} of {self.tenant} was answered {answer.status}",
                hint=f"key {key}, sent {shortened(content)}, answered {shortened(answer.body)}",
            )
        if key is not None and self.token is not None:
            self.network.record.calls.append(
                Call(
                    tenant=self.tenant,
                    token=self.token,
                    acting_for=self.acting_for,
                    method=method,
                    path=path,
                    key=key,
                    content=content,
                    status=answer.status,
                    answer=answer.body,
                )
            )
        return answer

    async def _until_answered(self, sent: Sent, *, is_patient: bool) -> Answer:
        deadline = clock.Deadline(PATIENCE_SECONDS)
        tries = 0
        while not deadline.passed:
            tries += 1
            self.network.counts.requests += 1
            answer = await self._once(sent, tries)
            if answer is not None and not _is_busy(answer, is_patient=is_patient):
                return answer
            self.network.counts.resent += 1
            await clock.sleep(PAUSE_SECONDS)
        raise NoAnswer(f"{sent.method} {sent.path} of {self.tenant} has no answer in {tries} tries")

    async def _once(self, sent: Sent, tries: int) -> Answer | None:
        url = self.network.address() + sent.path
        try:
            answer = await self.network.http.request(
                sent.method, url, content=sent.content or None, headers=dict(sent.headers)
            )
        except httpx2.TransportError as error:
            self._note(sent, tries, type(error).__name__)
            return None
        self._note(sent, tries, answer.status_code, answer.content)
        return Answer(answer.status_code, answer.content, answer.headers)

    def _headers(self, content: bytes, key: str | None) -> dict[str, str]:
        headers = {} if self.token is None else {"authorization": f"Bearer {self.token}"}
        if content:
            headers["content-type"] = "application/json"
        if key is not None:
            headers["idempotency-key"] = key
        if self.acting_for is not None:
            headers["on-behalf-of"] = self.acting_for
        return headers

    def _note(self, sent: Sent, tries: int, outcome: int | str, answered: bytes = b"") -> None:
        self.network.record.note(
            "request",
            tenant=self.tenant,
            request=f"{sent.method} {sent.path}",
            key=sent.headers.get("idempotency-key"),
            tries=tries,
            sent=shortened(sent.content),
            outcome=outcome,
            answered=shortened(answered),
        )


def _is_busy(answer: Answer, *, is_patient: bool) -> bool:
    waits = is_patient and answer.status == 409 and "retry-after" in answer.headers
    return answer.status in AGAIN or waits
