"""Logs are JSON lines that tell no person's data."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import structlog

from groschen.kit.config import Settings
from groschen.kit.logs import configure_logs, logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from groschen.kit.postgres import ServerUrls


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    root = logging.getLogger()
    before = (root.handlers, root.level)
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    configure_logs(Settings(log_level="info"))
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers, root.level = before
    structlog.reset_defaults()


def test_a_line_tells_event_level_time_and_ids(lines: Callable[[], list[dict[str, Any]]]) -> None:
    with structlog.contextvars.bound_contextvars(tenant_id="t1"):
        logger("groschen.test").info("order_placed", order_id="o1")
        logging.getLogger("elsewhere").warning("plain %s", "text")
    first, second = lines()
    assert first["event"] == "order_placed"
    assert (first["level"], first["tenant_id"], first["order_id"]) == ("info", "t1", "o1")
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["tenant_id"]) == ("plain text", "t1")


@pytest.mark.parametrize(
    "text",
    [
        "anna.muster@example.org",
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "4111 1111 1111 1111",
    ],
)
def test_what_looks_personal_is_masked(
    lines: Callable[[], list[dict[str, Any]]], text: str
) -> None:
    logger("groschen.test").info("seen", note=f"from {text} today", password="x", Token="y")
    [line] = lines()
    assert line["note"] == "from [hidden] today"
    assert (line["password"], line["Token"]) == ("[hidden]", "[hidden]")


def test_ids_and_amounts_are_not_masked(lines: Callable[[], list[dict[str, Any]]]) -> None:
    logger("groschen.test").info(
        "seen", id="019aac5c-7000-7000-8000-000000000001", amount="29595.02", at="2026-11-22"
    )
    [line] = lines()
    assert line["id"] == "019aac5c-7000-7000-8000-000000000001"
    assert (line["amount"], line["at"]) == ("29595.02", "2026-11-22")


def test_a_database_error_does_not_quote_the_row(
    lines: Callable[[], list[dict[str, Any]]], database_urls: ServerUrls
) -> None:
    with psycopg.connect(database_urls.superuser) as conn:
        conn.execute("CREATE TEMPORARY TABLE people (name text PRIMARY KEY)")
        conn.execute("INSERT INTO people VALUES ('Erika Musterfrau')")
        try:
            conn.execute("INSERT INTO people VALUES ('Erika Musterfrau')")
        except psycopg.errors.UniqueViolation:
            logger("groschen.test").exception("failed")
    [line] = lines()
    assert line["error"] == "UniqueViolation"
    assert line["error_text"].startswith("23505: duplicate key value")
    assert any("test_logs.py" in frame for frame in line["frames"])
    assert "Musterfrau" not in json.dumps(line)
