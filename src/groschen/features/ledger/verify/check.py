"""One check of the books: a statement that lists what is wrong."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import LiteralString, TypeAlias

    from groschen.kit.db import Scope

    Checking: TypeAlias = Callable[[Scope], Awaitable["Check"]]

SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how many faults were expected and found, and the first of them."""

    name: str
    expected: str
    actual: str
    ok: bool
    detail: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The check as the command prints it."""
        return asdict(self)


async def no_fault(
    scope: Scope, name: str, statement: LiteralString, **parameters: object
) -> Check:
    """Run a statement that lists faults: how many there are, of what, expected, actual.

    It limits itself to ``%(shown)s`` rows; every row says in its first column how many faults
    there are in all. One statement sees one moment, so work that goes on does not disturb it.
    """
    cursor = await scope.conn.execute(
        statement, {"tenant_id": scope.tenant_id, "shown": SHOWN, **parameters}
    )
    rows = await cursor.fetchall()
    detail = tuple(
        f"{what}: expected {expected}, found {actual}" for _, what, expected, actual in rows
    )
    found = rows[0][0] if rows else 0
    return Check(name, "0 faults", f"{found} faults", ok=not rows, detail=detail)
