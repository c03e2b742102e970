"""CloudEvents as drafts: what an event must have, each fault named."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from groschen.core.canonical import canonical_json
from groschen.core.money import EXACT
from groschen.core.usage import UsageFact
from groschen.features.usage.model import (
    AHEAD_MINUTES,
    HORIZON_DAYS,
    MOST_EVENTS,
    Draft,
    Fault,
    TooManyEvents,
    UsageBodyUnreadable,
)
from groschen.features.usage.service.reading import Read, read_events

if TYPE_CHECKING:
    from collections.abc import Mapping

SINGLE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
PLAIN: Final = "application/json"
MEDIA_TYPES: Final = (SINGLE, BATCH, PLAIN)
MOST_LETTERS: Final = 255
MOST_DEPTH: Final = 8
MOST_DIGITS: Final = 40
_PLAIN: Final = 10**18
_TIME: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})"
)
_encode: Final = msgspec.json.Encoder(decimal_format="string", order="sorted").encode
NO_OBJECT: Final = Fault(
    "event_malformed", "an event is a JSON object", "send CloudEvents 1.0 in JSON"
)
_DATA_HINT: Final = 'give an object, such as {"kwh": 0.25}'


class _Faulty(Exception):
    """One event cannot be read."""

    def __init__(self, code: str, detail: str, hint: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.fault = Fault(code, detail, hint, field)


def decode(body: bytes, media_type: str) -> list[Draft]:
    """Read the events of a call. Raises ``UsageBodyUnreadable`` and ``TooManyEvents``."""
    media = media_type.partition(";")[0].strip().lower()
    if media not in MEDIA_TYPES:
        raise UsageBodyUnreadable(
            f"the content type {media[:64]!r} is not known here",
            field="Content-Type",
            hint=f"send one of: {', '.join(MEDIA_TYPES)}",
        )
    read = read_events(body)
    if len(read) > MOST_EVENTS:
        raise TooManyEvents(
            f"the call has {len(read)} events",
            hint=f"send at most {MOST_EVENTS} in a call",
        )
    return [draft_of(one) for one in read]


def decode_one(body: bytes, media_type: str = PLAIN) -> Draft:
    """Read the only event of a body. Raises ``UsageBodyUnreadable``."""
    drafts = decode(body, media_type)
    if len(drafts) != 1:
        raise UsageBodyUnreadable(
            f"the body has {len(drafts)} events", hint="send the one event that is meant"
        )
    return drafts[0]


def draft_of(read: Read) -> Draft:
    """One event as a draft; what is wrong with it becomes its fault."""
    if not isinstance(read.value, dict):
        return _refused(read, {}, read.fault or NO_OBJECT)
    event = cast("Mapping[str, Any]", read.value)
    if read.fault is not None:
        return _refused(read, event, read.fault)
    try:
        fact = _fact(event)
    except _Faulty as faulty:
        return _refused(read, event, faulty.fault)
    return Draft((fact.source, fact.id), fact.subject, fact.type, read, fact, fact_hash(fact))


def _refused(read: Read, event: Mapping[str, Any], fault: Fault) -> Draft:
    key = (_known(event, "source"), _known(event, "id"))
    return Draft(key, _known(event, "subject"), _known(event, "type"), read, fault=fault)


def _known(event: Mapping[str, Any], name: str) -> str | None:
    """A text that can be stored, for finding the reject again."""
    value = event.get(name)
    is_fit = isinstance(value, str) and len(value) <= MOST_LETTERS and _is_storable(value)
    return value if is_fit else None


def _fact(event: Mapping[str, Any]) -> UsageFact:
    if event.get("specversion", "1.0") != "1.0":
        raise _Faulty(
            "specversion_unknown",
            "only version 1.0 of CloudEvents is known",
            'send "specversion": "1.0"',
            "specversion",
        )
    if "data_base64" in event:
        raise _Faulty("data_unreadable", "the data is not JSON", _DATA_HINT, "data_base64")
    return UsageFact(
        _text(event, "source"),
        _text(event, "id"),
        _text(event, "type"),
        _text(event, "subject"),
        _time(event),
        _data(event),
    )


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    if isinstance(value, str) and 0 < len(value) <= MOST_LETTERS and _is_storable(value):
        return value
    if value is None:
        raise _Faulty("field_missing", f"{name} is missing", f"give {name} as a text", name)
    if not isinstance(value, str):
        raise _Faulty("field_invalid", f"{name} is no text", f"give {name} as a text", name)
    if 0 < len(value) <= MOST_LETTERS:
        return _storable(value, name)
    raise _Faulty(
        "field_invalid",
        f"{name} has {len(value)} characters",
        f"give 1 to {MOST_LETTERS} characters",
        name,
    )


def _storable(value: str, field: str) -> str:
    if not _is_storable(value):
        raise _Faulty(
            "text_invalid",
            f"{field} has half a surrogate pair, U+0000 or bytes that are not UTF-8",
            "send text as UTF-8, or with whole \\u escapes",
            field,
        )
    return value


def _is_storable(value: str) -> bool:
    if value.isascii():
        return "\x00" not in value
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in value


def _time(event: Mapping[str, Any]) -> datetime:
    text = _text(event, "time")
    if _TIME.fullmatch(text) is not None:
        with suppress(ValueError, OverflowError):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    raise _Faulty(
        "time_invalid",
        "time is no instant of RFC 3339",
        "write it like 2026-01-31T08:00:00Z",
        "time",
    )


def _data(event: Mapping[str, Any]) -> dict[str, Any]:
    data = event.get("data")
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise _Faulty("data_unreadable", "data is no object", _DATA_HINT, "data")
    return _members(cast("dict[str, Any]", data), "data", MOST_DEPTH)


def _members(members: dict[str, Any], path: str, depth: int) -> dict[str, Any]:
    if not depth:
        raise _Faulty("data_too_deep", f"{path[:64]} is nested too deeply", "keep it flat", "data")
    plain: dict[str, Any] = {}
    for name, value in members.items():
        _storable(name, path)
        if value is None or isinstance(value, bool):
            plain[name] = value
        elif isinstance(value, Decimal | int):
            plain[name] = _number(value, f"{path}.{name}")
        elif isinstance(value, str):
            plain[name] = _storable(value, f"{path}.{name}")
        else:
            plain[name] = _nested(value, f"{path}.{name}", depth - 1)
    return plain


def _nested(value: Any, path: str, depth: int) -> Any:
    if isinstance(value, dict):
        return _members(cast("dict[str, Any]", value), path, depth)
    entries = {str(number): one for number, one in enumerate(cast("list[Any]", value))}
    return list(_members(entries, path, depth).values())


def _number(value: Decimal | int, path: str) -> Decimal | int:
    """The number in its one form: 5.0 is 5, 1.50 is 1.5."""
    if isinstance(value, int) and -_PLAIN < value < _PLAIN:
        return value
    number = value if isinstance(value, Decimal) else Decimal(value)
    if abs(number.adjusted()) > MOST_DIGITS or len(str(number)) > 2 * MOST_DIGITS:
        raise _Faulty(
            "number_invalid",
            f"{path} has more than {MOST_DIGITS} digits",
            "send identifiers as text and measured values in fitting units",
            path,
        )
    if isinstance(value, int):
        return value
    plain = number.normalize(EXACT)
    return int(plain) if plain == plain.to_integral_value() else plain


def fact_hash(fact: UsageFact) -> str:
    """The SHA-256 of a fact in its canonical form, in hex: what proofs add up."""
    form = {
        "source": fact.source,
        "id": fact.id,
        "type": fact.type,
        "subject": fact.subject,
        "time": fact.occurred_at.isoformat(),
        "data": fact.properties,
    }
    text = _encode(form)
    if b"E-" in text:  # a tiny decimal is written with an exponent here, or it is just text
        text = canonical_json(form).encode()
    return sha256(text).hexdigest()


def too_late_or_early(fact: UsageFact, now: datetime) -> Fault | None:
    """The fault of an event that lies before the horizon or in the future."""
    if fact.occurred_at > now + timedelta(minutes=AHEAD_MINUTES):
        return Fault(
            "event_in_future",
            f"the event is more than {AHEAD_MINUTES} minutes ahead of {now.isoformat()}",
            "check the clock of the device and its time zone",
            "time",
        )
    if fact.occurred_at < now - timedelta(days=HORIZON_DAYS):
        return Fault(
            "event_too_old",
            f"the event is older than {HORIZON_DAYS} days",
            "what is older enters as a reviewed correction only",
            "time",
        )
    return None
