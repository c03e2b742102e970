"""Credit comes in: top-ups asked for, paid or failed; grants.

A top-up repays emergency credit first, the oldest use before the newer; the rest is a bucket.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from groschen.core.credit import (
    EMERGENCY,
    Bucket,
    BucketKind,
    BucketState,
    Burn,
    BurnChange,
    Purse,
    Repaid,
    repay,
)
from groschen.core.errors import invariant
from groschen.core.ledger import top_up as top_up_journal
from groschen.core.money import ZERO, add, add_all, round_currency, subtract
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.wallets.model import (
    BucketRow,
    Credited,
    MovementKind,
    NewMovement,
    TopUp,
    TopUpAmountInvalid,
    TopUpKind,
    TopUpState,
    Wallet,
    WalletClosed,
    WalletState,
)
from groschen.features.wallets.queries import charging, wallets
from groschen.features.wallets.queries import top_ups as queries
from groschen.features.wallets.service.standing import (
    bucket_row,
    expiries,
    lock_keys,
    news,
    purse_of,
    standing_after,
    wallet_row,
)
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from groschen.kit.db import Scope


@dataclass(slots=True)
class Crediting:
    """One wallet while top-ups are credited to it, one after the other."""

    wallet: Wallet
    stored: tuple[BucketRow, ...]
    purse: Purse
    to_repay: list[Burn]
    credited: list[Credited] = field(default_factory=list[Credited])


async def request_top_up(scope: Scope, wallet: Wallet, amount: Decimal) -> TopUp:
    """Note that credit is to be paid for; nothing can be used yet.

    Raises WalletClosed and TopUpAmountInvalid.
    """
    require_open(wallet)
    if amount <= 0 or round_currency(amount, wallet.currency) != amount:
        raise TopUpAmountInvalid(
            f"{amount:f} {wallet.currency} cannot be paid",
            field="amount",
            hint="give an amount above zero with no more digits than the currency has",
        )
    asked = TopUp(
        id=new_id(),
        wallet_id=wallet.id,
        party_id=wallet.party_id,
        kind=TopUpKind.PAYMENT,
        currency=wallet.currency,
        amount=amount,
        state=TopUpState.REQUESTED,
        emergency_repaid=ZERO,
        bucket_id=None,
        failure_code=None,
        requested_at=scope.now,
        credited_at=None,
    )
    await queries.insert_top_ups(scope, json_rows([asked]))
    return asked


def require_open(wallet: Wallet) -> None:
    """Raise WalletClosed for a closed wallet."""
    if wallet.state is not WalletState.OPEN:
        raise WalletClosed(
            f"the wallet '{wallet.external_id}' is closed",
            field="wallet",
            hint="open another wallet for the account",
        )


async def credit_top_up(scope: Scope, received: Mapping[UUID, str]) -> list[Credited]:
    """Credit top-ups whose money came in, with B1 and B11; answers in id order.

    ``received`` names the account where the money of each top-up is: PSP_CLEARING or BANK.
    All must be requested: crediting one a second time is a bug of the caller.
    """
    if not received:
        return []
    found = await queries.top_ups(scope, sorted(received))
    invariant(len(found) == len(received), "a top-up to credit does not exist")
    await charging.lock_wallets(scope, lock_keys(one.wallet_id for one in found))
    found = await queries.top_ups(scope, sorted(received))
    waiting = all(one.state is TopUpState.REQUESTED for one in found)
    invariant(waiting, "a top-up is credited that is not waiting for its money")
    crediting = await _load(scope, sorted({one.wallet_id for one in found}))
    for one in found:
        _credit(scope, crediting[one.wallet_id], one)
    credited = [one for wallet in crediting.values() for one in wallet.credited]
    await _store(scope, list(crediting.values()))
    journals = [
        _journal(wallet.wallet, one, received[one.top_up.id])
        for wallet in crediting.values()
        for one in wallet.credited
    ]
    await ledger.post_new(scope, journals)
    await _tell(scope, list(crediting.values()))
    return sorted(credited, key=lambda one: one.top_up.id)


async def fail_top_up(scope: Scope, failures: Mapping[UUID, str | None]) -> None:
    """Top-ups whose payment failed are over; the values are the providers' codes, if any."""
    if not failures:
        return
    found = await queries.top_ups(scope, sorted(failures))
    waiting = all(one.state is TopUpState.REQUESTED for one in found)
    invariant(waiting and len(found) == len(failures), "a top-up fails that is not waiting")
    failed = [replace(one, state=TopUpState.FAILED, failure_code=failures[one.id]) for one in found]
    await queries.store_outcomes(scope, json_rows(failed))
    await publish(scope, [_failed(one) for one in failed])


async def _load(scope: Scope, wallet_ids: Sequence[UUID]) -> dict[UUID, Crediting]:
    found = await charging.wallets(scope, wallet_ids)
    rows: dict[UUID, list[BucketRow]] = defaultdict(list)
    for row in await charging.buckets_in_use(scope, wallet_ids):
        rows[row.wallet_id].append(row)
    burns: dict[UUID, list[Burn]] = defaultdict(list)
    for one in await wallets.burns_to_repay(scope, wallet_ids):
        burns[one.wallet_id].append(
            Burn(one.total_id, EMERGENCY, one.day, one.ordinal, one.amount, one.vat, one.repaid)
        )
    return {
        wallet.id: Crediting(
            wallet,
            tuple(rows[wallet.id]),
            purse_of(wallet, rows[wallet.id], scope.now),
            burns[wallet.id],
        )
        for wallet in found
    }


def _credit(scope: Scope, into: Crediting, asked: TopUp) -> None:
    repaid = repay(into.to_repay, min(asked.amount, into.purse.overdraft))
    amount = add_all(one.amount for one in repaid)
    rest = subtract(asked.amount, amount)
    bucket = _paid_bucket(scope, into.purse, asked.id, rest) if rest else None
    into.purse = replace(
        into.purse,
        overdraft=subtract(into.purse.overdraft, amount),
        buckets=(*into.purse.buckets, bucket) if bucket else into.purse.buckets,
    )
    into.to_repay = _less(into.to_repay, repaid)
    done = replace(
        asked,
        state=TopUpState.CREDITED,
        emergency_repaid=amount,
        bucket_id=bucket.id if bucket else None,
        credited_at=scope.now,
    )
    into.credited.append(Credited(done, tuple(repaid)))


def _less(burns: Sequence[Burn], repaid: Sequence[Repaid]) -> list[Burn]:
    """The burns after some of them were repaid."""
    paid = {(one.total_id, one.day): one.amount for one in repaid}
    return [
        replace(burn, repaid=add(burn.repaid, paid.get((burn.total_id, burn.day), ZERO)))
        for burn in burns
    ]


def _paid_bucket(scope: Scope, purse: Purse, source_id: UUID, amount: Decimal) -> Bucket:
    return Bucket(
        id=new_id(),
        kind=BucketKind.PAID,
        state=BucketState.OPEN,
        priority=0,
        scope=(),
        valid_from=scope.now,
        expires_at=None,
        amount=amount,
        spent=ZERO,
        vat=purse.vat_in(amount),
        spent_vat=ZERO,
        source_id=source_id,
        created_at=scope.now,
    )


async def _store(scope: Scope, crediting: Sequence[Crediting]) -> None:
    repaid = [
        _repaid_row(one)
        for wallet in crediting
        for credited in wallet.credited
        for one in credited.repaid
    ]
    if repaid:
        await charging.change_burns(scope, json_rows(_added_up(repaid)))
    await store_purses(scope, [(one.wallet, one.stored, one.purse) for one in crediting])
    done = [credited.top_up for wallet in crediting for credited in wallet.credited]
    await queries.store_outcomes(scope, json_rows(done))
    await charging.insert_movements(scope, json_rows(_movements(done)))


def _repaid_row(one: Repaid) -> BurnChange:
    return BurnChange(one.total_id, EMERGENCY, one.day, 0, ZERO, repaid=one.amount)


def _added_up(changes: Sequence[BurnChange]) -> list[BurnChange]:
    """One change per burn: two top-ups may repay the same one."""
    summed: dict[tuple[UUID, object], BurnChange] = {}
    for one in changes:
        before = summed.get((one.total_id, one.day))
        repaid = one.repaid if before is None else add(before.repaid, one.repaid)
        summed[one.total_id, one.day] = replace(one, repaid=repaid)
    return list(summed.values())


async def store_purses(
    scope: Scope, purses: Sequence[tuple[Wallet, tuple[BucketRow, ...], Purse]]
) -> None:
    """Write wallets and those of their buckets that are new or changed, and what expired."""
    changed: list[BucketRow] = []
    expired: list[NewMovement] = []
    rows: list[dict[str, object]] = []
    for wallet, stored, purse in purses:
        known = {row.id: row for row in stored}
        found = [bucket_row(wallet.id, bucket) for bucket in purse.buckets]
        changed += [row for row in found if row != known.get(row.id)]
        expired += expiries(wallet, stored, purse)
        rows.append(wallet_row(wallet, purse, standing_after(wallet, purse)))
    if changed:
        await charging.store_buckets(scope, json_rows(changed))
    if expired:
        await charging.insert_movements(scope, json_rows(expired))
    await charging.store_spent(scope, "[]", json_rows(rows))


def _movements(done: Sequence[TopUp]) -> list[NewMovement]:
    """What was repaid and what became credit of each top-up."""
    found: list[NewMovement] = []
    for one in done:
        credited = subtract(one.amount, one.emergency_repaid)
        parts = (
            (MovementKind.REPAID, None, one.emergency_repaid),
            (MovementKind.CREDITED, one.bucket_id, credited),
        )
        found += [
            NewMovement(new_id(), one.wallet_id, kind, bucket_id, amount, one.id)
            for kind, bucket_id, amount in parts
            if amount
        ]
    return found


def _journal(wallet: Wallet, one: Credited, money_account: str) -> NewJournal:
    repaid = one.top_up.emergency_repaid
    return NewJournal(
        id=new_id(),
        journal=top_up_journal(wallet.terms, one.top_up.amount, repaid, money_account),
        reference=f"top_up:{one.top_up.id}",
        source_id=one.top_up.id,
    )


async def _tell(scope: Scope, crediting: Sequence[Crediting]) -> None:
    events: list[Event] = []
    for one in crediting:
        after = standing_after(one.wallet, one.purse)
        events += news(one.wallet, after)
        events += [event for credited in one.credited for event in _came_in(credited)]
    await publish(scope, events)


def _came_in(one: Credited) -> list[Event]:
    data = {
        "top_up": encode_id("top", one.top_up.id),
        "currency": one.top_up.currency,
        "amount": one.top_up.amount,
        "emergency_repaid": one.top_up.emergency_repaid,
    }
    events = [Event("wallet.topped_up", one.top_up.wallet_id, data)]
    if one.repaid:
        totals = sorted({encode_id("tot", part.total_id) for part in one.repaid})
        data = {**data, "totals": totals}
        events.append(Event("wallet.emergency_repaid", one.top_up.wallet_id, data))
    return events


def _failed(one: TopUp) -> Event:
    data = {
        "top_up": encode_id("top", one.id),
        "currency": one.currency,
        "amount": one.amount,
        "failure_code": one.failure_code,
    }
    return Event("wallet.top_up_failed", one.wallet_id, data)
