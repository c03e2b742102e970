"""What ends a run: something that must hold does not."""

from __future__ import annotations

from typing import ClassVar

from groschen.core.errors import GroschenError, Kind


class SimulationFault(GroschenError):
    """The product did something it must not do, or did not do what it must."""

    code: ClassVar[str] = "simulation_fault"
    kind: ClassVar[Kind] = Kind.CONFLICT


class UnexpectedAnswer(SimulationFault):
    """A request got an answer that is not among those it may get."""

    code: ClassVar[str] = "unexpected_answer"


class NoAnswer(SimulationFault):
    """A request got no final answer, however often it was sent."""

    code: ClassVar[str] = "no_answer"


class NeverQuiet(SimulationFault):
    """Work was left over that nobody did."""

    code: ClassVar[str] = "never_quiet"


class ProcessEnded(SimulationFault):
    """A server or worker ended although nobody had killed it."""

    code: ClassVar[str] = "process_ended"


class Broken(SimulationFault):
    """A check does not hold."""

    code: ClassVar[str] = "broken"
