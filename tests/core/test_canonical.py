from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.canonical import EventHash, canonical_json, rule_hash
from groschen.core.errors import InvariantBroken

FACTS = st.lists(
    st.fixed_dictionaries(
        {"quantity": st.decimals(-1000, 1000, places=3), "route": st.text(max_size=5)}
    ),
    max_size=8,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None, "ü"]}, '{"a":[true,null,"ü"],"b":1}'),
        ({"amount": Decimal("1.500")}, '{"amount":"1.5"}'),
        ({"amount": Decimal("1E+3")}, '{"amount":"1000"}'),
        ((Decimal("0.000000000001"),), '["0.000000000001"]'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (date(2026, 1, 2), '"2026-01-02"'),
        (datetime(2026, 1, 2, tzinfo=UTC), '"2026-01-02T00:00:00+00:00"'),
    ],
)
def test_equal_meaning_has_one_text(value: object, text: str) -> None:
    assert canonical_json(value) == text


def test_one_instant_has_one_text_in_every_zone() -> None:
    instant = datetime(2026, 1, 2, tzinfo=UTC)
    assert canonical_json(instant) == canonical_json(
        instant.astimezone(timezone(timedelta(hours=9)))
    )


@pytest.mark.parametrize(
    "value", [0.1, {1: "a"}, {1, 2}, datetime.fromisoformat("2026-01-02T00:00"), [b"x"]]
)
def test_what_has_no_canonical_form_is_a_bug(value: object) -> None:
    with pytest.raises(InvariantBroken):
        canonical_json(value)


def test_the_rule_hash_is_the_sha256_of_the_text() -> None:
    assert rule_hash({"a": Decimal("1.0")}) == sha256(b'{"a":"1"}').hexdigest()


@given(FACTS)
def test_the_order_of_facts_does_not_matter(
    facts: list[dict[str, object]],
) -> None:
    forward = backward = EventHash()
    for fact in facts:
        forward = forward.plus(fact)
    for fact in reversed(facts):
        backward = backward.plus(fact)
    assert forward == backward
    assert forward.count == len(facts)


@given(FACTS)
def test_voided_facts_leave_no_trace(facts: list[dict[str, object]]) -> None:
    folded = EventHash().plus({"kept": 1})
    for fact in facts:
        folded = folded.plus(fact)
    for fact in facts:
        folded = folded.minus(fact)
    assert folded == EventHash().plus({"kept": 1})


def test_a_changed_or_repeated_fact_is_seen() -> None:
    one = EventHash().plus({"quantity": Decimal(1)})
    assert one != EventHash().plus({"quantity": Decimal(2)})
    assert one != one.plus({"quantity": Decimal(1)})


def test_the_stored_form_is_read_back() -> None:
    folded = EventHash().plus({"quantity": Decimal(1)})
    assert len(folded.hex) == 64
    assert EventHash.of(folded.count, folded.hex) == folded
