"""What usage does when contracts or a test clock change, and when emergency credit is repaid."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

from groschen.features.subscriptions import service as subscriptions
from groschen.features.usage.service.asking import ask_to_charge, ask_to_release, ask_to_rerate
from groschen.kit.ids import decode_id
from groschen.kit.outbox import Event, listens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.kit.db import Scope


@listens("subscription.created")
@listens("subscription.cancelled")
@listens("test_clock.advanced")
async def charge_soon(scope: Scope, _: Sequence[Event]) -> None:
    """Charge what starts or is due now, and correct what was charged beyond an end."""
    await ask_to_charge(scope)


@listens("subscription.cancelled")
async def count_until_the_end(scope: Scope, events: Sequence[Event]) -> None:
    """Take out events that lie after the end; few can, since it is not in the past."""
    for event in events:
        subscription = await subscriptions.find(scope, event.object_id)
        ended = await subscriptions.detail(scope, subscription)
        ends_at = cast("datetime", event.data["ends_at"])
        await ask_to_rerate(scope, {item.id: ends_at for item in ended.items})


@listens("subscription.changed")
async def charge_again(scope: Scope, events: Sequence[Event]) -> None:
    """Work out again what was charged since the change, which may lie in the past."""
    since = {
        decode_id("sbi", cast("str", event.data["item"])): cast("datetime", event.data["from_at"])
        for event in events
    }
    await subscriptions.make_due(scope, since)
    await ask_to_charge(scope)
    await ask_to_rerate(scope, since)


@listens("wallet.emergency_repaid")
async def release_repaid(scope: Scope, events: Sequence[Event]) -> None:
    """Release the shares of use that emergency credit had paid."""
    totals = [name for event in events for name in cast("list[str]", event.data["totals"])]
    await ask_to_release(scope, [decode_id("tot", name) for name in dict.fromkeys(totals)])
