"""What a webhook target's answer means for a delivery task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from groschen.core.ports.delivery import (
    DeliveryFailure,
    DeliveryResult,
    DeliveryState,
    ErrorClass,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT_SECONDS: Final = 24 * 3600
TEXT_LIMIT: Final = 500
STATES: Final = {
    "done": DeliveryState.DONE,
    "accepted": DeliveryState.ACCEPTED,
    "failed": DeliveryState.FAILED,
}
_CLASSES: Final[Mapping[int, ErrorClass]] = {
    408: ErrorClass.UNKNOWN,
    409: ErrorClass.CONFLICT,
    425: ErrorClass.TRANSIENT,
    429: ErrorClass.TRANSIENT,
    500: ErrorClass.TRANSIENT,
    502: ErrorClass.TRANSIENT,
    503: ErrorClass.TRANSIENT,
    504: ErrorClass.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came; ``content`` is None when it was too long to be read."""

    status: int
    headers: Mapping[str, str]
    content: bytes | None


class _Body(msgspec.Struct):
    """What a target may say; everything is optional, unknown fields are ignored."""

    status: str | None = None
    reference: str | None = None
    output: dict[str, object] | None = None
    code: str | None = None
    detail: str | None = None
    retry: bool = False


def of_delivery(task_id: UUID, answer: Answer) -> DeliveryResult:
    """Return what an answer to a POST means."""
    body = _read(answer)
    if answer.status == 202:
        reference = body.reference if body is not None else None
        return _result(task_id, answer, DeliveryState.ACCEPTED, reference=reference)
    if 200 <= answer.status < 300:
        return _as_said(task_id, answer, body)
    return _refused(task_id, answer, body)


def of_read_back(task_id: UUID, answer: Answer) -> DeliveryResult | None:
    """Return what an answer to a GET means; None only for a said ``not_found``."""
    body = _read(answer)
    if answer.status in {200, 404} and body is not None and body.status == "not_found":
        return None
    if answer.status == 200:
        return _as_said(task_id, answer, body)
    if answer.status in {404, 405, 410, 501}:
        detail = f"the target offers no read-back (it answered {answer.status})"
        return _failed(task_id, answer, ErrorClass.UNKNOWN, "read_back_not_offered", detail)
    return _refused(task_id, answer, body)


def _as_said(task_id: UUID, answer: Answer, body: _Body | None) -> DeliveryResult:
    """Take a success at its word; one that says nothing known may have done anything."""
    state = None if body is None else STATES.get(body.status or "")
    if body is None or state is None:
        detail = "the target answered success, but not whether the task is done or failed"
        return _failed(task_id, answer, ErrorClass.UNKNOWN, "answer_not_understood", detail)
    if state is DeliveryState.FAILED:
        error_class = ErrorClass.TRANSIENT if body.retry else ErrorClass.INVALID
        code, detail = body.code or "refused", body.detail or "the target could not deliver"
        return _failed(task_id, answer, error_class, code, detail)
    return _result(task_id, answer, state, reference=body.reference, output=body.output)


def _refused(task_id: UUID, answer: Answer, body: _Body | None) -> DeliveryResult:
    error_class = _CLASSES.get(answer.status, ErrorClass.INVALID)
    wait = _retry_after(answer) if answer.status in {429, 503} else None
    if wait is not None:
        error_class = ErrorClass.BUSY
    code = (body.code if body is not None else None) or f"http_{answer.status}"
    detail = (body.detail if body is not None else None) or f"the target answered {answer.status}"
    return _failed(task_id, answer, error_class, code, detail, wait)


def _retry_after(answer: Answer) -> timedelta | None:
    """Read whole seconds; a date would need the target's clock, so it is not honoured."""
    given = answer.headers.get("retry-after", "")
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        return None
    return timedelta(seconds=min(int(given), LONGEST_WAIT_SECONDS))


def _read(answer: Answer) -> _Body | None:
    """Return what was said, or None for what cannot be read, or not be stored (a NUL)."""
    if not answer.content or b"\\u0000" in answer.content:
        return None
    try:
        return msgspec.json.decode(answer.content, type=_Body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def _proof(answer: Answer) -> dict[str, object]:
    """Return what is kept of the answer: no headers but the request id, no secrets."""
    proof: dict[str, object] = {"status": answer.status}
    if "request-id" in answer.headers:
        proof["request_id"] = answer.headers["request-id"][:TEXT_LIMIT]
    return proof


def _failed(
    task_id: UUID,
    answer: Answer,
    error_class: ErrorClass,
    code: str,
    detail: str,
    retry_after: timedelta | None = None,
) -> DeliveryResult:
    failure = DeliveryFailure(error_class, code[:TEXT_LIMIT], detail[:TEXT_LIMIT], retry_after)
    return DeliveryResult(task_id, DeliveryState.FAILED, proof=_proof(answer), failure=failure)


def _result(
    task_id: UUID,
    answer: Answer,
    state: DeliveryState,
    *,
    reference: str | None,
    output: dict[str, object] | None = None,
) -> DeliveryResult:
    return DeliveryResult(
        task_id,
        state,
        None if reference is None else reference[:TEXT_LIMIT],
        output or {},
        _proof(answer),
    )
