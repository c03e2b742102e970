"""One spelling for everything that is hashed: canonical JSON and the hashes made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import cast
from uuid import UUID

from groschen.core.errors import InvariantBroken, invariant
from groschen.core.money import canonical

_HASH_RANGE = 2**256


def canonical_json(value: object) -> str:
    """JSON with sorted keys, no spaces and decimals as plain strings: equal meaning, equal text.

    ``1.50`` and ``1.5`` are one number and one text. A float or an unknown type is a bug.
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        members = cast("Mapping[object, object]", value)
        return {_key(key): _plain(item) for key, item in members.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("Sequence[object]", value)]
    return _scalar(value)


def _scalar(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return f"{canonical(value):f}"
        case UUID():
            return str(value)
        case datetime():
            invariant(value.tzinfo is not None, "an instant without zone has no canonical form")
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case _:
            raise InvariantBroken(f"{type(value).__name__} has no canonical form")


def _key(key: object) -> str:
    invariant(isinstance(key, str), "a key in canonical JSON must be text")
    return str(key)


def rule_hash(rule: object) -> str:
    """The SHA-256 of a rule's canonical JSON, in hex: pins what an amount was computed with."""
    return sha256(canonical_json(rule).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class EventHash:
    """How many facts were folded and a sum of their hashes: any order gives the same.

    A fact that is voided is subtracted again. It shows loss, repetition and change of facts;
    it is no signature against somebody who may choose the facts.
    """

    count: int = 0
    value: int = 0

    def plus(self, fact: object) -> EventHash:
        """With one more fact."""
        return EventHash(self.count + 1, (self.value + _number(fact)) % _HASH_RANGE)

    def minus(self, fact: object) -> EventHash:
        """Without a fact that was counted before."""
        return EventHash(self.count - 1, (self.value - _number(fact)) % _HASH_RANGE)

    @property
    def hex(self) -> str:
        """The sum as 64 hex digits."""
        return f"{self.value:064x}"

    @classmethod
    def of(cls, count: int, hex_digits: str) -> EventHash:
        """Read back what was stored."""
        return cls(count, int(hex_digits, 16))


def _number(fact: object) -> int:
    return int.from_bytes(sha256(canonical_json(fact).encode()).digest(), "big")
