"""Answers kept by idempotency key, in the transaction of the effect they tell of.

A key belongs to one actor. Its answer is kept 30 days and is sealed with a key made from the
installation's secret and the client's own key, of which only a keyed hash is stored: neither
the database nor its backup can tell what was answered, and an API key that is shown once is
not lying around. Refusals are kept like successes; server errors, and refusals that only
mean "try again", are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from groschen.core.errors import GroschenError, Kind, invariant
from groschen.kit.idempotency import queries
from groschen.kit.seal import decrypt, encrypt, the_seal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from groschen.kit.db import Scope

KEPT_DAYS: Final = 30
KEY_FORM: Final = re.compile(r"[\x21-\x7e]{1,255}")
NOT_KEPT: Final = frozenset({Kind.BUSY, Kind.UNAVAILABLE})


class KeyMissing(GroschenError):
    """This command moves money or makes a document and needs an idempotency key."""

    code: ClassVar[str] = "idempotency_key_missing"
    kind: ClassVar[Kind] = Kind.INVALID


class KeyMalformed(GroschenError):
    """An idempotency key is 1 to 255 printable ASCII letters without spaces."""

    code: ClassVar[str] = "idempotency_key_malformed"
    kind: ClassVar[Kind] = Kind.INVALID


class KeyReused(GroschenError):
    """The idempotency key was used before for another request."""

    code: ClassVar[str] = "idempotency_key_reused"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class KeyRunning(GroschenError):
    """A request with this idempotency key is still running."""

    code: ClassVar[str] = "idempotency_key_running"
    kind: ClassVar[Kind] = Kind.BUSY


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, ready to be sent again."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """What a key stands for: the operation, and a keyed hash of path, query and body."""

    key: str
    operation: str
    body_hash: str


def request(key: str, *, operation: str, path: str, query: str, body: bytes) -> Request:
    """Describe one request under its key; raise ``KeyMalformed``."""
    if KEY_FORM.fullmatch(key) is None:
        raise KeyMalformed(
            "the header Idempotency-Key is malformed",
            hint="Send 1 to 255 printable ASCII letters without spaces, for example a UUID.",
        )
    hashed = the_seal().key("idempotent request", path.encode(), query.encode(), body)
    return Request(key, operation, hashed.hex())


async def claim(scope: Scope, asked: Request) -> Answer | None:
    """Hold the key until the transaction ends; return the kept answer if there is one.

    Raises ``KeyRunning`` while another transaction holds it and ``KeyReused`` when the kept
    answer belongs to another request.
    """
    hashed = _stored_key(scope, asked)
    number = int.from_bytes(bytes.fromhex(hashed)[:8], "big", signed=True)
    held, kept = await queries.hold_and_read(scope, _actor_id(scope), hashed, number)
    if not held:
        raise KeyRunning(
            "a request with this idempotency key is still running",
            hint="Wait a second and send the same request again.",
        )
    if kept is None:
        return None
    if (kept.operation, kept.body_hash) != (asked.operation, asked.body_hash):
        raise KeyReused(
            "this idempotency key was used for another request",
            hint="Use a fresh key for each new command, and the same key only to repeat it.",
        )
    body = decrypt(_answer_key(scope, asked), kept.answer, hashed.encode())
    return Answer(kept.status, kept.headers, body)


async def keep(scope: Scope, asked: Request, answer: Answer) -> None:
    """Store the answer in the scope's transaction."""
    hashed = _stored_key(scope, asked)
    await queries.insert_answer(
        scope,
        queries.Kept(
            operation=asked.operation,
            body_hash=asked.body_hash,
            status=answer.status,
            headers=dict(answer.headers),
            answer=encrypt(_answer_key(scope, asked), answer.body, hashed.encode()),
        ),
        actor_id=_actor_id(scope),
        key=hashed,
    )


def _actor_id(scope: Scope) -> UUID:
    invariant(scope.actor.id is not None, "an idempotency key needs an actor with an id")
    return scope.actor.id or scope.tenant_id


def _stored_key(scope: Scope, asked: Request) -> str:
    owner = (scope.tenant_id.bytes, _actor_id(scope).bytes)
    return the_seal().key("idempotency key", *owner, asked.key.encode()).hex()


def _answer_key(scope: Scope, asked: Request) -> bytes:
    owner = (scope.tenant_id.bytes, _actor_id(scope).bytes)
    return the_seal().key("idempotent answer", *owner, asked.key.encode())
