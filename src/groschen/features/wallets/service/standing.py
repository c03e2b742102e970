"""Purses made of stored rows, and the news when a wallet crosses a line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from groschen.core.credit import (
    Bucket,
    BucketState,
    Purse,
    Standing,
    crossings,
    refreshed,
    standing,
)
from groschen.core.money import ZERO, subtract
from groschen.features.wallets.model import (
    BucketRow,
    MovementKind,
    NewMovement,
    Wallet,
    WalletState,
)
from groschen.features.wallets.service.protection import protected_days
from groschen.kit.db import fence_key
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event

if TYPE_CHECKING:
    from uuid import UUID


def lock_keys(wallet_ids: Iterable[UUID]) -> list[int]:
    """The keys of the wallets' locks, in the order in which everybody takes them."""
    return sorted({fence_key(wallet_id, "wallet") for wallet_id in wallet_ids})


def purse_of(
    wallet: Wallet, buckets: Iterable[BucketRow], at: datetime, days: Iterable[date] = ()
) -> Purse:
    """A wallet with its buckets at the instant ``at``; ``days`` are those that use falls on.

    A closed wallet gives nothing.
    """
    today = local_day(wallet, at)
    is_open = wallet.state is WalletState.OPEN
    return Purse(
        at=at,
        buckets=tuple(refreshed(bucket_of(row), at) for row in buckets),
        overdraft=wallet.overdraft,
        emergency_limit=wallet.emergency_limit if is_open else ZERO,
        protected=protected_days(wallet.protected_region if is_open else None, {today, *days}),
        restored_for=timedelta(days=wallet.restored_days),
        advance_rate=wallet.advance_rate,
        wallet_id=wallet.id,
        ordinal=wallet.revision,
    )


def bucket_of(row: BucketRow) -> Bucket:
    """A stored bucket as the rules know it."""
    return Bucket(
        row.id,
        row.kind,
        row.state,
        row.priority,
        tuple(row.scope),
        row.valid_from,
        row.expires_at,
        row.amount,
        row.spent,
        row.vat,
        row.spent_vat,
        row.source_id,
        row.created_at,
    )


def bucket_row(wallet_id: UUID, bucket: Bucket) -> BucketRow:
    """A bucket as it is stored."""
    return BucketRow(
        wallet_id,
        bucket.id,
        bucket.kind,
        bucket.state,
        bucket.priority,
        list(bucket.scope),
        bucket.valid_from,
        bucket.expires_at,
        bucket.amount,
        bucket.spent,
        bucket.vat,
        bucket.spent_vat,
        bucket.source_id,
        bucket.created_at,
    )


def local_day(wallet: Wallet, at: datetime) -> date:
    """The calendar day of the wallet's zone at an instant."""
    return at.astimezone(ZoneInfo(wallet.time_zone)).date()


def standing_after(wallet: Wallet, purse: Purse) -> Standing:
    """How a wallet stands with what is in the purse now."""
    today = local_day(wallet, purse.at)
    return standing(purse, was_exhausted=wallet.exhausted, today=today)


def wallet_row(wallet: Wallet, purse: Purse, after: Standing) -> dict[str, object]:
    """What of a wallet's row changes."""
    return {
        "id": wallet.id,
        "credit": after.credit,
        "overdraft": after.overdraft,
        "exhausted": after.exhausted,
        "revision": purse.ordinal,
    }


def news(wallet: Wallet, after: Standing) -> list[Event]:
    """What to tell of the lines that a wallet crossed, each once per crossing."""
    before = Standing(wallet.credit, wallet.overdraft, wallet.exhausted)
    crossed = crossings(before, after, wallet.thresholds)
    data = {
        "account": encode_id("acc", wallet.account_id),
        "currency": wallet.currency,
        "credit": after.credit,
        "emergency_used": after.overdraft,
    }
    found = [
        Event("wallet.low", wallet.id, {**data, "threshold": threshold})
        for threshold in crossed.thresholds
    ]
    for happened, kind in (
        (crossed.emptied, "wallet.empty"),
        (crossed.in_emergency, "wallet.in_emergency"),
        (crossed.exhausted, "wallet.emergency_exhausted"),
    ):
        if happened:
            found.append(Event(kind, wallet.id, data))
    return found


def expiries(wallet: Wallet, stored: Iterable[BucketRow], purse: Purse) -> list[NewMovement]:
    """The movements of buckets that were in use and whose time is over now."""
    in_use = {row.id for row in stored if row.state in (BucketState.PENDING, BucketState.OPEN)}
    return [
        NewMovement(
            new_id(),
            wallet.id,
            MovementKind.EXPIRED,
            bucket.id,
            subtract(ZERO, bucket.left),
            bucket.id,
        )
        for bucket in purse.buckets
        if bucket.id in in_use and bucket.state is BucketState.EXPIRED and bucket.left
    ]
