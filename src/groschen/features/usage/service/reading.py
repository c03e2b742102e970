"""Bodies of calls as JSON: quickly when all is well, patiently when something is wrong.

No number becomes a float. What one event has wrong must not cost the others: a body that the
fast decoder refuses (NaN, half a surrogate pair, broken UTF-8), or in which a key may come twice,
is read again, event by event.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import msgspec

from groschen.features.usage.model import Fault, UsageBodyUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)
_slices: Final = msgspec.json.Decoder(list[msgspec.Raw])
_SPACED_KEY: Final = re.compile(rb'"[ \t\r\n]+:')
_SPACES: Final = re.compile(r"[ \t\r\n]*")


class Texts(Protocol):
    """Where the texts of single events are found."""

    def __getitem__(self, number: int, /) -> str:
        """The text of the event with this number."""
        ...


@dataclass(frozen=True, slots=True)
class Read:
    """One event of a body as JSON, or why it is none."""

    value: Any
    number: int
    texts: Texts
    fault: Fault | None = None

    @property
    def body(self) -> str:
        """The text of the event as it came, with what is no text written as escapes."""
        return self.texts[self.number].encode("utf-8", "backslashreplace").decode()


def read_events(body: bytes) -> list[Read]:
    """The events of a body: an object, or a list of objects.

    Raises ``UsageBodyUnreadable`` when not even the single events can be told apart.
    """
    try:
        value = _decoder.decode(body)
    except (ValueError, RecursionError):
        return list(_patiently(body))
    is_list = isinstance(value, list)
    events = cast("Sequence[Any]", value if is_list else [value])
    if b"\\u0000" in body or _may_have_doubled_keys(body, events):
        return list(_patiently(body))
    texts = _Cuts(body, is_list=is_list)
    return [Read(one, number, texts) for number, one in enumerate(events)]


class _Cuts:
    """The texts of single events, cut out of the body only when somebody asks."""

    def __init__(self, body: bytes, *, is_list: bool) -> None:
        self._body = body
        self._is_list = is_list
        self._texts: list[str] | None = None

    def __getitem__(self, number: int, /) -> str:
        if self._texts is None:
            parts = _slices.decode(self._body) if self._is_list else [self._body]
            self._texts = [bytes(part).decode() for part in parts]
        return self._texts[number]


def _may_have_doubled_keys(body: bytes, events: Sequence[Any]) -> bool:
    """Whether there are other than as many ``":`` in the body as keys in what was read.

    Text with ``":`` in it only leads to the patient way.
    """
    if body.count(b'":') != _keys_of(events):
        return True
    return _SPACED_KEY.search(body) is not None


def _keys_of(values: Iterable[object]) -> int:
    """How many keys there are in values and all below them."""
    keys = 0
    for value in values:
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            keys += len(members) + _keys_of(members.values())
        elif isinstance(value, list):
            keys += _keys_of(cast("list[object]", value))
    return keys


class _Patient:
    """Reads one event after the other and notes what is wrong in each."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._wrong: list[Fault] = []
        self._decoder = json.JSONDecoder(
            parse_float=Decimal, parse_constant=self._constant, object_pairs_hook=self._pairs
        )

    def _constant(self, name: str) -> None:
        fault = Fault("number_invalid", f"{name} is no number in JSON", "send a decimal number")
        self._wrong.append(fault)

    def _pairs(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        for name in members:
            if len(members) < len(pairs) and [key for key, _ in pairs].count(name) > 1:
                detail = f"the key {name[:64]!r} comes twice in one object"
                hint = "send each key once; nobody can know which one you mean"
                self._wrong.append(Fault("key_doubled", detail, hint, name[:64]))
        return members

    def one(self, at: int) -> tuple[Any, Fault | None, int]:
        """The value that starts at a place, what is wrong in it, and where it ends."""
        self._wrong = []
        try:
            value, end = self._decoder.raw_decode(self._text, at)
        except (ValueError, RecursionError) as error:
            raise _unreadable(str(error)) from error
        return value, self._wrong[0] if self._wrong else None, end


def _patiently(body: bytes) -> Iterator[Read]:
    text = body.decode("utf-8", errors="surrogateescape")
    patient, texts = _Patient(text), list[str]()
    start = _skip(text, 0)
    is_list = text.startswith("[", start)
    at = _skip(text, start + 1) if is_list else start
    more = not (is_list and text.startswith("]", at))
    while more:
        value, fault, end = patient.one(at)
        yield Read(value, len(texts), texts, fault)
        texts.append(text[at:end])
        at = _skip(text, end)
        more = is_list and text.startswith(",", at)
        at = _skip(text, at + 1) if more else at
    if is_list and not text.startswith("]", at):
        raise _unreadable(f"the list does not end at character {at}")
    if _skip(text, at + 1 if is_list else at) != len(text):
        raise _unreadable(f"something follows at character {at}")


def _skip(text: str, at: int) -> int:
    found = _SPACES.match(text, at)
    return found.end() if found else at


def _unreadable(detail: str) -> UsageBodyUnreadable:
    return UsageBodyUnreadable(
        f"the body is no JSON: {detail}",
        hint="send one CloudEvent, or a list of them, as JSON in UTF-8",
    )
