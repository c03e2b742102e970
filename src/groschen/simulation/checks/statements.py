"""Statements over the API: each is what its line file adds up to, and follows on the one before."""

from __future__ import annotations

import csv
import io
from dataclasses import fields
from fractions import Fraction
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from groschen.simulation.checks.check import none
from groschen.simulation.model.exact import CENT, ZERO, shown
from groschen.simulation.model.statement import Before, Figures, figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from groschen.audit import Check
    from groschen.simulation.business import Business
    from groschen.simulation.model.sharing import Json

PAGE: Final = 100


async def check(business: Business) -> list[Check]:
    """Recompute every statement that is new since the last look."""
    rows = await _all(business)
    wrong: list[str] = []
    before: dict[str, Json] = {}
    for row in sorted(rows, key=lambda row: (row["beneficiary_id"], row["sequence"])):
        partner = row["beneficiary_id"]
        if row["id"] not in business.stated:
            content = (await business.owner.send("GET", _lines(row))).body
            wrong += [
                f"{business.name} {row['number']}: {fault}"
                for fault in _faults(business, row, before.get(partner), content)
            ]
            business.stated.add(row["id"])
        before[partner] = row
    numbers = sorted(row["number"] for row in rows)
    gapless = [f"ST-{number:06d}" for number in range(1, len(rows) + 1)]
    if numbers != gapless:
        wrong.append(f"{business.name}: the numbers have gaps: {numbers}")
    return [none("statements follow from their line files and from each other", wrong)]


async def _all(business: Business) -> list[Json]:
    rows: list[Json] = []
    path: str | None = f"/v1/statements?limit={PAGE}"
    while path is not None:
        page = await business.owner.get(path)
        rows += page["data"]
        after = page["page"]["next"]
        path = None if after is None else f"/v1/statements?limit={PAGE}&after={after}"
    return rows


def _lines(row: Json) -> str:
    return f"/v1/statements/{row['id']}/lines.csv"


def _faults(business: Business, row: Json, before: Json | None, content: bytes) -> Iterator[str]:
    lines = list(csv.DictReader(io.StringIO(content.decode())))
    if (sha256(content).hexdigest(), len(lines)) != (row["lines_hash"], row["line_count"]):
        yield f"the line file has another hash, or {len(lines)} rows"
    yield from _breaks(row, before)
    last = Before(
        _amount(before, "closing"),
        _amount(before, "carried_out"),
        _amount(row, "returned_payouts"),
    )
    expected = figures(lines, last, supply_rate(business, row))
    for field in fields(Figures):
        should: Fraction = getattr(expected, field.name)
        if _amount(row, field.name) != should:
            yield f"{field.name} is {shown(_amount(row, field.name))}, not {shown(should)}"


def _breaks(row: Json, before: Json | None) -> Iterator[str]:
    """Where a statement does not follow on the one before it."""
    if before is not None and before["period_to"] != row["period_from"]:
        yield f"it begins on {row['period_from']}, the one before ended on {before['period_to']}"
    for now, then in (("opening", "closing"), ("carried_in", "carried_out")):
        if _amount(row, now) != _amount(before, then):
            yield f"its {now} is not the {then} of the one before"
    if abs(_amount(row, "carried_out")) >= CENT:
        yield f"it carries {shown(_amount(row, 'carried_out'))}"
    if _amount(row, "total") != _amount(row, "payout") + _amount(row, "closing"):
        yield "payout and closing do not add up to the total"


def _amount(row: Json | None, name: str) -> Fraction:
    return ZERO if row is None else Fraction(row[name]["amount"])


def supply_rate(business: Business, row: Json) -> Fraction:
    """The VAT that the partner of a statement adds to what it supplies; an agent's adds none."""
    name = next(
        name for name, public in business.partners.items() if public == row["beneficiary_id"]
    )
    agreement = f"{name.split('-')[0]}-terms"
    terms = business.agreements[agreement].at(business.now)
    return Fraction(terms["settlement"].get("supply_vat_rate", "0"))
