"""Compares journals with worked examples that are printed with six decimals."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import cast
from uuid import NAMESPACE_OID, UUID, uuid5

from groschen.core.ledger import Entry, Journal

FOLDER = Path(__file__).parent
SIXTH_DECIMAL = Decimal("0.000001")


def party(name: str) -> UUID:
    """The id a printed party has in the examples."""
    return uuid5(NAMESPACE_OID, name)


@dataclass(frozen=True, slots=True)
class Row:
    """One printed line, debit positive; with ``sums`` the sum of all entries it covers."""

    accounts: tuple[str, ...]
    parties: tuple[UUID | None, ...]
    tax_key: str | None
    amount: Decimal
    sums: bool

    def covers(self, entry: Entry) -> bool:
        return (
            entry.account in self.accounts
            and entry.party_id in self.parties
            and entry.tax_key == self.tax_key
        )


@dataclass(frozen=True, slots=True)
class Example:
    """A data file: what is given, and the printed blocks by name."""

    given: Mapping[str, object]
    blocks: Mapping[str, tuple[Row, ...]]

    def text(self, name: str) -> str:
        value = self.given[name]
        assert isinstance(value, str)
        return value

    def decimal(self, name: str) -> Decimal:
        return Decimal(self.text(name))

    def whole(self, name: str) -> int:
        value = self.given[name]
        assert isinstance(value, int)
        return value


def example(name: str) -> Example:
    """Read ``tests/golden/ledger/<name>.json``."""
    data = json.loads((FOLDER / "ledger" / f"{name}.json").read_text())
    blocks = {block["block"]: tuple(map(_row, block["rows"])) for block in data["blocks"]}
    return Example(data["given"], blocks)


def _row(data: Mapping[str, object]) -> Row:
    accounts = cast("list[str]", data.get("accounts") or [data["account"]])
    names = cast("list[str | None]", data.get("parties") or [data.get("party")])
    amount = Decimal(cast("str", data.get("debit", "0"))) - Decimal(
        cast("str", data.get("credit", "0"))
    )
    parties = tuple(None if name is None else party(name) for name in names)
    tax_key = cast("str | None", data.get("tax_key"))
    return Row(tuple(accounts), parties, tax_key, amount, data.get("sum") is True)


def assert_agrees(journal: Journal, rows: Iterable[Row]) -> None:
    """Every printed row is found once, to the sixth decimal, and no entry is left over.

    A row stands for one entry; those that sum several take what the others have left.
    """
    left = list(journal.entries)
    for row in sorted(rows, key=lambda row: row.sums):
        found = _entries_of(row, left)
        printed = sum((entry.amount for entry in found), start=Decimal(0))
        assert found, f"no entry for {row}"
        assert abs(printed - row.amount) < SIXTH_DECIMAL, f"{found} is not {row}"
        left = [entry for entry in left if entry not in found]
    assert not left, f"not printed: {left}"


def _entries_of(row: Row, left: Iterable[Entry]) -> list[Entry]:
    possible = [entry for entry in left if row.covers(entry)]
    if row.sums:
        return possible
    close = [entry for entry in possible if abs(entry.amount - row.amount) < SIXTH_DECIMAL]
    return close[:1]
