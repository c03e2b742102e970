"""Bulk writes: many rows travel as one JSON parameter and are unpacked by PostgreSQL.

``json_to_recordset(%(rows)s::json) AS r(id uuid, amount numeric, ...)`` is several times
faster than one statement per row or an array per column. Decimals travel as text, exactly.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args, get_type_hints

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from _typeshed import DataclassInstance
    from psycopg import AsyncCursor

_encoder: Final = msgspec.json.Encoder(decimal_format="string", uuid_format="canonical")


def json_rows(rows: Iterable[Mapping[str, object] | msgspec.Struct | DataclassInstance]) -> str:
    """Return the rows as JSON text: Decimal and UUID as strings, instants as RFC 3339."""
    return _encoder.encode(list(rows)).decode()


Record = TypeVar("Record")
_enums: Final[dict[type[Any], dict[str, type[StrEnum]]]] = {}


def record_row(
    record: type[Record],
) -> Callable[[AsyncCursor[Any]], Callable[[Sequence[Any]], Record]]:
    """Make rows into dataclasses: like psycopg's ``class_row``, with text as its declared enum."""
    if record not in _enums:
        _enums[record] = _enums_of(record)
    enums = _enums[record]

    def factory(cursor: AsyncCursor[Any]) -> Callable[[Sequence[Any]], Record]:
        names = [column.name for column in cursor.description or ()]

        def make(values: Sequence[Any]) -> Record:
            columns = dict(zip(names, values, strict=True))
            for name, enum in enums.items():
                if columns[name] is not None:
                    columns[name] = enum(columns[name])
            return record(**columns)

        return make

    return factory


def _enums_of(record: type[Any]) -> dict[str, type[StrEnum]]:
    """The fields of a dataclass that are enumerations, also when they may be None."""
    found: dict[str, type[StrEnum]] = {}
    for name, hint in get_type_hints(record).items():
        for option in (hint, *get_args(hint)):
            if isinstance(option, type) and issubclass(option, StrEnum):
                found[name] = option
    return found
