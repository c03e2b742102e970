"""Addresses within this site."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from groschen.kit.ids import encode_id


def order_path(order_id: UUID) -> str:
    """The page of an order."""
    return f"/orders/{encode_id('ord', order_id)}"


def account_path(account_id: UUID) -> str:
    """The page of a customer's account."""
    return f"/customers/{encode_id('acc', account_id)}"


def subscription_path(subscription_id: UUID) -> str:
    """The page of a subscription in the console."""
    return f"/subscriptions/{encode_id('sub', subscription_id)}"


def wallet_path(wallet_id: UUID) -> str:
    """The page of a wallet in the console."""
    return f"/wallets/{encode_id('wal', wallet_id)}"


def invoice_path(invoice_id: UUID) -> str:
    """The page of an invoice or credit note in the console."""
    return f"/invoices/{encode_id('inv', invoice_id)}"


def bill_run_path(run_id: UUID) -> str:
    """The page of a bill run."""
    return f"/bill_runs/{encode_id('brn', run_id)}"


def bill_run_name(run_id: UUID) -> str:
    """What people call a bill run: the end of its id."""
    return f"B-{run_id.hex[-6:].upper()}"


def reject_path(reject_id: UUID) -> str:
    """The page of a rejected event."""
    return f"/usage/rejects/{encode_id('urj', reject_id)}"


def partner_path(party_id: UUID) -> str:
    """The page of a partner."""
    return f"/partners/{encode_id('pty', party_id)}"


def statement_path(statement_id: UUID) -> str:
    """The page of a statement in the console."""
    return f"/statements/{encode_id('stm', statement_id)}"


def run_path(run_id: UUID) -> str:
    """The page of a payout run."""
    return f"/payouts/{encode_id('run', run_id)}"


def run_name(run_id: UUID) -> str:
    """What people call a payout run: the end of its id, as the payment file has it."""
    return f"R-{run_id.hex[-6:].upper()}"


def task_path(task_id: UUID) -> str:
    """The page of a delivery task."""
    return f"/deliveries/{encode_id('tsk', task_id)}"


def local_address(address: str) -> str:
    """``address`` if it stays on this site, else the start page."""
    parts = urlsplit(address)
    stays = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if stays and not parts.scheme and not parts.netloc else "/"
