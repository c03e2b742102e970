"""The logs of servers and workers: no error but those that a killed database explains."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from groschen.simulation.checks.check import none

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from groschen.audit import Check
    from groschen.simulation.installation import Installation

LEVELS: Final = frozenset({"error", "critical"})
OUTAGES: Final = ("OperationalError", "AdminShutdown", "DatabaseUnavailable", "ConnectorException")
SHOWN_LETTERS: Final = 900


@dataclass(slots=True)
class Logs:
    """Reads each log from where it stopped the last time."""

    installation: Installation
    _read: dict[str, int] = field(default_factory=dict[str, int])

    def check(self) -> list[Check]:
        """Look for errors since the last look."""
        found = [
            f"{name}: {fault}"
            for name, part in self.installation.parts.items()
            for fault in self._faults(name, part.log)
        ]
        return [none("servers and workers log no error", found)]

    def _faults(self, name: str, log: Path) -> Iterator[str]:
        with log.open("rb") as file:
            file.seek(self._read.get(name, 0))
            content = file.read()
        whole = content.rfind(b"\n") + 1
        self._read[name] = self._read.get(name, 0) + whole
        for line in content[:whole].splitlines():
            fault = _fault(line.decode(errors="replace"))
            if fault is not None:
                yield fault


def _fault(line: str) -> str | None:
    if not line.startswith("{"):
        return line[:SHOWN_LETTERS] if "Traceback" in line else None
    told: dict[str, Any] = json.loads(line)
    if told.get("level") not in LEVELS or told.get("error") in OUTAGES:
        return None
    return line[:SHOWN_LETTERS]
