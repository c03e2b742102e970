"""Lists in pages: a signed cursor names the last row seen, so rows that come or go shift nothing.

The default order is newest first, which is ``id DESC`` because ids grow with time. A query
takes the two bounds and the direction::

    WITH page AS (
        (SELECT ... WHERE tenant_id = ... AND NOT %(backwards)s AND id < %(below)s
          ORDER BY id DESC LIMIT %(fetch)s)
        UNION ALL
        (SELECT ... WHERE tenant_id = ... AND %(backwards)s AND id > %(above)s
          ORDER BY id LIMIT %(fetch)s)
    )
    SELECT ... FROM page ORDER BY id DESC
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import Field

from groschen.kit.http.problems import Fault, InvalidRequest
from groschen.kit.http.schemas import Out
from groschen.kit.seal import the_seal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = TypeVar("Row")
Item = TypeVar("Item")

LOWEST: Final = UUID(int=0)
HIGHEST: Final = UUID(int=2**128 - 1)
SIGNATURE_BYTES: Final = 16
DEFAULT_LIMIT: Final = 50
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Slice:
    """Which part of a list is asked for: at most ``limit`` rows after or before one id.

    ``binding`` ties the cursors to this tenant and list.
    """

    limit: int = DEFAULT_LIMIT
    after: UUID | None = None
    before: UUID | None = None
    binding: bytes = b""

    @property
    def bounds(self) -> dict[str, object]:
        """The parameters of the query: ``below``, ``above``, ``backwards``, ``fetch``."""
        return {
            "below": self.after or HIGHEST,
            "above": self.before or LOWEST,
            "backwards": self.before is not None,
            "fetch": self.limit + 1,
        }


class PageInfo(Out):
    """How to get the neighbouring pages."""

    next: Annotated[
        str | None,
        Field(description="Give as `after` for older rows; null at the end.", examples=[None]),
    ]
    previous: Annotated[
        str | None,
        Field(description="Give as `before` for newer rows; null at the start.", examples=[None]),
    ]
    limit: Annotated[int, Field(description="Rows a page may have.", examples=[50])]


class PageOut(Out, Generic[Item]):
    """One page of a list, newest first."""

    data: Annotated[list[Item], Field(description="The rows of this page.")]
    page: Annotated[PageInfo, Field(description="The way on and back.")]


def write_cursor(binding: bytes, position: UUID) -> str:
    """Return the opaque text of a position in one list of one tenant."""
    signature = the_seal().key("cursor", binding, position.bytes)[:SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(position.bytes + signature).decode().rstrip("=")


def read_cursor(binding: bytes, text: str, parameter: str) -> UUID:
    """Return the position; raise ``InvalidRequest`` for a cursor that was not made for here."""
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        packed = b""
    position, signature = packed[:16], packed[16:]
    right = the_seal().key("cursor", binding, position)[:SIGNATURE_BYTES]
    if len(position) != 16 or not hmac.compare_digest(signature, right):
        fault = Fault(parameter=parameter, code="cursor", detail="is not a cursor of this list")
        raise InvalidRequest(
            f"'{parameter}' {fault.detail}",
            faults=(fault,),
            hint="Use page.next as 'after' or page.previous as 'before', unchanged.",
        )
    return UUID(bytes=position)


async def _slice(
    request: Request,
    limit: Annotated[
        int, Query(ge=1, le=MOST, description="Rows a page may have.", examples=[DEFAULT_LIMIT])
    ] = DEFAULT_LIMIT,
    after: Annotated[
        str | None, Query(description="`page.next` of a page: the rows after it.", max_length=64)
    ] = None,
    before: Annotated[
        str | None,
        Query(description="`page.previous` of a page: the rows before it.", max_length=64),
    ] = None,
) -> Slice:
    if after is not None and before is not None:
        fault = Fault(parameter="before", code="contradiction", detail="excludes 'after'")
        raise InvalidRequest("give 'after' or 'before', not both", faults=(fault,))
    binding = request.state.scope.tenant_id.bytes + request.url.path.encode()
    return Slice(
        limit,
        None if after is None else read_cursor(binding, after, "after"),
        None if before is None else read_cursor(binding, before, "before"),
        binding,
    )


Pages = Annotated[Slice, Depends(_slice)]
"""``limit``, ``after`` and ``before`` of a list."""


@dataclass(frozen=True, slots=True)
class Cut(Generic[Row]):
    """The rows of one page and the cursors of its neighbours, None at the ends."""

    rows: Sequence[Row]
    next: str | None
    previous: str | None


def cut(asked: Slice, rows: Sequence[Row], identity: Callable[[Row], UUID]) -> Cut[Row]:
    """Cut ``rows`` (newest first, one more than the limit if there are more) to a page."""
    backwards = asked.before is not None
    more = len(rows) > asked.limit
    shown = rows[-asked.limit :] if backwards else rows[: asked.limit]
    older = bool(shown) and (more or backwards)
    newer = bool(shown) and (more if backwards else asked.after is not None)
    return Cut(
        shown,
        next=write_cursor(asked.binding, identity(shown[-1])) if older else None,
        previous=write_cursor(asked.binding, identity(shown[0])) if newer else None,
    )


def page_of(
    asked: Slice,
    rows: Sequence[Row],
    *,
    identity: Callable[[Row], UUID],
    show: Callable[[Row], Item],
) -> PageOut[Item]:
    """Cut ``rows`` (newest first, one more than the limit if there are more) into a page."""
    found = cut(asked, rows, identity)
    return PageOut[Item](
        data=[show(row) for row in found.rows],
        page=PageInfo(next=found.next, previous=found.previous, limit=asked.limit),
    )
