"""Segments tile the time of an item, whatever is planned and changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.errors import InvariantBroken
from groschen.features.catalog.model import Offer
from groschen.features.catalog.terms import parse_terms
from groschen.features.subscriptions.model import Segment
from groschen.features.subscriptions.segments import changed, planned, rewriting

from .samples import fee

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def offer(number: int) -> Offer:
    terms = parse_terms(fee(str(number)))
    version = UUID(int=number)
    return Offer(version, version, "p", "P", "r", "R", "standard", number, terms.hash, terms)


BASIC, PLUS, LATER = offer(1), offer(2), offer(3)


def told(segments: tuple[Segment, ...]) -> list[tuple[int, int, int, str, int]]:
    return [
        (
            one.segment,
            (one.from_at - START).days,
            (one.until_at - START).days if one.until_at else -1,
            str(one.quantity),
            one.offer.version,
        )
        for one in segments
    ]


PLANNED = planned([(START, BASIC, Decimal(1)), (START + 30 * DAY, LATER, Decimal(1))])


def test_what_is_planned_follows_each_other() -> None:
    assert told(PLANNED) == [(1, 0, 30, "1", 1), (2, 30, -1, "1", 3)]


def test_another_plan_replaces_what_was_planned() -> None:
    after = changed(PLANNED, START + 10 * DAY, PLUS, None)
    assert told(after) == [(1, 0, 10, "1", 1), (3, 10, -1, "1", 2)]
    new = rewriting(PLANNED, after)
    assert [one.segment for one in new.removed] == [2]
    assert [one.segment for one in new.cut] == [1]
    assert [one.segment for one in new.added] == [3]


def test_another_quantity_holds_in_later_phases_too() -> None:
    after = changed(PLANNED, START + 10 * DAY, None, Decimal(4))
    assert told(after) == [(1, 0, 10, "1", 1), (3, 10, 30, "4", 1), (4, 30, -1, "4", 3)]


def test_at_its_begin_a_phase_is_replaced() -> None:
    after = changed(PLANNED, START + 30 * DAY, PLUS, Decimal(2))
    assert told(after) == [(1, 0, 30, "1", 1), (3, 30, -1, "2", 2)]


def test_nothing_changes_where_nothing_holds() -> None:
    with pytest.raises(InvariantBroken):
        changed(PLANNED, START - DAY, PLUS, None)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 100),
            st.sampled_from([None, BASIC, PLUS]),
            st.sampled_from([None, Decimal(2), Decimal("2.5")]),
        ),
        max_size=8,
    )
)
def test_segments_tile_and_numbers_are_never_reused(
    changes: list[tuple[int, Offer | None, Decimal | None]],
) -> None:
    segments, used = PLANNED, {one.segment for one in PLANNED}
    for days, plan, quantity in changes:
        before = segments
        segments = changed(before, START + days * DAY, plan, quantity)
        new = rewriting(before, segments)
        assert not {one.segment for one in new.added} & used
        used |= {one.segment for one in new.added}
        kept = {one.segment: one for one in before} | {one.segment: one for one in new.cut}
        stored = [one for one in kept.values() if one not in new.removed] + list(new.added)
        assert sorted(stored, key=lambda one: one.from_at) == list(segments)
        assert segments[0].from_at == START
        assert segments[-1].until_at is None
        for one, following in pairwise(segments):
            assert one.from_at < following.from_at
            assert one.until_at == following.from_at
