"""What people write into fields: instants, quantities and amounts, read once for all forms."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

from groschen.core.errors import GroschenError, Kind
from groschen.core.money import parse_amount


class InstantUnreadable(GroschenError):
    """Day and time do not make an instant."""

    code: ClassVar[str] = "instant_unreadable"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


def instant_of(day: str, time: str, zone: ZoneInfo) -> datetime | None:
    """The instant of a day and a time, midnight without one; None for neither.

    Raises ``InstantUnreadable`` for the field ``at``.
    """
    if not day and not time:
        return None
    try:
        instant = datetime.fromisoformat(f"{day}T{time or '00:00'}")
    except ValueError as error:
        raise InstantUnreadable(
            "day and time do not make an instant", field="at", hint="choose a day and a time"
        ) from error
    return instant.replace(tzinfo=zone)


def number_of(text: str, field: str) -> Decimal | None:
    """A number as people write it: a single comma is a decimal point; None for nothing.

    Raises what ``parse_amount`` raises, for ``field``.
    """
    if not text:
        return None
    plain = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    return parse_amount(plain, field)
