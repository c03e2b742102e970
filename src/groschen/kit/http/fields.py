"""The types of request and answer fields: text, decimals, money, dates, instants.

Decimals travel as strings and are never floats. Every type brings its own description and
example; a field may give a better one with ``Field(description=..., examples=[...])``.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from groschen.core.currencies import CURRENCIES
from groschen.core.errors import GroschenError
from groschen.core.money import Money, amount_text, canonical, parse_amount
from groschen.kit.http.schemas import In, Out

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_INSTANT: Final = datetime(1900, 1, 1, tzinfo=UTC)
LAST_INSTANT: Final = datetime(2200, 1, 1, tzinfo=UTC)
DATE_FORM: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
INSTANT_FORM: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})"
)
DECIMAL_FORM: Final = r"^-?[0-9]{1,16}(\.[0-9]{1,12})?$"
UNSIGNED_FORM: Final = r"^[0-9]{1,16}(\.[0-9]{1,12})?$"


def _refuse(code: str, reason: str) -> PydanticCustomError:
    return PydanticCustomError(code, "{reason}", {"reason": reason})  # pyright: ignore[reportArgumentType]


def plain_decimal(value: Decimal) -> str:
    """Write ``value`` without exponent and without idle zeros."""
    return f"{canonical(value):f}"


def _read_decimal(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str):
        raise _refuse("decimal_string", 'a decimal travels as a string, such as "12.90"')
    try:
        return parse_amount(value, "amount")
    except GroschenError as refusal:
        hint = f"; {refusal.hint}" if refusal.hint else ""
        raise _refuse(refusal.code, f"{refusal.detail}{hint}") from refusal


def _not_negative(value: Decimal) -> Decimal:
    if value < 0:
        raise _refuse("negative", "must not be below zero")
    return value


def _above_zero(value: Decimal) -> Decimal:
    if value <= 0:
        raise _refuse("not_positive", "must be above zero")
    return value


def _decimal_schema(description: str, example: str, pattern: str) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "type": "string",
            "pattern": pattern,
            "description": description,
            "examples": [example],
        }
    )


_DECIMAL: Final = (BeforeValidator(_read_decimal), PlainSerializer(plain_decimal, when_used="json"))

Amount = Annotated[
    Decimal,
    *_DECIMAL,
    _decimal_schema("An exact decimal, at most twelve decimals.", "12.90", DECIMAL_FORM),
]
"""A signed decimal string; at most twelve decimals, below 1e16."""

UnsignedAmount = Annotated[
    Decimal,
    BeforeValidator(_read_decimal),
    AfterValidator(_not_negative),
    PlainSerializer(plain_decimal, when_used="json"),
    _decimal_schema("An exact decimal, zero or more.", "12.90", UNSIGNED_FORM),
]
"""A decimal string that is not below zero."""

PositiveAmount = Annotated[
    Decimal,
    BeforeValidator(_read_decimal),
    AfterValidator(_above_zero),
    PlainSerializer(plain_decimal, when_used="json"),
    _decimal_schema("An exact decimal above zero.", "12.90", UNSIGNED_FORM),
]
"""A decimal string above zero."""

Quantity = Annotated[
    Decimal,
    *_DECIMAL,
    _decimal_schema("A quantity in the unit of its meter or product.", "8.4", DECIMAL_FORM),
]
"""A quantity; at most twelve decimals."""

Rate = Annotated[
    Decimal,
    BeforeValidator(_read_decimal),
    AfterValidator(_not_negative),
    PlainSerializer(plain_decimal, when_used="json"),
    _decimal_schema("A fraction of one: 0.19 is 19 percent.", "0.19", UNSIGNED_FORM),
]
"""A rate as a fraction of one, not below zero."""


def _known_currency(value: str) -> str:
    if value not in CURRENCIES:
        raise _refuse("currency_unknown", f"{value[:3]!r} is no ISO 4217 currency, such as EUR")
    return value


CurrencyCode = Annotated[
    str,
    Field(
        pattern="^[A-Z]{3}$",
        description="ISO 4217 code of the currency.",
        examples=["EUR"],
    ),
    AfterValidator(_known_currency),
]


def _known_zone(value: str) -> str:
    if value not in available_timezones():
        raise _refuse("time_zone_unknown", "is no IANA time zone, such as Europe/Berlin")
    return value


TimeZone = Annotated[
    str,
    Field(max_length=64, description="IANA time zone.", examples=["Europe/Berlin"]),
    AfterValidator(_known_zone),
]

Country = Annotated[
    str,
    Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 code of the country.", examples=["DE"]),
]

Text = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$",
        description="A line of text without spaces at its ends.",
        examples=["Nordbahn"],
    ),
]
"""One line of text, 1 to 200 characters."""

ExternalId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._~@+-]{0,127}$",
        description="Your own identifier, unique per tenant; also usable in paths as ext:....",
        examples=["nordbahn"],
    ),
]


EMAIL_FORM: Final = r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$"
MOST_EMAIL: Final = 254
Email = Annotated[
    str,
    Field(
        pattern=EMAIL_FORM,
        max_length=MOST_EMAIL,
        description="E-mail address.",
        examples=["ada.berg@example.org"],
    ),
]


def _reader(
    form: re.Pattern[str], kind: type[date], wanted: str, read: Callable[[str], Any]
) -> Callable[[object], Any]:
    """Return a validator that takes ``kind`` or text in exactly the wanted form."""

    def check(value: object) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, str) or form.fullmatch(value) is None:
            raise _refuse("date_form", wanted)
        try:
            return read(value)
        except ValueError as error:
            raise _refuse("date_form", f"{wanted}; {error}") from error

    return check


def _read_instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text).astimezone(UTC)
    if not FIRST_INSTANT <= instant < LAST_INSTANT:
        raise ValueError("years 1900 to 2199 are possible")
    return instant


def _read_date(text: str) -> date:
    day = date.fromisoformat(text)
    if not FIRST_INSTANT.date() <= day < LAST_INSTANT.date():
        raise ValueError("years 1900 to 2199 are possible")
    return day


def _write_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


LocalDate = Annotated[
    date,
    BeforeValidator(
        _reader(DATE_FORM, date, "a calendar day is written like 2026-01-31", _read_date)
    ),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date",
            "description": "A calendar day of the tenant.",
            "examples": ["2026-01-31"],
        }
    ),
]

Instant = Annotated[
    datetime,
    BeforeValidator(
        _reader(
            INSTANT_FORM,
            datetime,
            "an instant is written like 2026-01-31T08:00:00Z",
            _read_instant,
        )
    ),
    PlainSerializer(_write_instant, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "An instant, RFC 3339.",
            "examples": ["2026-01-31T08:00:00Z"],
        }
    ),
]


class MoneyIn(In):
    """An amount of money that a client gives."""

    amount: Amount
    currency: CurrencyCode

    def money(self) -> Money:
        """Return the value that ``core`` computes with."""
        return Money(self.amount, self.currency)


class MoneyOut(Out):
    """An amount of money: exact, with at least the digits of its currency."""

    amount: Annotated[
        str,
        Field(
            description="The exact amount as a decimal string.",
            examples=["12.90"],
            pattern=DECIMAL_FORM,
        ),
    ]
    currency: CurrencyCode

    @classmethod
    def of(cls, money: Money) -> MoneyOut:
        """Write ``money``; nothing is rounded."""
        return cls(
            amount=amount_text(money.amount, money.currency),
            currency=money.currency,
        )

    @classmethod
    def exact(cls, amount: Decimal, currency: str) -> MoneyOut:
        """Write an amount and its currency; nothing is rounded."""
        return cls(amount=amount_text(amount, currency), currency=currency)
