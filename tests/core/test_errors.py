from __future__ import annotations

import pytest

from groschen.core.errors import GroschenError, InvariantBroken, Kind, invariant


class TooLate(GroschenError):
    code = "too_late"
    kind = Kind.CONFLICT


def test_a_refusal_tells_reason_place_remedy_and_facts() -> None:
    refusal = TooLate("it is over", field="at", hint="come earlier", deadline="noon")
    assert str(refusal) == refusal.detail == "it is over"
    assert (refusal.code, refusal.kind) == ("too_late", Kind.CONFLICT)
    assert (refusal.field, refusal.hint) == ("at", "come earlier")
    assert refusal.facts == {"deadline": "noon"}


def test_an_invariant_that_holds_is_silent() -> None:
    invariant(holds=True, message="arithmetic")


def test_a_broken_invariant_is_a_bug_and_no_refusal() -> None:
    with pytest.raises(InvariantBroken, match="arithmetic") as bug:
        invariant(holds=False, message="arithmetic")
    assert not isinstance(bug.value, GroschenError)
