"""What invoices hear of usage and payments, in the transaction that publishes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from groschen.features.invoices.service import paying, refunding
from groschen.features.invoices.service.billables import refresh_billables
from groschen.features.usage.service.posting import POSTED
from groschen.kit.ids import decode_id
from groschen.kit.outbox import Event, listens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.kit.db import Scope


@listens(POSTED)
async def totals_posted(scope: Scope, events: Sequence[Event]) -> None:
    """What was posted should be billed, as far as credit did not pay it."""
    names = [name for event in events for name in cast("list[str]", event.data["totals"])]
    await refresh_billables(scope, [decode_id("tot", name) for name in dict.fromkeys(names)])


@listens("payment.captured")
async def paid(scope: Scope, events: Sequence[Event]) -> None:
    """Money for invoices is set against them."""
    for event in events:
        if "invoice" in event.data or "collective_statement" in event.data:
            await paying.received(scope, event.object_id)


@listens("payment.refunded")
async def refunded(scope: Scope, events: Sequence[Event]) -> None:
    """A refund of an invoice that the provider has done goes with a credit note."""
    for event in events:
        if "invoice" in event.data:
            invoice_id = decode_id("inv", cast("str", event.data["invoice"]))
            refund_id = decode_id("rfd", cast("str", event.data["refund"]))
            await refunding.paid_out(scope, invoice_id, refund_id)
