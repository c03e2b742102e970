"""Credit that is given: gifts, and what a package brings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from groschen.core.credit import Bucket, BucketKind, BucketState, refreshed
from groschen.core.ledger import credit_granted
from groschen.core.money import ZERO, round12
from groschen.core.tax import tax_within
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.wallets.model import (
    Grant,
    GrantInvalid,
    MovementKind,
    NewMovement,
    TopUp,
    TopUpKind,
    TopUpState,
    Wallet,
)
from groschen.features.wallets.queries import charging
from groschen.features.wallets.queries import top_ups as queries
from groschen.features.wallets.service.crediting import require_open, store_purses
from groschen.features.wallets.service.standing import lock_keys, news, purse_of, standing_after
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from decimal import Decimal
    from uuid import UUID

    from groschen.kit.db import Scope


async def grant(
    scope: Scope, wallet_id: UUID, given: Grant, *, grant_id: UUID | None = None
) -> TopUp:
    """Give credit; with a ``grant_id`` that was used before, answer what was given then.

    What it pays for earns that much less (PROMOTION, net); its VAT is never due. A grant does
    not repay emergency credit. Raises GrantInvalid, WalletClosed; a wallet that does not
    exist is a bug of the caller.
    """
    await charging.lock_wallets(scope, lock_keys([wallet_id]))
    known = await queries.top_ups(scope, [grant_id]) if grant_id else []
    if known:
        return known[0]
    (wallet,) = await charging.wallets(scope, [wallet_id])
    require_open(wallet)
    _check(scope, given)
    done = _as_top_up(scope, wallet, given.amount, grant_id or new_id())
    vat = round12(tax_within(given.amount, wallet.vat_rate))
    await queries.insert_top_ups(scope, json_rows([done]))
    await _add_bucket(scope, wallet, _bucket(scope, given, done, vat))
    journal = credit_granted(wallet.terms, given.amount, vat)
    await ledger.post_new(scope, [NewJournal(new_id(), journal, f"grant:{done.id}", done.id)])
    data = {
        "grant": encode_id("top", done.id),
        "currency": wallet.currency,
        "amount": given.amount,
    }
    await publish(scope, [Event("wallet.credit_granted", wallet.id, data)])
    return done


def _check(scope: Scope, given: Grant) -> None:
    starts = given.valid_from or scope.now
    if given.expires_at is not None and given.expires_at <= max(starts, scope.now):
        raise GrantInvalid(
            "the credit would have expired before it can be used",
            field="expires_at",
            hint="give an instant after now and after valid_from, or none",
        )
    if given.kind is BucketKind.RESTORED:
        raise GrantInvalid(
            "restored credit comes from use that is taken back",
            field="kind",
            hint="use promo or paid",
        )


def _as_top_up(scope: Scope, wallet: Wallet, amount: Decimal, grant_id: UUID) -> TopUp:
    return TopUp(
        id=grant_id,
        wallet_id=wallet.id,
        party_id=wallet.party_id,
        kind=TopUpKind.GRANT,
        currency=wallet.currency,
        amount=amount,
        state=TopUpState.CREDITED,
        emergency_repaid=ZERO,
        bucket_id=new_id(),
        failure_code=None,
        requested_at=scope.now,
        credited_at=scope.now,
    )


def _bucket(scope: Scope, given: Grant, done: TopUp, vat: Decimal) -> Bucket:
    bucket = Bucket(
        id=done.bucket_id or new_id(),
        kind=given.kind,
        state=BucketState.PENDING,
        priority=given.priority,
        scope=given.scope,
        valid_from=given.valid_from or scope.now,
        expires_at=given.expires_at,
        amount=given.amount,
        spent=ZERO,
        vat=vat,
        spent_vat=ZERO,
        source_id=done.id,
        created_at=scope.now,
    )
    return refreshed(bucket, scope.now)


async def _add_bucket(scope: Scope, wallet: Wallet, bucket: Bucket) -> None:
    stored = tuple(await charging.buckets_in_use(scope, [wallet.id]))
    before = purse_of(wallet, stored, scope.now)
    purse = replace(before, buckets=(*before.buckets, bucket))
    await store_purses(scope, [(wallet, stored, purse)])
    movement = NewMovement(
        new_id(),
        wallet.id,
        MovementKind.CREDITED,
        bucket.id,
        bucket.amount,
        bucket.source_id,
    )
    await charging.insert_movements(scope, json_rows([movement]))
    await publish(scope, news(wallet, standing_after(wallet, purse)))
