"""Taking shares back and giving them back: recorded amounts in proportion, never recomputed.

A refund, a chargeback or a sale that was never paid undoes part of a total's gross. The part is
a step of the total's cumulative ``returned``, so repeated partial reversals sum to the whole.
Pending shares go before released ones. Commission returns with its share, unless its rule keeps
it for the event; what of it a statement has billed is posted back exactly (A8).
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from groschen.core.ledger import (
    Journal,
    Revenue,
    Undone,
    chargeback,
    chargeback_won,
    commission_returned,
    refund,
    sale_cancelled,
)
from groschen.core.money import ZERO, Money, add, add_all, split_exact, subtract
from groschen.core.tax import split_gross_exact
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.shares.model import (
    AgreementVersion,
    Reversal,
    ReversalExceedsSale,
    SoldTotal,
)
from groschen.features.shares.queries import totals as queries
from groschen.features.shares.service import agreements
from groschen.features.shares.service.taking import Step, Taken, give_back, take
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from groschen.kit.rows import json_rows

FEE_ACCOUNT = "REV_FEES"


async def reverse_refund(
    scope: Scope, reversal: Reversal, *, fee: tuple[Money, str, Decimal] | None
) -> None:
    """Book a refund the customer got (A7); ``fee`` is what the seller kept: gross, key, rate."""
    takes = await _take(scope, reversal)
    currency = takes[0].total.currency
    kept = [_fee_revenue(*fee)] if fee is not None and fee[0].amount else []
    await _post(scope, reversal, takes, refund(currency, _together(takes), kept))


async def reverse_chargeback(scope: Scope, reversal: Reversal, *, taken: Money, fee: Money) -> None:
    """Book that the customer's bank took ``taken`` back, and the provider's ``fee`` (A9).

    ``taken`` may exceed what is left of the sale, when part of it was refunded before; the
    seller bears what is over.
    """
    takes = await _take(scope, reversal) if reversal.amount else []
    over = subtract(taken.amount, reversal.amount)
    journal = chargeback(taken.currency, _together(takes, over), fee.amount)
    await _post(scope, reversal, takes, journal)


async def extend_chargeback(scope: Scope, reversal: Reversal, *, cause_id: UUID) -> None:
    """Undo more of a sale for a chargeback whose money the seller has borne so far.

    ``reversal`` names the chargeback as its source; ``cause_id`` is why there is more to undo.
    """
    takes = await _take(scope, reversal)
    currency = takes[0].total.currency
    borne_before = subtract(ZERO, reversal.amount)
    journal = chargeback(currency, _together(takes, borne_before), ZERO)
    await _post(scope, reversal, takes, journal, cause_id=cause_id)


async def undone_by(scope: Scope, source_id: UUID) -> Decimal:
    """How much gross one refund or chargeback has undone of its sale."""
    steps = await queries.steps_of_source(scope, source_id)
    return add_all(step.amount for step in steps)


async def cancel_sales(scope: Scope, reversals: Sequence[Reversal]) -> None:
    """Undo sales that were never paid, so that nothing is owed any more."""
    for reversal in reversals:
        takes = await _take(scope, reversal)
        total = takes[0].total
        journal = sale_cancelled(total.currency, total.customer_id, _together(takes))
        await _post(scope, reversal, takes, journal)


async def reinstate(scope: Scope, sale_id: UUID, source_id: UUID, taken: Money) -> None:
    """Give back what the chargeback ``source_id`` took, because it was won (A10).

    Its fee stays lost. ``taken`` is the money that comes back.
    """
    await queries.lock_sales(scope, [sale_id])
    totals = {total.id: total for total in await queries.lock_totals(scope, sale_id)}
    versions = await _versions(scope, totals.values())
    undone = await queries.undone_by(scope, source_id)
    gives = [
        give_back(
            totals[recorded.total_id],
            versions.get(totals[recorded.total_id].agreement_version_id),
            recorded,
            [one for one in undone if one.total_id == recorded.total_id],
            source_id,
        )
        for recorded in await queries.steps_of_source(scope, source_id)
    ]
    over = add(taken.amount, add_all(given.amount for given in gives))
    commissions = [one for given in gives for one in given.commissions]
    journal = chargeback_won(taken.currency, _together(gives, over), commissions)
    await _store(scope, "reinstatement", source_id, gives)
    reference = f"reinstatement:{source_id}"
    await ledger.post_new(scope, [NewJournal(new_id(), journal, reference, sale_id)])


async def left_of_total(scope: Scope, sale_id: UUID, total_id: UUID) -> Decimal:
    """How much of a total's gross is not undone."""
    totals = await queries.lock_totals(scope, sale_id)
    return add_all(subtract(one.gross, one.returned) for one in totals if one.id == total_id)


async def total_ids(scope: Scope, sale_id: UUID) -> dict[UUID, UUID]:
    """The totals of a sale by their owner, the order line."""
    return await queries.total_ids(scope, sale_id)


async def _take(scope: Scope, reversal: Reversal) -> list[Taken]:
    """Lock the sale, divide the reversal over its totals, and work out what each gives up."""
    await queries.lock_sales(scope, [reversal.sale_id])
    totals = await queries.lock_totals(scope, reversal.sale_id)
    wanted = [total for total in totals if reversal.total_id in (None, total.id)]
    lines = await queries.line_states(scope, [reversal.sale_id])
    versions = await _versions(scope, wanted)
    return [
        take(
            step,
            versions.get(step.total.agreement_version_id),
            [line for line in lines if line.total_id == step.total.id],
            reversal,
        )
        for step in _steps(reversal, wanted)
    ]


def _steps(reversal: Reversal, totals: Sequence[SoldTotal]) -> list[Step]:
    """Divide what is undone over the totals by what is left of each."""
    left = [subtract(total.gross, total.returned) for total in totals]
    if not ZERO < reversal.amount <= add_all(left):
        raise ReversalExceedsSale(
            f"{add_all(left):f} of this sale is left, {reversal.amount:f} cannot be undone",
            field="amount",
            hint="undo at most what was sold and not undone yet",
            left=add_all(left),
        )
    parts = split_exact(reversal.amount, left)
    return [Step(total, part) for total, part in zip(totals, parts, strict=True) if part]


async def _versions(
    scope: Scope, totals: Iterable[SoldTotal]
) -> Mapping[UUID | None, AgreementVersion]:
    """The pinned agreement versions of the totals; a total without one is not in it."""
    ids = {one.agreement_version_id for one in totals if one.agreement_version_id is not None}
    return dict((await agreements.by_ids(scope, ids)).items())


async def _post(
    scope: Scope,
    reversal: Reversal,
    takes: Sequence[Taken],
    journal: Journal,
    *,
    cause_id: UUID | None = None,
) -> None:
    """Store the movements and post the reversal; A8 is a journal of its own beside it.

    ``cause_id`` is what is booked; the source of the reversal if it is not given.
    """
    await _store(scope, reversal.event, reversal.source_id, takes)
    cause_id = cause_id or reversal.source_id
    reference = f"{reversal.event}:{cause_id}"
    journals = [NewJournal(new_id(), journal, reference, reversal.sale_id)]
    returned = [one for taken in takes for one in taken.commissions]
    if returned:
        back = commission_returned(journal.currency, returned)
        reference = f"commission_returned:{cause_id}"
        journals.append(NewJournal(new_id(), back, reference, reversal.sale_id))
    await ledger.post_new(scope, journals)


async def _store(scope: Scope, event: str, source_id: UUID, takes: Sequence[Taken]) -> None:
    movements = [row for taken in takes for row in taken.movements]
    if movements:
        await queries.insert_movements(scope, json_rows(movements))
    rows = [
        {
            "id": new_id(),
            "source_id": source_id,
            "total_id": taken.total.id,
            "event": event,
            "amount": taken.amount,
            "net": _signed(taken, taken.net),
            "tax": _signed(taken, taken.tax),
            "borne": _signed(taken, taken.borne),
        }
        for taken in takes
    ]
    await queries.insert_reversals(scope, json_rows(rows))


def _signed(taken: Taken, amount: Decimal) -> Decimal:
    """Amounts of a step back are recorded negative, so that a source sums to what stands undone."""
    return amount if taken.amount > 0 else subtract(ZERO, amount)


def _together(takes: Sequence[Taken], over: Decimal = ZERO) -> Undone:
    """What all totals give up, as one; ``over`` is borne by the seller on top."""
    costs = [share.amount for taken in takes if not taken.is_agent for share in taken.shares]
    return Undone(
        shares=tuple(share for taken in takes for share in taken.shares),
        revenue=tuple(taken.revenue for taken in takes if taken.revenue.gross),
        borne=add(over, add_all(taken.borne for taken in takes)),
        cost=add_all(costs),
    )


def _fee_revenue(gross: Money, key: str, rate: Decimal) -> Revenue:
    split = split_gross_exact(gross, rate)
    return Revenue(FEE_ACCOUNT, split.net.amount, split.tax.amount, key)
