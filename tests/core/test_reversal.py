from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.errors import InvariantBroken
from groschen.core.money import add, add_all, round12, subtract
from groschen.core.shares import (
    ReversalTooLarge,
    portion_between,
    portions_between,
    reverse,
    reverse_all,
)

AMOUNTS = st.integers(-(10**20), 10**20).map(lambda units: Decimal(units).scaleb(-12))
POSITIVE = st.lists(
    st.integers(0, 10**18).map(lambda units: Decimal(units).scaleb(-12)), min_size=1, max_size=6
)
CUTS = st.lists(st.fractions(0, 1), max_size=8).map(lambda cuts: [Fraction(0), *sorted(cuts)])


def steps(cuts: list[Fraction]) -> list[tuple[Fraction, Fraction]]:
    """Pairs of (already, part) that end at the whole."""
    ends = [*cuts[1:], Fraction(1)]
    return [(before, after - before) for before, after in zip(cuts, ends, strict=True)]


@given(AMOUNTS, CUTS)
def test_partial_reversals_sum_to_the_whole(recorded: Decimal, cuts: list[Fraction]) -> None:
    undone = add_all(reverse(recorded, part, already) for already, part in steps(cuts))
    assert add(recorded, undone) == 0


@given(POSITIVE, CUTS)
def test_partial_reversals_of_a_line_sum_to_the_whole_in_every_part(
    recorded: list[Decimal], cuts: list[Fraction]
) -> None:
    left = list(recorded)
    for already, part in steps(cuts):
        undone = reverse_all(recorded, part, already)
        left = [add(a, b) for a, b in zip(left, undone, strict=True)]
    assert left == [Decimal(0) for _ in recorded]


@given(POSITIVE, st.fractions(0, 1), st.fractions(0, 1))
def test_a_step_of_a_line_moves_exactly_its_part_of_the_sum(
    recorded: list[Decimal], before: Fraction, after: Fraction
) -> None:
    moved = add_all(portions_between(recorded, before, after))
    total = Fraction(add_all(recorded))
    assert moved == subtract(round12(total * after), round12(total * before))


@given(AMOUNTS, st.fractions(0, 1))
def test_what_is_given_back_after_a_won_chargeback_is_what_was_undone(
    recorded: Decimal, part: Fraction
) -> None:
    undone = reverse(recorded, part)
    assert add(undone, reverse(recorded, -part, part)) == 0


@given(AMOUNTS, st.fractions(0, 1))
def test_a_reversal_has_the_opposite_sign(recorded: Decimal, part: Fraction) -> None:
    assert reverse(recorded, part) * recorded <= 0
    assert portion_between(recorded, Fraction(0), part) == -reverse(recorded, part)


def test_the_refund_of_five_euro_of_a_ticket() -> None:
    recorded = [Decimal("3.187058823529"), Decimal("8.233235294118"), Decimal("1.479705882353")]
    undone = reverse_all(recorded, Fraction(500, 1290))
    assert add_all(undone) == Decimal(-5)
    assert undone == (
        Decimal("-1.235294117647"),
        Decimal("-3.191176470588"),
        Decimal("-0.573529411765"),
    )


def test_nothing_recorded_has_nothing_to_undo() -> None:
    assert reverse_all([Decimal(0), Decimal(0)], Fraction(1)) == (Decimal(0), Decimal(0))


@pytest.mark.parametrize(("part", "already"), [("3/4", "1/2"), ("-1/4", "1/8"), ("2", "0")])
def test_no_more_can_be_undone_or_given_back_than_there_is(part: str, already: str) -> None:
    with pytest.raises(ReversalTooLarge) as refusal:
        reverse(Decimal(1), Fraction(part), Fraction(already))
    assert refusal.value.hint
    with pytest.raises(ReversalTooLarge):
        reverse_all([Decimal(1)], Fraction(part), Fraction(already))


def test_amounts_of_both_signs_do_not_belong_together() -> None:
    with pytest.raises(InvariantBroken):
        reverse_all([Decimal(2), Decimal(-1)], Fraction(1))
