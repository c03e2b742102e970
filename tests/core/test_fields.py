from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import pytest

from groschen.core.currencies import CurrencyUnknown
from groschen.core.fields import FieldInvalid, FieldMissing, Fields, FieldUnknown, read_decimal
from groschen.core.money import AmountInvalid, Money


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def test_fields_are_read_with_their_types() -> None:
    fields = Fields(
        {"name": "x", "rate": "0.5", "colour": "red", "currency": "EUR", "inner": {"a": "1"}},
        "rules.0",
    )
    assert fields.text("name") == "x"
    assert fields.decimal("rate") == Decimal("0.5")
    assert fields.choice("colour", Colour) is Colour.RED
    assert fields.currency() == "EUR"
    assert fields.money("rate", "EUR") == Money(Decimal("0.5"), "EUR")
    assert fields.nested("inner").path == "rules.0.inner"
    fields.finish()


def test_defaults_stand_for_what_is_not_given() -> None:
    fields = Fields({"colour": None})
    assert fields.choice("colour", Colour, Colour.BLUE) is Colour.BLUE
    assert fields.decimal("rate", Decimal(1)) == 1


def test_given_values_win_over_defaults() -> None:
    fields = Fields({"colour": "red", "rate": "2"})
    assert fields.choice("colour", Colour, Colour.BLUE) is Colour.RED
    assert fields.decimal("rate", Decimal(1)) == 2


def test_lists_and_tables_name_the_place_of_each_entry() -> None:
    fields = Fields({"legs": [{"a": "1"}, {"a": "2"}], "table": {"k": "v"}}, "params")
    assert [entry.path for entry in fields.objects("legs")] == ["params.legs.0", "params.legs.1"]
    assert fields.items("table") == [("k", "v")]


def test_a_missing_field_is_named() -> None:
    with pytest.raises(FieldMissing) as refusal:
        Fields({}, "params").text("name")
    assert refusal.value.field == "params.name"


def test_an_unknown_field_is_refused_and_the_known_are_listed() -> None:
    fields = Fields({"rate": "1", "raet": "2"}, "params")
    fields.decimal("rate")
    with pytest.raises(FieldUnknown) as refusal:
        fields.finish()
    assert refusal.value.field == "params.raet"
    assert refusal.value.hint == "known fields are: rate"


def test_an_object_without_fields_says_so() -> None:
    with pytest.raises(FieldUnknown) as refusal:
        Fields({"rate": "1"}).finish()
    assert refusal.value.hint == "known fields are: none"


@pytest.mark.parametrize("data", [None, [], "text", 1])
def test_what_is_no_object_is_refused(data: object) -> None:
    with pytest.raises(FieldInvalid):
        Fields(data)
    with pytest.raises(FieldInvalid, match="params must be an object"):
        Fields(data, "params")


@pytest.mark.parametrize("value", ["", "   ", 5, ["x"]])
def test_a_text_must_not_be_empty(value: object) -> None:
    with pytest.raises(FieldInvalid):
        Fields({"name": value}).text("name")


def test_a_choice_lists_what_is_possible() -> None:
    with pytest.raises(FieldInvalid) as refusal:
        Fields({"colour": "green"}).choice("colour", Colour)
    assert refusal.value.hint == "use one of: red, blue"


@pytest.mark.parametrize("value", [1, 1.5, True, None])
def test_a_decimal_must_be_a_string(value: object) -> None:
    with pytest.raises(FieldInvalid):
        read_decimal(value, "rate")


def test_a_decimal_below_zero_is_refused() -> None:
    with pytest.raises(AmountInvalid, match="below zero"):
        read_decimal("-0.01", "rate")


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(CurrencyUnknown) as refusal:
        Fields({"currency": "ABC"}, "params").currency()
    assert refusal.value.field == "params.currency"


@pytest.mark.parametrize("value", [[], {}, "x", None])
def test_an_empty_list_is_refused(value: object) -> None:
    with pytest.raises(FieldInvalid):
        list(Fields({"legs": value}).objects("legs"))


@pytest.mark.parametrize("value", [[], {}, "x", None])
def test_an_empty_table_is_refused(value: object) -> None:
    with pytest.raises(FieldInvalid):
        Fields({"routes": value}).items("routes")
