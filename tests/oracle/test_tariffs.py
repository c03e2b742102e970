"""Prices of usage, windows and proration agree with the oracle over random cases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from groschen.core.meters import UsageFact, parse_meter
from groschen.core.period import Cadence, Period, day_of, window_at
from groschen.core.prices import parse_price
from groschen.core.proration import part_of
from groschen.core.usage import UsageRule
from oracle import tariffs
from oracle.metering import KINDS, Usage, draw_span, draw_usage

CASES = 2000
CHUNK = 200
METER = parse_meter({"id": "m", "event_type": "used", "aggregation": "sum", "value": "units"})


def expected(drawn: Usage) -> Fraction:
    params, units = drawn.params, sum(Fraction(number) for *_, number in drawn.events)
    if drawn.kind == "package":
        names = ("package_size", "package_price", "free_units")
        size, price, free = (Fraction(params[name]) for name in names)
        return tariffs.package(size, price, free, Fraction(units))
    if drawn.kind == "first_free":
        events = [(at, source, name, Fraction(number)) for at, source, name, number in drawn.events]
        return tariffs.first_free(params["free_events"], Fraction(params["unit_price"]), events)
    steps = [
        tariffs.Step(
            Fraction(tier["up_to"]) if "up_to" in tier else None,
            Fraction(tier["unit_price"]),
            Fraction(tier["flat_fee"]),
        )
        for tier in params["tiers"]
    ]
    priced = tariffs.graduated if drawn.kind == "graduated" else tariffs.volume
    return priced(steps, Fraction(units), fee_at_zero=params["flat_when_zero"])


def charged(drawn: Usage, portion: int) -> Fraction:
    """What the product charges when the events come in portions; booked as differences."""
    rule = UsageRule(METER, parse_price({"kind": drawn.kind, "params": drawn.params}))
    facts = [
        UsageFact(source, name, "used", "s", at, {"units": number})
        for at, source, name, number in drawn.events
    ]
    state = rule.empty()
    booked = Decimal(0)
    before = rule.amount(state).amount
    opening = before
    for index in range(0, len(facts), portion):
        state = rule.fold_many(state, facts[index : index + portion])
        after = rule.amount(state).amount
        booked += after - before
        before = after
    return Fraction(opening + booked)


@pytest.mark.parametrize("start", range(0, CASES, CHUNK))
def test_usage_costs_what_the_oracle_says(start: int) -> None:
    met: set[str] = set()
    for seed in range(start, start + CHUNK):
        drawn = draw_usage(seed)
        wanted = expected(drawn)
        assert charged(drawn, portion=1) == wanted, seed
        assert charged(drawn, portion=5) == wanted, seed
        met |= {drawn.kind} if wanted else set()
    assert met == set(KINDS)


def days(window: Period, zone: ZoneInfo) -> tuple[date, date]:
    return day_of(window.start, zone), day_of(window.end, zone)


@pytest.mark.parametrize("start", range(0, CASES, CHUNK))
def test_windows_and_their_parts_are_those_of_a_calendar(start: int) -> None:
    parts: set[Fraction] = set()
    for seed in range(start, start + CHUNK):
        drawn = draw_span(seed)
        zone = ZoneInfo(drawn.zone)
        window = window_at(Cadence(drawn.cadence), zone, drawn.anchor, drawn.at).period
        wanted = tariffs.window_around(drawn.cadence, drawn.anchor, day_of(drawn.at, zone))
        assert days(window, zone) == wanted, seed
        part = part_of(window, Period(*drawn.used), zone)
        assert part == tariffs.part(*wanted, drawn.used, zone), seed
        parts.add(part)
    assert {Fraction(0), Fraction(1)} < parts
