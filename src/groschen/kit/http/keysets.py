"""Lists whose order is more than one id: a signed cursor holds the sort key of the last row seen.

``pages`` is for lists ordered by id. Here a feature packs its sort key into bytes, and the list
goes one way, forward.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from fastapi import Depends, Query, Request

from groschen.kit.http.pages import DEFAULT_LIMIT, MOST, PageInfo, PageOut
from groschen.kit.http.problems import Fault, InvalidRequest
from groschen.kit.seal import the_seal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Row = TypeVar("Row")
Item = TypeVar("Item")

SIGNATURE_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Keyset:
    """Which part of a list is asked for: at most ``limit`` rows after the packed sort key.

    ``binding`` ties the cursors to this tenant and list.
    """

    limit: int = DEFAULT_LIMIT
    after: bytes | None = None
    binding: bytes = b""

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than shown, to know whether there are more."""
        return self.limit + 1


def _signature(binding: bytes, position: bytes) -> bytes:
    return the_seal().key("keyset", binding, position)[:SIGNATURE_BYTES]


def _write(binding: bytes, position: bytes) -> str:
    packed = position + _signature(binding, position)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _read(binding: bytes, text: str) -> bytes:
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        packed = b""
    position, signature = packed[:-SIGNATURE_BYTES], packed[-SIGNATURE_BYTES:]
    if not position or not hmac.compare_digest(signature, _signature(binding, position)):
        fault = Fault(parameter="after", code="cursor", detail="is not a cursor of this list")
        raise InvalidRequest(
            f"'after' {fault.detail}", faults=(fault,), hint="Use page.next, unchanged."
        )
    return position


async def _keyset(
    request: Request,
    limit: Annotated[
        int, Query(ge=1, le=MOST, description="Rows a page may have.", examples=[DEFAULT_LIMIT])
    ] = DEFAULT_LIMIT,
    after: Annotated[
        str | None, Query(description="`page.next` of a page: the rows after it.", max_length=128)
    ] = None,
) -> Keyset:
    binding = request.state.scope.tenant_id.bytes + request.url.path.encode()
    return Keyset(limit, None if after is None else _read(binding, after), binding)


Keysets = Annotated[Keyset, Depends(_keyset)]
"""``limit`` and ``after`` of a list."""


def following(asked: Keyset, rows: Sequence[Row], position: Callable[[Row], bytes]) -> str | None:
    """Return the cursor of the page after ``rows``, of which the last was read ahead, or None."""
    more = len(rows) > asked.limit
    return _write(asked.binding, position(rows[asked.limit - 1])) if more else None


def keyset_page(
    asked: Keyset,
    rows: Sequence[Row],
    *,
    position: Callable[[Row], bytes],
    show: Callable[[Row], Item],
) -> PageOut[Item]:
    """Cut ``rows`` (in order, one more than the limit if there are more) into a page."""
    return PageOut[Item](
        data=[show(row) for row in rows[: asked.limit]],
        page=PageInfo(next=following(asked, rows, position), previous=None, limit=asked.limit),
    )
