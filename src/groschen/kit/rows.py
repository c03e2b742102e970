"""Bulk writes: many rows travel as one JSON parameter and are unpacked by PostgreSQL.

``json_to_recordset(%(rows)s::json) AS r(id uuid, amount numeric, ...)`` is several times
faster than one statement per row or an array per column. Decimals travel as text, exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from _typeshed import DataclassInstance

_encoder: Final = msgspec.json.Encoder(decimal_format="string", uuid_format="canonical")


def json_rows(rows: Iterable[Mapping[str, object] | msgspec.Struct | DataclassInstance]) -> str:
    """Return the rows as JSON text: Decimal and UUID as strings, instants as RFC 3339."""
    return _encoder.encode(list(rows)).decode()
