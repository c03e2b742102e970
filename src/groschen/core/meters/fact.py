"""A usage event as the rules see it, and reading the values they need from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, Inexact
from typing import Final

from groschen.core.errors import GroschenError, Kind
from groschen.core.money import DECIMALS, EXACT, AmountInvalid, parse_amount
from groschen.core.prices.model import FactIncomplete

INTEGER_DIGITS: Final = 10
LONGEST_TEXT: Final = 255
_LIMIT = Decimal(10) ** INTEGER_DIGITS
_SMALLEST = Decimal(1).scaleb(-DECIMALS)


class ValueTooLong(GroschenError):
    """A number of an event has more digits than a total can keep exactly."""

    code = "value_too_long"
    kind = Kind.UNPROCESSABLE


@dataclass(frozen=True, slots=True)
class UsageFact:
    """An accepted event. Numbers in ``properties`` are ``Decimal`` or ``int``, never float.

    ``source`` and ``id`` name the event; ``subject`` is what it is about. ``occurred_at`` has
    a time zone.
    """

    source: str
    id: str
    type: str
    subject: str
    occurred_at: datetime
    properties: Mapping[str, object]

    @property
    def order(self) -> tuple[str, str, str]:
        """Where the fact stands among others: by time, source and id, in code point order."""
        at = self.occurred_at.astimezone(UTC).isoformat(timespec="microseconds")
        return at, self.source, self.id

    def to_json(self) -> dict[str, object]:
        """What the hash of a proof is made of."""
        return {
            "source": self.source,
            "id": self.id,
            "type": self.type,
            "subject": self.subject,
            "occurred_at": self.occurred_at,
            "properties": self.properties,
        }


def path_of(name: str) -> str:
    """The path of the property ``name`` in the event that was sent."""
    return f"data.{name}"


def number_of(fact: UsageFact, name: str) -> Decimal:
    """The number in the property ``name``: a number or a decimal written as text.

    Raises ``FactIncomplete`` when there is none and ``ValueTooLong`` above ten integer or
    twelve decimal digits.
    """
    value = fact.properties.get(name)
    if type(value) is not Decimal:
        value = _read_number(value, name)
    if not value.is_finite():
        raise _no_number(name, f"{path_of(name)} is not a number")
    if not -_LIMIT < value < _LIMIT:
        raise _too_long(name, f"has more than {INTEGER_DIGITS} digits before the point")
    try:
        EXACT.quantize(value, _SMALLEST)
    except Inexact:
        raise _too_long(name, f"has more than {DECIMALS} decimals") from None
    return value


def key_of(fact: UsageFact, name: str) -> str | int | bool:
    """The text, whole number or truth value in the property ``name``, which tells things apart.

    5 and 5.0 are the same; "5" is another. Raises ``FactIncomplete`` for anything else.
    """
    value = fact.properties.get(name)
    if isinstance(value, str):
        if len(value) <= LONGEST_TEXT:
            return value
        raise FactIncomplete(
            f"{path_of(name)} is longer than {LONGEST_TEXT} characters",
            field=path_of(name),
            hint="send a shorter name for it",
        )
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    raise FactIncomplete(
        f"{path_of(name)} is missing or no text",
        field=path_of(name),
        hint="send a text, a whole number or a truth value",
    )


def _read_number(value: object, name: str) -> Decimal:
    if type(value) is int:
        return Decimal(value)
    if not isinstance(value, str):
        raise _no_number(name, f"{path_of(name)} is missing or not a number")
    try:
        return parse_amount(value, path_of(name))
    except AmountInvalid as refusal:
        raise _no_number(name, refusal.detail) from refusal


def _no_number(name: str, detail: str) -> FactIncomplete:
    return FactIncomplete(detail, field=path_of(name), hint='send a number such as "7.35"')


def _too_long(name: str, reason: str) -> ValueTooLong:
    return ValueTooLong(
        f"{path_of(name)} {reason}",
        field=path_of(name),
        hint=f"send at most {INTEGER_DIGITS} digits before and {DECIMALS} after the point",
    )
