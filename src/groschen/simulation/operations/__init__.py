"""What happens in a run: one file per sort of business, found by itself.

An operation is ``async def name(turn: Turn) -> None`` with ``@operation(weight=...)``. It checks
the answers it gets and remembers in ``turn.business`` what a client would remember.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from groschen.simulation.operations.registry import OPERATIONS, Operation, Turn, operation

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["OPERATIONS", "Operation", "Turn", "operation"]
