from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.allocation import ItemNotOpen, OpenItem, allocate, release_fraction
from groschen.core.money import CurrencyMismatch, Money, add_all, canonical
from groschen.core.shares import portion_between

CENTS = st.integers(1, 10**7).map(lambda cents: Money(Decimal(cents).scaleb(-2), "EUR"))


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def item(number: int, due_on: str, amount: str) -> OpenItem:
    return OpenItem(UUID(int=number), date.fromisoformat(due_on), eur(amount))


ITEMS = [
    item(3, "2026-03-01", "30.00"),
    item(2, "2026-01-01", "20.00"),
    item(1, "2026-01-01", "10.00"),
]


def paid_parts(payment: str, *named: int) -> tuple[list[tuple[int, str]], str]:
    result = allocate(eur(payment), ITEMS, [UUID(int=number) for number in named])
    parts = [(part.item_id.int, f"{canonical(part.amount.amount):f}") for part in result.parts]
    return parts, f"{canonical(result.unallocated.amount):f}"


@pytest.mark.parametrize(
    ("payment", "named", "parts", "left"),
    [
        ("10", (), [(1, "10")], "0"),
        ("25", (), [(1, "10"), (2, "15")], "0"),
        ("100", (), [(1, "10"), (2, "20"), (3, "30")], "40"),
        ("35", (3,), [(3, "30"), (1, "5")], "0"),
        ("35", (2, 1), [(2, "20"), (1, "10"), (3, "5")], "0"),
        ("0", (), [], "0"),
    ],
)
def test_named_items_are_paid_first_and_then_the_oldest(
    payment: str, named: tuple[int, ...], parts: list[tuple[int, str]], left: str
) -> None:
    assert paid_parts(payment, *named) == (parts, left)


def test_an_item_that_is_not_open_cannot_be_named() -> None:
    with pytest.raises(ItemNotOpen) as refusal:
        allocate(eur("1"), ITEMS, [UUID(int=9)])
    assert refusal.value.facts == {"item_id": UUID(int=9)}


def test_a_payment_of_another_currency_pays_nothing() -> None:
    with pytest.raises(CurrencyMismatch):
        allocate(Money(Decimal(1), "CHF"), ITEMS)
    with pytest.raises(CurrencyMismatch):
        release_fraction(Money(Decimal(1), "CHF"), eur("1"))


@given(CENTS, st.lists(CENTS, max_size=6))
def test_parts_and_what_is_left_are_the_payment(payment: Money, amounts: list[Money]) -> None:
    items = [
        OpenItem(UUID(int=number), date(2026, 1, 1), amount)
        for number, amount in enumerate(amounts)
    ]
    result = allocate(payment, items)
    used = add_all(part.amount.amount for part in result.parts)
    assert Money(used, "EUR") + result.unallocated == payment
    assert result.unallocated >= eur("0")


@pytest.mark.parametrize(
    ("payment", "gross", "part"),
    [
        ("59.50", "119.00", "1/2"),
        ("0", "119.00", "0"),
        ("119.00", "119.00", "1"),
        ("120.00", "119.00", "1"),
        ("-5.00", "119.00", "0"),
        ("0", "0", "1"),
        ("-59.50", "-119.00", "1/2"),
    ],
)
def test_the_released_part_is_paid_over_gross(payment: str, gross: str, part: str) -> None:
    assert release_fraction(eur(payment), eur(gross)) == Fraction(part)


@given(CENTS, st.lists(CENTS, min_size=1, max_size=5))
def test_releases_of_partial_payments_sum_to_the_share(share: Money, payments: list[Money]) -> None:
    gross = sum(payments, start=eur("0"))
    reached, released = eur("0"), Decimal(0)
    for payment in payments:
        before = release_fraction(reached, gross)
        reached += payment
        released += portion_between(share.amount, before, release_fraction(reached, gross))
        assert released <= share.amount
    assert released == share.amount
