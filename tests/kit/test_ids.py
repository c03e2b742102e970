"""Ids grow with time, never repeat, and have exactly one public form."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from groschen.kit import clock
from groschen.kit.ids import InvalidId, PublicId, Uuid7Source, decode_id, encode_id, new_id

ORDER = UUID("019aac5c-7000-7000-8000-000000000001")
ORDER_TEXT = "ord_01kap5rw00e008000000000001"


def milliseconds_of(value: UUID) -> int:
    return value.int >> 80


def test_an_id_is_a_uuid_of_version_7_made_now() -> None:
    before = clock.unix_milliseconds()
    made = new_id()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert before <= milliseconds_of(made) <= clock.unix_milliseconds() + 1


def test_ids_of_one_process_only_grow() -> None:
    ids = [new_id() for _ in range(20_000)]
    assert ids == sorted(set(ids))


def test_ids_of_many_threads_are_all_different() -> None:
    with ThreadPoolExecutor(8) as threads:
        ids = [
            each
            for chunk in threads.map(lambda _: [new_id() for _ in range(2000)], range(8))
            for each in chunk
        ]
    assert len(set(ids)) == 16_000


def test_a_clock_that_steps_back_does_not_turn_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Uuid7Source()
    times = iter([1_000, 999, 500, 1_001])
    monkeypatch.setattr(clock, "unix_milliseconds", lambda: next(times))
    ids = [source.next() for _ in range(4)]
    assert ids == sorted(set(ids))
    assert [milliseconds_of(each) for each in ids] == [1_000, 1_000, 1_000, 1_001]


def test_a_full_counter_moves_into_the_next_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Uuid7Source()
    monkeypatch.setattr(clock, "unix_milliseconds", lambda: 1_000)
    first = source.next()
    source._counter = 2**42 - 1
    second = source.next()
    assert (milliseconds_of(first), milliseconds_of(second)) == (1_000, 1_001)


def test_the_public_form_is_fixed() -> None:
    assert encode_id("ord", ORDER) == ORDER_TEXT
    assert decode_id("ord", ORDER_TEXT) == ORDER


@given(st.uuids())
def test_the_public_form_reads_back(value: UUID) -> None:
    assert decode_id("inv", encode_id("inv", value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ord_",
        ORDER_TEXT.upper(),
        ORDER_TEXT.replace("ord", "inv"),
        ORDER_TEXT[:-1],
        ORDER_TEXT + "0",
        ORDER_TEXT.replace("_01", "_81"),  # more than 128 bits
        ORDER_TEXT.replace("e", "u"),  # no Crockford letter
        ORDER_TEXT.replace("01kap", "o1kap"),  # another spelling of the same number
        str(ORDER),
    ],
)
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidId, match="ord_ and 26") as refused:
        decode_id("ord", text)
    assert "'ord_'" in (refused.value.hint or "")


class Order(BaseModel):
    model_config = ConfigDict(strict=True)

    id: Annotated[UUID, PublicId("ord")]


def test_the_api_reads_and_writes_the_public_form() -> None:
    order = Order.model_validate_json(f'{{"id": "{ORDER_TEXT}"}}')
    assert order.id == ORDER
    assert order.model_dump_json() == f'{{"id":"{ORDER_TEXT}"}}'
    assert order.model_dump() == {"id": ORDER}
    with pytest.raises(ValidationError, match="not an id of the form ord_"):
        Order.model_validate_json('{"id": "inv_01kap5rw00e008000000000001"}')
    with pytest.raises(ValidationError, match="not an id of the form ord_"):
        Order.model_validate_json('{"id": 7}')


def test_the_schema_shows_pattern_and_example() -> None:
    schema = Order.model_json_schema()["properties"]["id"]
    assert schema["type"] == "string"
    assert schema["pattern"].startswith("^ord_")
    assert schema["examples"] == [ORDER_TEXT]
