"""Use is charged to wallets: one set of statements for any number of wallets and totals.

Wallets are locked in the order of their keys before anything is read; the rules decide; burns,
buckets and wallets are written together. The same functions make the quote, which writes
nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

from groschen.core import credit
from groschen.core.credit import (
    EMERGENCY,
    Bucket,
    Burn,
    BurnChange,
    Purse,
    Restored,
    Settled,
    Standing,
    Use,
)
from groschen.core.errors import invariant
from groschen.core.ledger import repayment_returned
from groschen.core.money import ZERO, subtract
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.wallets.model import (
    BucketRow,
    BurnRow,
    Funded,
    MovementKind,
    NewMovement,
    Wallet,
    WalletCharge,
)
from groschen.features.wallets.queries import charging as queries
from groschen.features.wallets.service.standing import (
    bucket_row,
    expiries,
    lock_keys,
    news,
    purse_of,
    standing_after,
    wallet_row,
)
from groschen.kit.ids import new_id
from groschen.kit.outbox import publish
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class Charged:
    """One wallet before and after a batch of charges."""

    wallet: Wallet
    stored: tuple[BucketRow, ...]
    before: Purse
    settled: Settled
    after: Standing


async def charge(scope: Scope, charges: Sequence[WalletCharge]) -> list[Funded]:
    """Charge differences of totals to their wallets; answers in the order of ``charges``.

    A positive difference burns buckets, then emergency credit, the rest is receivable; a
    negative one undoes the total's own burns, last first. Takes the wallets' locks in key order
    (owners of totals are locked before), publishes what crossings there are. A wallet that does
    not exist is a bug of the caller.
    """
    if not charges:
        return []
    wallet_ids = sorted({one.wallet_id for one in charges})
    await queries.lock_wallets(scope, lock_keys(wallet_ids))
    charged = await compute(scope, charges)
    await _store(scope, charged)
    return _answers(charges, charged)


async def compute(scope: Scope, charges: Sequence[WalletCharge]) -> list[Charged]:
    """What charging would do, wallet by wallet in id order; reads and writes nothing else."""
    by_wallet: dict[UUID, list[WalletCharge]] = defaultdict(list)
    for one in charges:
        by_wallet[one.wallet_id].append(one)
    wallet_ids = sorted(by_wallet)
    wallets = await queries.wallets(scope, wallet_ids)
    invariant(len(wallets) == len(wallet_ids), "use is charged to a wallet that does not exist")
    burns = await _burns(scope, charges)
    stored = await _buckets(scope, wallet_ids, burns)
    return [
        _settle(scope, wallet, by_wallet[wallet.id], stored[wallet.id], burns[wallet.id])
        for wallet in wallets
    ]


async def _burns(scope: Scope, charges: Sequence[WalletCharge]) -> Mapping[UUID, list[BurnRow]]:
    """The burns of totals that fall, by wallet: only those are undone."""
    falling = sorted({one.total_id for one in charges if one.gross_difference < 0})
    found: dict[UUID, list[BurnRow]] = defaultdict(list)
    if falling:
        for burn in await queries.burns_of_totals(scope, falling):
            found[burn.wallet_id].append(burn)
    return found


async def _buckets(
    scope: Scope, wallet_ids: Sequence[UUID], burns: Mapping[UUID, Sequence[BurnRow]]
) -> Mapping[UUID, tuple[BucketRow, ...]]:
    """The buckets in use, and those past their time that burns to be undone name."""
    rows = await queries.buckets_in_use(scope, wallet_ids)
    in_use = {row.id for row in rows} | {EMERGENCY}
    named = {burn.bucket_id for found in burns.values() for burn in found} - in_use
    if named:
        rows += await queries.past_buckets(scope, wallet_ids, sorted(named))
    by_wallet: dict[UUID, list[BucketRow]] = defaultdict(list)
    for row in rows:
        by_wallet[row.wallet_id].append(row)
    return {wallet_id: tuple(by_wallet[wallet_id]) for wallet_id in wallet_ids}


def _settle(
    scope: Scope,
    wallet: Wallet,
    charges: Sequence[WalletCharge],
    stored: tuple[BucketRow, ...],
    burns: Sequence[BurnRow],
) -> Charged:
    before = purse_of(wallet, stored, scope.now, {one.day for one in charges})
    uses = [
        Use(one.total_id, one.component, one.day, one.gross_difference, one.receivable)
        for one in charges
    ]
    settled = credit.settle(before, uses, [_burn(row) for row in burns])
    return Charged(wallet, stored, before, settled, standing_after(wallet, settled.purse))


def _burn(row: BurnRow) -> Burn:
    return Burn(row.total_id, row.bucket_id, row.day, row.ordinal, row.amount, row.vat, row.repaid)


def _answers(charges: Sequence[WalletCharge], charged: Sequence[Charged]) -> list[Funded]:
    """Each charge's part of its wallet's answer, in the order asked."""
    answers = {one.wallet.id: iter(one.settled.funded) for one in charged}
    return [
        Funded(
            one.total_id,
            one.day,
            part.wallet,
            part.wallet_vat,
            part.overdraft,
            part.receivable,
        )
        for one in charges
        for part in (next(answers[one.wallet_id]),)
    ]


async def _store(scope: Scope, charged: Sequence[Charged]) -> None:
    grown, reduced = _burn_rows(charged)
    if grown:
        await queries.add_burns(scope, json_rows(grown))
    if reduced:
        await queries.change_burns(scope, json_rows(reduced))
    await _store_buckets(scope, charged)
    restored = [(one, part) for one in charged for part in one.settled.restored]
    moved = [row for one in charged for row in expiries(one.wallet, one.stored, one.settled.purse)]
    moved += [row for one, part in restored for row in _restored_rows(one.wallet, part)]
    if moved:
        await queries.insert_movements(scope, json_rows(moved))
    returned = [
        _returned(one.wallet, part) for one, part in restored if part.origin_id == EMERGENCY
    ]
    await ledger.post_new(scope, returned)
    await publish(scope, [event for one in charged for event in news(one.wallet, one.after)])


def _burn_rows(
    charged: Sequence[Charged],
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Burns that grow (or are new) and burns that shrink."""
    grown: list[dict[str, object]] = []
    reduced: list[dict[str, object]] = []
    for one in charged:
        for change in one.settled.burns:
            shrinks = change.amount < 0 or change.repaid < 0
            (reduced if shrinks else grown).append(_burn_row(one.wallet.id, change))
    return grown, reduced


def _burn_row(wallet_id: UUID, change: BurnChange) -> dict[str, object]:
    return {
        "wallet_id": wallet_id,
        "total_id": change.total_id,
        "bucket_id": change.bucket_id,
        "day": change.day,
        "ordinal": change.ordinal,
        "amount": change.amount,
        "vat": change.vat,
        "repaid": change.repaid,
    }


async def _store_buckets(scope: Scope, charged: Sequence[Charged]) -> None:
    """Most often only what is spent changes; other changes and new buckets are written whole."""
    spent: list[dict[str, object]] = []
    whole: list[BucketRow] = []
    for one in charged:
        known = {row.id: row for row in one.stored}
        for bucket in one.settled.purse.buckets:
            row = bucket_row(one.wallet.id, bucket)
            before = known.get(bucket.id)
            if before == row:
                continue
            if before == _unspent_as(row, before):
                spent.append(_spent_row(one.wallet.id, bucket))
            else:
                whole.append(row)
    if whole:
        await queries.store_buckets(scope, json_rows(whole))
    rows = [wallet_row(one.wallet, one.settled.purse, one.after) for one in charged]
    await queries.store_spent(scope, json_rows(spent), json_rows(rows))


def _unspent_as(row: BucketRow, before: BucketRow | None) -> BucketRow | None:
    """The row with what was spent of it before."""
    if before is None:
        return row
    return replace(row, spent=before.spent, spent_vat=before.spent_vat)


def _spent_row(wallet_id: UUID, bucket: Bucket) -> dict[str, object]:
    return {
        "wallet_id": wallet_id,
        "id": bucket.id,
        "spent": bucket.spent,
        "spent_vat": bucket.spent_vat,
    }


def _restored_rows(wallet: Wallet, part: Restored) -> list[NewMovement]:
    """Credit that came back: into the restored bucket, out of the bucket it belonged to."""
    kind = MovementKind.RESTORED
    into = NewMovement(new_id(), wallet.id, kind, part.bucket_id, part.amount, part.origin_id)
    if not part.from_bucket:
        return [into]
    less = subtract(ZERO, part.amount)
    return [into, NewMovement(new_id(), wallet.id, kind, part.origin_id, less, part.bucket_id)]


def _returned(wallet: Wallet, part: Restored) -> NewJournal:
    """Emergency credit that a top-up had repaid was not used after all: it is credit again."""
    return NewJournal(
        id=new_id(),
        journal=repayment_returned(wallet.terms, part.amount, part.vat),
        reference=f"repayment_returned:{wallet.id}:{part.ordinal}",
        source_id=wallet.id,
    )
