"""Reading stored or submitted rules strictly: each error names the path of its field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar, cast

from groschen.core.currencies import CURRENCIES, CurrencyUnknown
from groschen.core.errors import GroschenError, Kind
from groschen.core.money import ZERO, AmountInvalid, Money, parse_amount

EnumT = TypeVar("EnumT", bound=StrEnum)


class FieldInvalid(GroschenError):
    """A field of a rule is missing, unknown, of the wrong type or out of range."""

    code = "field_invalid"
    kind = Kind.INVALID


class FieldMissing(FieldInvalid):
    """A required field is not there."""

    code = "field_missing"


class FieldUnknown(FieldInvalid):
    """A field nobody knows; a misspelt option must not be ignored."""

    code = "field_unknown"


def join(path: str, name: str) -> str:
    """The path of the field ``name`` inside ``path``, such as params.routes."""
    return f"{path}.{name}" if path else name


class Fields:
    """One JSON object being read; ``finish`` refuses the fields nobody asked for."""

    def __init__(self, data: object, path: str = "") -> None:
        if not isinstance(data, Mapping):
            raise FieldInvalid(
                f"{path or 'the document'} must be an object",
                field=path or None,
                hint="write it as a JSON object",
            )
        self._data = cast("Mapping[str, object]", data)
        self._seen: set[str] = set()
        self.path = path

    def at(self, name: str) -> str:
        """The path of the field ``name``."""
        return join(self.path, name)

    def has(self, name: str) -> bool:
        """Whether the field is given; null counts as not given."""
        self._seen.add(name)
        return self._data.get(name) is not None

    def value(self, name: str) -> object:
        """The raw value of a required field."""
        if not self.has(name):
            raise FieldMissing(
                f"{self.at(name)} is missing", field=self.at(name), hint="give this field a value"
            )
        return self._data[name]

    def text(self, name: str) -> str:
        """A required text that is not empty."""
        value = self.value(name)
        if not isinstance(value, str) or not value.strip():
            raise FieldInvalid(
                f"{self.at(name)} must be a text that is not empty",
                field=self.at(name),
                hint="write it as a JSON string",
            )
        return value

    def choice(self, name: str, options: type[EnumT], default: EnumT | None = None) -> EnumT:
        """One of the values of ``options``; ``default`` when the field is not given."""
        if default is not None and not self.has(name):
            return default
        value = self.text(name)
        try:
            return options(value)
        except ValueError:
            raise FieldInvalid(
                f"{self.at(name)} cannot be {value!r}",
                field=self.at(name),
                hint=f"use one of: {', '.join(options)}",
            ) from None

    def decimal(self, name: str, default: Decimal | None = None) -> Decimal:
        """A decimal written as a string, zero or more; ``default`` when not given."""
        if default is not None and not self.has(name):
            return default
        return read_decimal(self.value(name), self.at(name))

    def integer(self, name: str, least: int, most: int) -> int:
        """A required whole number from ``least`` to ``most``, written as a JSON number."""
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise FieldInvalid(
                f"{self.at(name)} must be a whole number from {least} to {most}",
                field=self.at(name),
                hint=f"write it as a JSON integer, such as {least}",
            )
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false; ``default`` when not given."""
        value = self.value(name) if self.has(name) else default
        if not isinstance(value, bool):
            raise FieldInvalid(
                f"{self.at(name)} must be true or false",
                field=self.at(name),
                hint="write it without quotes",
            )
        return value

    def currency(self, name: str = "currency") -> str:
        """An ISO 4217 code."""
        code = self.text(name)
        if code not in CURRENCIES:
            raise CurrencyUnknown(
                f"{code!r} is not an ISO 4217 currency",
                field=self.at(name),
                hint="use a code such as EUR",
            )
        return code

    def money(self, name: str, currency: str) -> Money:
        """An amount in ``currency``, zero or more, written as a decimal string."""
        return Money(self.decimal(name), currency)

    def nested(self, name: str) -> Fields:
        """A required object."""
        return Fields(self.value(name), self.at(name))

    def members(self) -> Iterator[tuple[str, object]]:
        """All members of an object with free keys."""
        yield from self._data.items()

    def items(self, name: str) -> list[tuple[str, object]]:
        """The members of a required object with free keys, such as a table of routes."""
        entries = list(self.nested(name).members())
        if not entries:
            raise FieldInvalid(
                f"{self.at(name)} is empty", field=self.at(name), hint="give at least one entry"
            )
        return entries

    def objects(self, name: str) -> Iterator[Fields]:
        """The objects of a required list that is not empty."""
        value = self.value(name)
        if not isinstance(value, list | tuple) or not value:
            raise FieldInvalid(
                f"{self.at(name)} must be a list that is not empty",
                field=self.at(name),
                hint="give at least one entry",
            )
        entries = cast("Sequence[object]", value)
        for index, entry in enumerate(entries):
            yield Fields(entry, join(self.at(name), str(index)))

    def finish(self) -> None:
        """Refuse fields that nobody has read."""
        unknown = sorted(name for name in self._data if name not in self._seen)
        if unknown:
            known = ", ".join(sorted(self._seen)) or "none"
            raise FieldUnknown(
                f"{self.at(unknown[0])} is not known here",
                field=self.at(unknown[0]),
                hint=f"known fields are: {known}",
            )


def read_decimal(value: object, field: str) -> Decimal:
    """A decimal string of zero or more; a JSON number is refused because it is no decimal."""
    if not isinstance(value, str):
        raise FieldInvalid(
            f"{field} must be a decimal written as a string",
            field=field,
            hint='write "12.90", not 12.90',
        )
    number = parse_amount(value, field)
    if number < ZERO:
        raise AmountInvalid(f"{field} is below zero", field=field, hint="give zero or more")
    return number
