"""What invoices tell whoever listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.kit.ids import encode_id
from groschen.kit.outbox import Event

if TYPE_CHECKING:
    from groschen.features.invoices.model import BillRun, Invoice


def invoice_news(kind: str, invoice: Invoice, **more: object) -> Event:
    """Something happened to a document: number, type, whose it is, its gross amount."""
    data = {
        "invoice": encode_id("inv", invoice.id),
        "number": invoice.number,
        "type": invoice.type.value,
        "account": encode_id("acc", invoice.account_id),
        "party": encode_id("pty", invoice.party_id),
        "gross": invoice.gross,
        "currency": invoice.currency,
        **more,
    }
    return Event(kind, invoice.id, data)


def run_news(kind: str, run: BillRun) -> Event:
    """Something happened to a bill run."""
    data = {
        "bill_run": encode_id("brn", run.id),
        "accounts": run.accounts,
        "invoices": run.invoices,
        "failures": run.failures,
    }
    return Event(kind, run.id, data)
