"""Windows of items as stored rows: made when first asked for, the same in every process."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from groschen.core.errors import invariant
from groschen.core.period import Cadence, Period, window_number
from groschen.features.subscriptions.model import WindowRow
from groschen.features.subscriptions.queries import contracts as queries
from groschen.features.subscriptions.service.charging import contracts
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from groschen.features.subscriptions.model import Contract
    from groschen.kit.db import Scope

WindowKey: TypeAlias = tuple[UUID, Cadence, int]
"""An item, a cadence, and the ordinal of the window."""


def window_id(item_id: UUID, cadence: Cadence, ordinal: int) -> UUID:
    """The id of a window, computed so that two processes make the same row."""
    return uuid5(item_id, f"{cadence}:{ordinal}")


async def windows(scope: Scope, asked: Collection[WindowKey]) -> dict[WindowKey, WindowRow]:
    """The windows of these keys; those that are missing are made. Items must exist."""
    found = await _stored(scope, asked)
    if missing := sorted(set(asked) - found.keys()):
        await _make(scope, missing)
        found |= await _stored(scope, missing)
    return found


async def _stored(scope: Scope, asked: Iterable[WindowKey]) -> dict[WindowKey, WindowRow]:
    keys = [
        {"item_id": item_id, "cadence": cadence, "ordinal": ordinal}
        for item_id, cadence, ordinal in asked
    ]
    rows = await queries.windows(scope, json_rows(keys)) if keys else []
    return {
        (row.item_id, Cadence(row.cadence), row.ordinal): WindowRow(
            row.id, Period(row.starts_at, row.ends_at), ZoneInfo(row.time_zone)
        )
        for row in rows
    }


async def _make(scope: Scope, missing: Iterable[WindowKey]) -> None:
    keys = list(missing)
    known = await contracts(scope, {item_id for item_id, _, _ in keys})
    invariant(all(key[0] in known for key in keys), "a window of an item that does not exist")
    rows = [_window_row(known[key[0]], key) for key in keys]
    await queries.insert_windows(scope, json_rows(rows))


def window_of(contract: Contract, cadence: Cadence, ordinal: int) -> WindowRow:
    """The window of a contract as ``windows`` stores it; nothing is read or stored."""
    window = window_number(cadence, contract.zone, contract.anchor_on, ordinal)
    found = window_id(contract.item_id, cadence, ordinal)
    return WindowRow(found, window.period, contract.zone)


def _window_row(contract: Contract, key: WindowKey) -> dict[str, object]:
    item_id, cadence, ordinal = key
    window = window_of(contract, cadence, ordinal)
    return {
        "item_id": item_id,
        "cadence": cadence,
        "ordinal": ordinal,
        "id": window.id,
        "starts_at": window.period.start,
        "ends_at": window.period.end,
        "time_zone": contract.zone.key,
        "anchor_on": contract.anchor_on,
    }
