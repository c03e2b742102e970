"""The log of a run: every request with its answer, in memory and in a file of JSON lines."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from groschen.kit import clock

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

KEPT_CALLS: Final = 2_000
SHOWN_LETTERS: Final = 600


@dataclass(frozen=True, slots=True)
class Call:
    """One command that was answered, with what is needed to send it again."""

    tenant: str
    token: str
    acting_for: str | None
    method: str
    path: str
    key: str
    content: bytes
    status: int
    answer: bytes


@dataclass(slots=True)
class Record:
    """Keeps the newest commands for repetition, and writes everything down."""

    file: TextIO
    calls: deque[Call] = field(default_factory=lambda: deque[Call](maxlen=KEPT_CALLS))
    step: int = 0
    _lines: int = 0

    @classmethod
    def at(cls, path: Path) -> Record:
        """Start a log in a file."""
        return cls(path.open("w", encoding="utf-8"))

    def note(self, what: str, **facts: Any) -> None:
        """Write one line."""
        self._lines += 1
        line = {"line": self._lines, "step": self.step, "what": what, **facts}
        line["at"] = clock.real_now().isoformat(timespec="milliseconds")
        self.file.write(json.dumps(line, default=str, sort_keys=False) + "\n")
        self.file.flush()

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def shortened(content: bytes) -> str:
    """A body as text for the log, cut when it is long."""
    text = content.decode("utf-8", errors="replace")
    return text if len(text) <= SHOWN_LETTERS else f"{text[:SHOWN_LETTERS]}... ({len(text)})"
