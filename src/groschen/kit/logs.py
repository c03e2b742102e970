"""Structured logs: one JSON object a line on standard error, without personal data.

Events carry ids only. As a second wall, values that look like an e-mail address, an IBAN or a
card number are masked, secret-looking keys are dropped, and of a database error only the state
and the first sentence are kept, because its detail quotes the row.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from typing import TYPE_CHECKING, Any, Final, cast

import psycopg
import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from types import TracebackType

    from structlog.typing import EventDict, Processor

    from groschen.kit.config import Settings

HIDDEN_KEYS: Final = frozenset(
    {"authorization", "cookie", "email", "iban", "key", "name", "password", "secret", "token"}
)
HIDDEN: Final = "[hidden]"
PERSONAL: Final = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+"  # e-mail
    r"|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"  # IBAN
    r"|(?<![\w-])(?:\d[ -]?){12,18}\d(?![\w-])"  # card number
)
FRAMES: Final = 12


def configure_logs(settings: Settings) -> None:
    """Send everything, the libraries' logs included, through one chain to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tell_exception,
        hide_personal_data,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(sort_keys=True)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for noisy in ("psycopg.pool", "uvicorn.access", "procrastinate", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of the module ``name``. The first argument of a call is the event."""
    return structlog.stdlib.get_logger(name)


def hide_personal_data(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop secret-looking keys and mask what looks personal in the texts of one event."""
    for key, value in event.items():
        if key.lower() in HIDDEN_KEYS:
            event[key] = HIDDEN
        elif isinstance(value, str) and not key.startswith("_"):
            event[key] = PERSONAL.sub(HIDDEN, value)
    return event


def _tell_exception(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace ``exc_info`` by the exception's type, its safe text and the innermost frames."""
    given = event.pop("exc_info", None)
    found = sys.exc_info() if given is True else given
    if isinstance(found, BaseException):
        found = (type(found), found, found.__traceback__)
    if isinstance(found, tuple) and found[1] is not None:
        _, error, trace = cast("tuple[type, BaseException, TracebackType | None]", found)
        frames = traceback.extract_tb(trace)[-FRAMES:]
        event["error"] = type(error).__name__
        event["error_text"] = error_text(error)
        event["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def error_text(error: BaseException) -> str:
    """Return what may be written of an error: no row values."""
    if isinstance(error, psycopg.Error):
        return f"{error.sqlstate or 'connection'}: {error.diag.message_primary or 'no message'}"
    return str(error)
