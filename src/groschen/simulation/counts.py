"""What was done in a run, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counts:
    """``answers`` are final ones by status; ``resent`` requests had none and were sent again.

    ``stored`` says what came of it all: orders, refunds, statements ... by their states.
    """

    operations: Counter[str] = field(default_factory=Counter[str])
    kills: Counter[str] = field(default_factory=Counter[str])
    answers: Counter[str] = field(default_factory=Counter[str])
    checks: Counter[str] = field(default_factory=Counter[str])
    stored: Counter[str] = field(default_factory=Counter[str])
    requests: int = 0
    resent: int = 0
    replayed: int = 0
