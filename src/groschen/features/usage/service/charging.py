"""Charging what comes from time: windows, one-time prices, packages, minimums at their close.

A charge is a fact with an id of its own (component, window, segment), and what a contract says
now replaces what it said before. So charging twice changes nothing, and after a change of plan,
quantity or end the difference is booked, which may be a credit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

from groschen.core.canonical import EventHash
from groschen.core.components import ComponentKind
from groschen.core.credit import BucketKind
from groschen.core.errors import GroschenError
from groschen.core.money import Money, multiply, round12
from groschen.features.subscriptions import service as subscriptions
from groschen.features.usage.model import Charge, DatedFact
from groschen.features.usage.queries import charging as queries
from groschen.features.usage.service.dues import Due, dues, next_due
from groschen.features.usage.service.totals import book_charges, lock_owners
from groschen.features.wallets import service as wallets
from groschen.features.wallets.model import Grant
from groschen.kit.logs import logger
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from decimal import Decimal

    from groschen.core.totals import TotalKey
    from groschen.features.usage.queries.charging import ChargedTotal
    from groschen.kit.db import Scope

log = logger(__name__)

SOURCE: Final = "groschen"
AT_ONCE: Final = 200
LONGEST_SPAN: Final = timedelta(days=31)
"""How much of the past is charged in one transaction, after a long pause."""


@dataclass(frozen=True, slots=True)
class Charged:
    """What one transaction did: items ``charged``, and those ``refused`` that stay due."""

    charged: tuple[UUID, ...]
    refused: Mapping[UUID, GroschenError]


async def charge_due(scope: Scope, limit: int = AT_ONCE, skip: Collection[UUID] = ()) -> Charged:
    """Charge at most ``limit`` items that are due, and set when they are due next.

    After a long pause an item may be due again at once. One that cannot be charged (a rate is
    missing, its wallet is closed) stays due and does not keep out the others.
    """
    since = await subscriptions.claim_due(scope, limit, skip)
    try:
        async with scope.conn.transaction():
            await charge_items(scope, since)
        return Charged(tuple(since), {})
    except GroschenError:
        return await _one_by_one(scope, since)


async def _one_by_one(scope: Scope, since: Mapping[UUID, datetime]) -> Charged:
    refused: dict[UUID, GroschenError] = {}
    for item_id, at in since.items():
        try:
            async with scope.conn.transaction():
                await charge_items(scope, {item_id: at})
        except GroschenError as refusal:
            refused[item_id] = refusal
            log.warning(
                "usage_charging_refused",
                item_id=str(item_id),
                code=refusal.code,
                detail=refusal.detail,
                hint=refusal.hint,
            )
    return Charged(tuple(one for one in since if one not in refused), refused)


async def charge_items(scope: Scope, since: Mapping[UUID, datetime]) -> None:
    """Charge what is due of items since the instants given; the items are locked."""
    if not since:
        return
    await lock_owners(scope, since.keys())
    contracts = await subscriptions.contracts(scope, since.keys())
    upto = {item_id: min(scope.now, at + LONGEST_SPAN) for item_id, at in since.items()}
    found = [
        due
        for item_id, contract in contracts.items()
        for due in dues(contract, since[item_id], upto[item_id])
    ]
    await _book(scope, found)
    await subscriptions.set_charge_at(
        scope,
        {item_id: next_due(contract, upto[item_id]) for item_id, contract in contracts.items()},
    )


async def _book(scope: Scope, found: Sequence[Due]) -> None:
    charged = await queries.charged(scope, json_rows([_key_row(due.key) for due in found]))
    changed = [due for due in found if _is_new(due, charged.get(due.key))]
    await subscriptions.windows(scope, {due.window_key for due in changed})
    await book_charges(scope, [_charge(due, charged.get(due.key)) for due in changed])
    for due in changed:
        if due.component.kind is ComponentKind.PREPAID_PACKAGE:
            await _give_credit(scope, due)


def _key_row(key: TotalKey) -> dict[str, object]:
    return {
        "owner_id": key.owner_id,
        "component": key.component,
        "window_id": key.window_id,
        "segment": key.segment,
    }


def _is_new(due: Due, before: ChargedTotal | None) -> bool:
    """Whether something has to be booked. A minimum closes once, and again when its part ends."""
    if before is None:
        return not due.is_over
    if due.component.kind is ComponentKind.MINIMUM:
        return True
    return (before.amount, before.quantity) != (due.amount, due.quantity)


def _charge(due: Due, before: ChargedTotal | None) -> Charge:
    added = () if due.is_over else (_fact(due, due.amount, due.quantity),)
    removed = () if before is None else (_fact(due, before.amount, before.quantity),)
    if due.component.kind is ComponentKind.MINIMUM:
        added = removed = ()
    return Charge(
        key=due.key,
        contract=due.contract,
        segment=due.segment,
        component=due.component,
        rule=due.rule,
        window=due.window,
        added=added,
        removed=tuple(fact for fact in removed if before is not None and _counts(before)),
    )


def _counts(before: ChargedTotal) -> bool:
    """Whether a total holds a fact; one that was taken back does not."""
    return bool(before.amount or before.quantity)


def _fact(due: Due, amount: Decimal, quantity: Decimal) -> DatedFact:
    fact_id = f"{due.key.component}:{due.window.id}:{due.key.segment}"
    money = Money(amount, due.contract.currency)
    fact = due.rule.fact(SOURCE, fact_id, due.starts_at, money, quantity)
    body = {"id": fact_id, "amount": amount, "quantity": quantity}
    return DatedFact(due.day, fact, EventHash().plus(body).value)


async def _give_credit(scope: Scope, due: Due) -> None:
    """Give the credit of a package, once; its price is charged like any other.

    The credit is paid credit: what it pays for counts as paid by the customer. It lasts from
    now on, for the days that the package says.
    """
    terms, wallet_id = due.component.credit, due.contract.wallet_id
    if terms is None or wallet_id is None:
        return
    days = terms.valid_days
    given = Grant(
        amount=round12(multiply(terms.amount.amount, due.quantity)),
        kind=BucketKind.PAID,
        expires_at=None if days is None else scope.now + timedelta(days=days),
    )
    grant_id = uuid5(due.contract.item_id, f"package:{due.component.id}")
    await wallets.grant(scope, wallet_id, given, grant_id=grant_id)
