"""Draws random usage prices, events and spans of time from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

KINDS = ("graduated", "volume", "package", "first_free")
CADENCES = ("day", "week", "month", "quarter", "year")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe")
START = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Usage:
    """A price as text and events as (time, source, id, number as text), in order of arrival."""

    kind: str
    params: dict[str, Any]
    events: tuple[tuple[datetime, str, str, str], ...]


@dataclass(frozen=True)
class Span:
    """A cadence with its anchor, an instant inside the window, and what was used."""

    cadence: str
    zone: str
    anchor: date | None
    at: datetime
    used: tuple[datetime, datetime]


def draw_usage(seed: int) -> Usage:
    random = Random(seed)  # noqa: S311 - no secret, and it must repeat
    kind = KINDS[seed % len(KINDS)]
    params = {"currency": "EUR"} | _params(random, kind)
    bounds = [tier["up_to"] for tier in params.get("tiers", ()) if "up_to" in tier]
    numbers = [_number(random, bounds) for _ in range(random.randint(0, 12))]
    events = tuple(
        (
            START + timedelta(microseconds=random.choice([0, 1, random.randint(0, 10**12)])),
            random.choice(["a", "b"]),
            f"{index}",
            number,
        )
        for index, number in enumerate(numbers)
    )
    return Usage(kind, params, events)


def draw_span(seed: int) -> Span:
    random = Random(seed)  # noqa: S311 - no secret, and it must repeat
    at = datetime(2000, 1, 2, tzinfo=UTC) + timedelta(minutes=random.randint(0, 26_000_000))
    start = at + timedelta(minutes=random.randint(-300_000, 300_000))
    anchor = date(2000, 1, 1) + timedelta(days=random.randint(0, 18_000))
    return Span(
        cadence=random.choice(CADENCES),
        zone=random.choice(ZONES),
        anchor=random.choice([None, anchor, anchor.replace(day=random.randint(28, 31), month=1)]),
        at=at,
        used=(start, start + timedelta(minutes=random.randint(1, 300_000))),
    )


def _params(random: Random, kind: str) -> dict[str, Any]:
    if kind == "package":
        return {
            "package_size": _decimal(random, 1, 500, random.choice([0, 3])),
            "package_price": _decimal(random, 0, 9999, 2),
            "free_units": _decimal(random, 0, 500, random.choice([0, 3])),
        }
    if kind == "first_free":
        price = _decimal(random, 0, 9999, 4)
        return {"unit_price": price, "free_events": random.randint(1, 8)}
    return {"tiers": _tiers(random), "flat_when_zero": random.random() < 0.5}


def _tiers(random: Random) -> list[dict[str, Any]]:
    bounds = sorted(random.sample(range(1, 100_000), random.randint(0, 5)))
    decimals = random.choice([0, 2, 7])
    tiers: list[dict[str, Any]] = []
    for bound in [*bounds, None]:
        tier = {
            "unit_price": _decimal(random, 0, 10**6, random.choice([2, 6, 12])),
            "flat_fee": _decimal(random, 0, random.choice([0, 5000]), 2),
        }
        tiers.append(tier if bound is None else tier | {"up_to": _point(bound, decimals)})
    return tiers


def _number(random: Random, bounds: list[str]) -> str:
    """Often right on a bound, just around it, or negative."""
    if bounds and random.random() < 0.4:
        return random.choice(bounds)
    if random.random() < 0.2:
        return random.choice(["0", "0.000000000001", "-0.000000000001", "-1"])
    return random.choice(["", "", "-"]) + _decimal(random, 0, 60_000, random.choice([0, 2, 7]))


def _decimal(random: Random, least: int, most: int, decimals: int) -> str:
    return _point(random.randint(least, most), decimals)


def _point(digits: int, decimals: int) -> str:
    text = f"{digits:0{decimals + 1}}"
    return f"{text[:-decimals]}.{text[-decimals:]}" if decimals else text
