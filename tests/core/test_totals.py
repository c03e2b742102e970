from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid5

import pytest

from groschen.core.canonical import EventHash
from groschen.core.errors import InvariantBroken
from groschen.core.money import Money
from groschen.core.prices import Fact, parse_price
from groschen.core.rating import rate
from groschen.core.totals import NO_WINDOW, StateClass, TotalKey, TotalState

LINE = uuid5(NO_WINDOW, "line")
PRICE = parse_price({"kind": "per_unit", "params": {"currency": "EUR", "unit_price": "0.10"}})


def opened() -> TotalState:
    key = TotalKey.of_order_line(LINE, "ticket")
    return TotalState.opened(key, PRICE.rule_hash, PRICE.empty(), "EUR")


def after(total: TotalState, facts: list[Fact]) -> tuple[TotalState, Money]:
    rated = rate(PRICE, facts)
    return total.changed(PRICE.rule_hash, rated.state, rated.amount, rated.proof.facts)


def test_an_order_line_is_a_total_without_window() -> None:
    assert TotalKey.of_order_line(LINE, "ticket") == TotalKey(
        LINE, "ticket", UUID(int=0), segment=0, group=""
    )


def test_state_classes_are_stored_as_their_letters() -> None:
    assert [str(state) for state in StateClass] == ["S", "M", "E", "D"]


def test_what_is_booked_is_the_difference() -> None:
    total, first = after(opened(), [{"quantity": Decimal(3)}])
    assert first == Money(Decimal("0.30"), "EUR")
    total, second = after(total, [{"quantity": Decimal(3)}, {"quantity": Decimal(-1)}])
    assert second == Money(Decimal("-0.10"), "EUR")
    assert total.amount == Money(Decimal("0.20"), "EUR")
    assert total.facts.count == 2


def test_the_same_facts_again_book_nothing() -> None:
    facts: list[Fact] = [{"quantity": Decimal(3)}]
    total, _ = after(opened(), facts)
    again, difference = after(total, facts)
    assert difference == Money.zero("EUR")
    assert again == total


def test_a_total_does_not_change_under_another_rule() -> None:
    with pytest.raises(InvariantBroken):
        opened().changed("other", {}, Money.zero("EUR"), EventHash())
