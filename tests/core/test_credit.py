"""Prepaid credit: the order of burning, who pays, what is undone, and that nothing gets lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.credit import (
    EMERGENCY,
    Bucket,
    BucketKind,
    BucketState,
    Burn,
    BurnChange,
    Funded,
    Purse,
    Repaid,
    Settled,
    Standing,
    Use,
    burn_order,
    crossings,
    refreshed,
    repay,
    settle,
    standing,
    vat_part,
)
from groschen.core.credit.buckets import part_of
from groschen.core.errors import InvariantBroken
from groschen.core.money import ZERO, add_all, round12, subtract
from groschen.core.tax import tax_within

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
MONDAY = date(2027, 3, 1)
SATURDAY = date(2027, 3, 6)
RATE = Decimal("0.19")
WALLET = UUID(int=7)
A, B = UUID(int=101), UUID(int=102)


def bucket(
    number: int,
    amount: str = "10",
    kind: BucketKind = BucketKind.PAID,
    **changes: Any,
) -> Bucket:
    """A bucket of single-purpose credit, valid since yesterday."""
    made = Bucket(
        id=UUID(int=number),
        kind=kind,
        state=BucketState.OPEN,
        priority=0,
        scope=(),
        valid_from=NOW - timedelta(days=1),
        expires_at=None,
        amount=Decimal(amount),
        spent=ZERO,
        vat=round12(tax_within(Decimal(amount), RATE)),
        spent_vat=ZERO,
        source_id=UUID(int=1000 + number),
        created_at=NOW - timedelta(days=1),
    )
    return replace(made, **changes)


def purse(*buckets: Bucket, limit: str = "5", overdraft: str = "0", rate: Decimal = RATE) -> Purse:
    return Purse(
        at=NOW,
        buckets=buckets,
        overdraft=Decimal(overdraft),
        emergency_limit=Decimal(limit),
        protected=frozenset({SATURDAY}),
        restored_for=timedelta(days=30),
        advance_rate=rate,
        wallet_id=WALLET,
        ordinal=0,
    )


def use(difference: str, total_id: UUID = A, day: date = MONDAY, receivable: str = "0") -> Use:
    return Use(total_id, "energy", day, Decimal(difference), Decimal(receivable))


def applied(burns: tuple[BurnChange, ...], before: tuple[Burn, ...] = ()) -> tuple[Burn, ...]:
    """The burns after changes."""
    known = {(one.total_id, one.bucket_id, one.day): one for one in before}
    for change in burns:
        key = (change.total_id, change.bucket_id, change.day)
        known[key] = change.applied_to(known.get(key))
    return tuple(known.values())


def figures(*amounts: Decimal) -> tuple[str, ...]:
    return tuple(f"{amount:f}" for amount in amounts)


def parts(funded: Funded) -> tuple[str, ...]:
    return figures(funded.wallet, funded.overdraft, funded.receivable)


# burn order ---------------------------------------------------------------------------------------

IN_ORDER = [
    bucket(9, scope=("energy",)),
    bucket(8, scope=("base", "energy")),
    bucket(7, kind=BucketKind.PROMO, expires_at=NOW + timedelta(days=9)),
    bucket(6, kind=BucketKind.RESTORED),
    bucket(5, expires_at=NOW + timedelta(days=1)),
    bucket(4, priority=-1),
    bucket(3, created_at=NOW - timedelta(days=2)),
    bucket(1),
    bucket(2),
]


@pytest.mark.parametrize("turn", range(len(IN_ORDER)))
def test_buckets_burn_in_one_order_however_they_are_read(turn: int) -> None:
    mixed = IN_ORDER[turn:] + IN_ORDER[:turn]
    assert burn_order(mixed, "energy") == IN_ORDER
    assert burn_order(reversed(mixed), "energy") == IN_ORDER


@pytest.mark.parametrize(
    "unfit",
    [
        bucket(1, scope=("base",)),
        bucket(1, spent=Decimal(10)),
        bucket(1, state=BucketState.PENDING),
        bucket(1, state=BucketState.EXPIRED),
        bucket(1, state=BucketState.CLOSED),
    ],
)
def test_a_bucket_that_may_not_pay_is_left_out(unfit: Bucket) -> None:
    assert burn_order([unfit], "energy") == []


def test_the_order_has_no_ties() -> None:
    twins = [bucket(number) for number in (3, 1, 2)]
    for mixed in permutations(twins):
        assert [one.id.int for one in burn_order(mixed, "energy")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("state", "starts", "ends", "after"),
    [
        (BucketState.PENDING, 1, None, BucketState.PENDING),
        (BucketState.PENDING, 0, None, BucketState.OPEN),
        (BucketState.PENDING, 0, 0, BucketState.EXPIRED),
        (BucketState.OPEN, 0, 1, BucketState.OPEN),
        (BucketState.OPEN, 0, 0, BucketState.EXPIRED),
        (BucketState.CLOSED, 0, 0, BucketState.CLOSED),
    ],
)
def test_time_opens_and_ends_a_bucket(
    state: BucketState, starts: int, ends: int | None, after: BucketState
) -> None:
    """The end is exclusive: at that instant the credit is gone."""
    made = bucket(
        1,
        state=state,
        valid_from=NOW + timedelta(seconds=starts),
        expires_at=None if ends is None else NOW + timedelta(seconds=ends),
    )
    assert refreshed(made, NOW).state is after


# paying -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "day", "paid"),
    [
        (purse(bucket(1)), MONDAY, ("6", "0", "0")),
        (purse(bucket(1, "4")), MONDAY, ("4", "2", "0")),
        (purse(), MONDAY, ("0", "5", "1")),
        (purse(overdraft="4"), MONDAY, ("0", "1", "5")),
        (purse(overdraft="9"), MONDAY, ("0", "0", "6")),
        (purse(overdraft="9"), SATURDAY, ("0", "6", "0")),
        (purse(limit="0"), MONDAY, ("0", "0", "6")),
    ],
)
def test_credit_pays_then_emergency_credit_and_the_rest_is_owed(
    held: Purse, day: date, paid: tuple[str, ...]
) -> None:
    settled = settle(held, [use("6", day=day)], [])
    assert parts(settled.funded[0]) == paid


def test_several_buckets_burn_and_each_burn_is_kept() -> None:
    settled = settle(purse(bucket(1, "4"), bucket(2, "4")), [use("6")], [])
    burns = [(one.bucket_id.int, one.ordinal, f"{one.amount:f}") for one in settled.burns]
    assert burns == [(1, 1, "4"), (2, 2, "2")]
    assert settled.purse.credit == 2
    assert settled.purse.ordinal == 2


def test_a_batch_keeps_one_change_for_a_bucket_and_day() -> None:
    settled = settle(purse(bucket(1)), [use("1"), use("2")], [])
    [burn] = settled.burns
    assert (f"{burn.amount:f}", burn.ordinal) == ("3", 2)


@given(st.lists(st.integers(1, 10**13), min_size=1, max_size=12))
def test_the_vat_of_burns_is_that_of_the_bucket(units: list[int]) -> None:
    amounts = [Decimal(one).scaleb(-12) for one in units]
    whole = add_all(amounts)
    held = purse(bucket(1, f"{whole:f}"))
    vat = ZERO
    for amount in amounts:
        settled = settle(held, [use(f"{amount:f}")], [])
        vat = add_all([vat, settled.funded[0].wallet_vat])
        held = settled.purse
    assert held.credit == 0
    assert vat == held.buckets[0].vat == held.buckets[0].spent_vat


def test_credit_without_vat_burns_without_vat() -> None:
    assert vat_part(bucket(1, vat=ZERO), Decimal(3)) == 0


@given(st.integers(-(10**15), 10**15), st.integers(0, 10**15), st.integers(1, 10**15))
def test_a_part_is_rounded_like_a_fraction(whole: int, part: int, of: int) -> None:
    given_units = [Decimal(one).scaleb(-12) for one in (whole, part, of)]
    exact = Fraction(whole) * part / of / 10**12
    assert part_of(*given_units) == round12(exact)


# undoing ------------------------------------------------------------------------------------------


def after_use(held: Purse, *uses: Use) -> Settled:
    return settle(held, uses, [])


def test_what_was_burned_last_is_undone_first() -> None:
    used = after_use(purse(bucket(1, "4"), bucket(2, "4")), use("15"))
    assert parts(used.funded[0]) == ("8", "5", "2")
    burns = applied(used.burns)
    for back, left in (
        ("-1", ("0", "0", "-1")),
        ("-3", ("0", "-1", "-2")),
        ("-8", ("-1", "-5", "-2")),
        ("-12", ("-5", "-5", "-2")),
        ("-15", ("-8", "-5", "-2")),
    ):
        undone = settle(used.purse, [use(back, receivable="2")], burns)
        assert parts(undone.funded[0]) == left
    assert undone.purse.credit == 8
    assert undone.purse.overdraft == 0
    assert [one.spent_vat for one in undone.purse.buckets] == [0, 0]
    assert all(one.amount == 0 and one.vat == 0 for one in applied(undone.burns, burns))


def test_a_part_is_undone_at_its_recorded_vat() -> None:
    held = purse(bucket(1, "20"))
    used = after_use(held, use("3"))
    undone = settle(used.purse, [use("-1")], applied(used.burns))
    recorded = used.funded[0].wallet_vat
    assert undone.funded[0].wallet_vat == subtract(ZERO, round12(recorded / 3))
    again = settle(undone.purse, [use("18")], [])
    spent = again.purse.buckets[0]
    assert (spent.spent, spent.spent_vat) == (spent.amount, spent.vat)


def test_credit_due_to_an_expired_bucket_is_restored_for_some_days() -> None:
    held = purse(bucket(1, "10", scope=("energy",), priority=3))
    used = after_use(held, use("6"))
    [spent] = used.purse.buckets
    expired = replace(used.purse, buckets=(replace(spent, state=BucketState.EXPIRED),))
    undone = settle(expired, [use("-4")], applied(used.burns))
    old, new = undone.purse.buckets
    assert figures(old.amount, old.spent, old.left) == ("6", "2", "4")  # what expired stays
    assert new.kind is BucketKind.RESTORED
    assert figures(new.amount, new.left) == ("4", "4")
    assert (new.scope, new.priority, new.source_id) == (("energy",), 3, spent.source_id)
    assert new.expires_at == NOW + timedelta(days=30)
    assert add_all([old.vat, new.vat]) == spent.vat
    [restored] = undone.restored
    assert (restored.origin_id, restored.from_bucket) == (old.id, True)
    more = settle(undone.purse, [use("-1")], applied(undone.burns, applied(used.burns)))
    assert [one.left for one in more.purse.buckets] == [4, 5]  # into the same restored bucket


def test_emergency_credit_that_a_top_up_repaid_becomes_credit() -> None:
    burn = Burn(A, EMERGENCY, MONDAY, 1, Decimal(5), repaid=Decimal(3))
    undone = settle(purse(overdraft="2"), [use("-4")], [burn])
    assert parts(undone.funded[0]) == ("0", "-4", "0")
    assert figures(undone.purse.overdraft, undone.purse.credit) == ("0", "2")
    [change] = undone.burns
    assert figures(change.amount, change.repaid) == ("-4", "-2")
    [restored] = undone.restored
    assert restored.origin_id == EMERGENCY
    assert restored.amount == 2
    assert restored.vat == round12(tax_within(Decimal(2), RATE))


def test_a_total_below_zero_is_credit() -> None:
    undone = settle(purse(bucket(1)), [use("-2")], [])
    assert parts(undone.funded[0]) == ("-2", "0", "0")
    assert undone.funded[0].wallet_vat == subtract(ZERO, round12(tax_within(Decimal(2), RATE)))
    assert undone.purse.credit == 12
    [restored] = undone.restored
    assert (restored.origin_id, restored.from_bucket) == (A, False)


def test_multi_purpose_credit_that_comes_back_holds_no_vat() -> None:
    undone = settle(purse(rate=ZERO), [use("-2")], [])
    assert undone.funded[0].wallet_vat == 0


def test_what_falls_pays_for_what_rises_in_the_same_batch() -> None:
    used = after_use(purse(bucket(1), limit="0"), use("10", A))
    batch = settle(used.purse, [use("4", B), use("-4", A)], applied(used.burns))
    assert [parts(one) for one in batch.funded] == [("4", "0", "0"), ("-4", "0", "0")]


def test_within_a_total_use_comes_before_what_is_taken_back() -> None:
    batch = settle(purse(bucket(1)), [use("-3", day=SATURDAY), use("5")], [])
    assert [parts(one) for one in batch.funded] == [("-3", "0", "0"), ("5", "0", "0")]
    assert batch.restored == ()


def test_what_is_owed_is_followed_through_a_batch() -> None:
    batch = settle(purse(), [use("7"), use("-1", day=SATURDAY), use("-2", day=SATURDAY)], [])
    assert [parts(one) for one in batch.funded] == [
        ("0", "5", "2"),
        ("0", "0", "-1"),
        ("0", "-1", "-1"),
    ]


def test_nothing_happens_for_nothing() -> None:
    settled = settle(purse(bucket(1)), [use("0")], [])
    assert settled.funded == (Funded(),)
    assert settled.burns == ()


def test_more_than_was_spent_cannot_come_back() -> None:
    wrong = Burn(A, UUID(int=1), MONDAY, 1, Decimal(5))
    with pytest.raises(InvariantBroken):
        settle(purse(bucket(1)), [use("-5")], [wrong])


STEPS = st.lists(
    st.tuples(
        st.sampled_from([A, B]),
        st.sampled_from([MONDAY, SATURDAY]),
        st.integers(-400, 600).filter(bool),
    ),
    max_size=25,
)


@given(STEPS)
def test_no_credit_gets_lost_whatever_comes(steps: list[tuple[UUID, date, int]]) -> None:
    """Differences add up, spent is burned, and credit with what burned is what came in."""
    held = purse(bucket(1, "7"), bucket(2, "5", kind=BucketKind.PROMO), limit="3")
    burns: tuple[Burn, ...] = ()
    owed = {A: ZERO, B: ZERO}
    came = Decimal(12)
    for total_id, day, cents in steps:
        asked = Use(total_id, "energy", day, Decimal(cents).scaleb(-2), owed[total_id])
        own = [one for one in burns if one.total_id == total_id]
        settled = settle(held, [asked], own)
        [funded] = settled.funded
        assert add_all([funded.wallet, funded.overdraft, funded.receivable]) == asked.difference
        owed[total_id] = add_all([owed[total_id], funded.receivable])
        burns = applied(settled.burns, burns)
        came = add_all([came, *(one.amount for one in settled.restored if not one.from_bucket)])
        held = settled.purse
        assert owed[total_id] >= 0
        assert all(one.amount >= 0 for one in burns)
        emergency = [one.amount for one in burns if one.bucket_id == EMERGENCY]
        assert held.overdraft == add_all(emergency)
        for one in held.buckets:
            own_burns = [burn for burn in burns if burn.bucket_id == one.id]
            assert one.spent == add_all(burn.amount for burn in own_burns)
            assert one.spent_vat == add_all(burn.vat for burn in own_burns)
        burned = add_all(one.amount for one in burns if one.bucket_id != EMERGENCY)
        assert add_all([held.credit, burned]) == came


@given(STEPS)
def test_the_same_steps_end_the_same(steps: list[tuple[UUID, date, int]]) -> None:
    uses = [Use(one, "energy", day, Decimal(cents).scaleb(-2), ZERO) for one, day, cents in steps]
    held = purse(bucket(1, "7"), bucket(2, "5"))
    turned = replace(held, buckets=tuple(reversed(held.buckets)))
    assert settle(held, uses, []).funded == settle(turned, uses, []).funded


# repaying and standing ----------------------------------------------------------------------------


def test_the_oldest_use_is_repaid_first() -> None:
    burns = [
        Burn(B, EMERGENCY, SATURDAY, 1, Decimal(2)),
        Burn(A, EMERGENCY, MONDAY, 5, Decimal(3), repaid=Decimal(1)),
        Burn(B, EMERGENCY, MONDAY, 4, Decimal(1)),
    ]
    assert repay(burns, Decimal("3.5")) == [
        Repaid(B, MONDAY, Decimal(1)),
        Repaid(A, MONDAY, Decimal(2)),
        Repaid(B, SATURDAY, Decimal("0.5")),
    ]
    assert add_all(one.amount for one in repay(burns, Decimal(99))) == 5
    assert repay(burns, Decimal(1)) == [Repaid(B, MONDAY, Decimal(1))]


@pytest.mark.parametrize(
    ("held", "was", "today", "exhausted"),
    [
        (purse(overdraft="5"), False, MONDAY, True),
        (purse(overdraft="5"), False, SATURDAY, False),
        (purse(overdraft="5"), True, SATURDAY, True),
        (purse(overdraft="4"), True, MONDAY, False),
        (purse(bucket(1), overdraft="5"), True, MONDAY, False),
        (purse(limit="0"), False, MONDAY, True),
    ],
)
def test_a_wallet_is_exhausted_when_nothing_is_left_on_an_unprotected_day(
    held: Purse, *, was: bool, today: date, exhausted: bool
) -> None:
    assert standing(held, was_exhausted=was, today=today).exhausted is exhausted


@pytest.mark.parametrize(
    ("before", "after", "crossed"),
    [
        ("6", "5", ["5"]),
        ("5", "3", []),
        ("6", "1", ["5", "2"]),
        ("1", "6", []),
        ("6", "0", ["5", "2", "0"]),
    ],
)
def test_a_threshold_is_crossed_downwards_once(before: str, after: str, crossed: list[str]) -> None:
    lines = [Decimal(line) for line in ("2", "5", "0")]
    then = Standing(Decimal(before), ZERO, exhausted=False)
    now = Standing(Decimal(after), ZERO, exhausted=False)
    found = crossings(then, now, lines)
    assert [f"{line:f}" for line in found.thresholds] == crossed
    assert found.emptied is (after == "0")


def test_emergency_and_its_end_are_crossings_too() -> None:
    then = Standing(ZERO, ZERO, exhausted=False)
    now = Standing(ZERO, Decimal(5), exhausted=True)
    found = crossings(then, now, [])
    assert (found.in_emergency, found.exhausted, found.emptied) == (True, True, False)
    again = crossings(now, now, [])
    assert (again.in_emergency, again.exhausted) == (False, False)
