"""Identifiers: UUIDv7 inside and in PostgreSQL, ``ord_01k...`` for people and the API."""

from __future__ import annotations

import os
import secrets
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final
from uuid import UUID

from pydantic_core import PydanticCustomError, core_schema
from ulid import ULID

from groschen.core.errors import GroschenError, Kind
from groschen.kit import clock

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

COUNTER_BITS: Final = 42
TAIL_BITS: Final = 32
TAILS: Final = struct.Struct(">1024I")
LETTERS: Final = "0-9a-hjkmnp-tv-z"


class InvalidId(GroschenError):
    """The text is no identifier of the expected sort."""

    code: ClassVar[str] = "invalid_id"
    kind: ClassVar[Kind] = Kind.INVALID


class Uuid7Source:
    """Makes UUIDs of version 7 (RFC 9562, method 1) that only ever grow within a process.

    48 bits of Unix milliseconds, a 42-bit counter that starts at a random value in each
    millisecond (top bit clear, so about 2**41 values fit), and 32 random bits. When the system
    clock steps back, or the counter is used up, the last timestamp goes on or is moved ahead.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = 0
        self._counter = 0
        self._tails: list[int] = []

    def reset(self) -> None:
        """Forget the counter, so that a forked child does not continue its parent's."""
        self._lock = threading.Lock()
        self._counter = secrets.randbits(COUNTER_BITS - 1)
        self._tails.clear()

    def next(self) -> UUID:
        """Return an id greater than every one before."""
        with self._lock:
            millisecond = clock.unix_milliseconds()
            if millisecond > self._millisecond:
                self._millisecond = millisecond
                self._counter = secrets.randbits(COUNTER_BITS - 1)
            else:
                self._count_on()
            return self._compose(self._tail())

    def _tail(self) -> int:
        """Return the next random bits; a thousand are drawn from the system at a time."""
        if not self._tails:
            self._tails.extend(TAILS.unpack(os.urandom(TAILS.size)))
        return self._tails.pop()

    def _count_on(self) -> None:
        self._counter += 1
        if self._counter >> COUNTER_BITS:
            self._millisecond += 1
            self._counter = secrets.randbits(COUNTER_BITS - 1)

    def _compose(self, tail: int) -> UUID:
        high = self._counter >> (COUNTER_BITS - 12)
        low = self._counter & ((1 << (COUNTER_BITS - 12)) - 1)
        return UUID(
            int=(self._millisecond << 80)
            | (0x7 << 76)
            | (high << 64)
            | (0b10 << 62)
            | (low << TAIL_BITS)
            | tail
        )


_source = Uuid7Source()
os.register_at_fork(after_in_child=_source.reset)


def new_id() -> UUID:
    """Return a new UUIDv7: time-ordered, and strictly growing within this process."""
    return _source.next()


def encode_id(prefix: str, value: UUID) -> str:
    """Return the public form, e.g. ``ord_01k3...``: prefix and 26 Crockford letters."""
    return f"{prefix}_{str(ULID.from_uuid(value)).lower()}"


def decode_id(prefix: str, text: str) -> UUID:
    """Read the public form; raise ``InvalidId`` unless it is exactly what ``encode_id`` writes."""
    found, separator, letters = text.partition("_")
    if found == prefix and separator and len(letters) == 26:
        try:
            value = ULID.from_str(letters.upper()).to_uuid()
        except ValueError:
            value = None
        if value is not None and encode_id(prefix, value) == text:
            return value
    raise InvalidId(
        f"'{text[:64]}' is not an id of the form {prefix}_ and 26 letters or digits",
        hint=f"Use an id exactly as an answer gave it; it starts with '{prefix}_'.",
    )


@dataclass(frozen=True, slots=True)
class PublicId:
    """Pydantic annotation: ``OrderId = Annotated[UUID, PublicId("ord")]``.

    Text with the prefix is read to a UUID, a UUID is written with the prefix.
    """

    prefix: str

    def _read(self, value: object) -> UUID:
        if isinstance(value, UUID):
            return value
        try:
            return decode_id(self.prefix, value if isinstance(value, str) else repr(value))
        except InvalidId as refusal:
            raise PydanticCustomError(
                "invalid_id", "{reason}", {"reason": refusal.detail}
            ) from refusal

    def _write(self, value: UUID) -> str:
        return encode_id(self.prefix, value)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._read,
            serialization=core_schema.plain_serializer_function_ser_schema(
                self._write, return_schema=core_schema.str_schema(), when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": f"^{self.prefix}_[0-7][{LETTERS}]{{25}}$",
            "examples": [encode_id(self.prefix, UUID("019aac5c-7000-7000-8000-000000000001"))],
        }
