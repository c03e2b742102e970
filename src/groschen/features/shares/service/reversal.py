"""Taking shares back and giving them back: recorded amounts in proportion, never recomputed.

A refund, a chargeback or a sale that was never paid undoes part of a total's gross. The part is
a step of the total's cumulative ``returned``, so repeated partial reversals sum to the whole.
Pending shares go before released ones. Commission returns with its share, unless its rule keeps
it for the event; what of it a statement has billed is posted back exactly (A8).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from groschen.core.ledger import (
    Journal,
    Revenue,
    Undone,
    chargeback,
    chargeback_won,
    commission_returned,
    conceded_shares,
    refund,
    sale_cancelled,
)
from groschen.core.money import ZERO, Money, add, add_all, split_exact, subtract
from groschen.core.tax import split_gross_exact
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.shares.model import (
    AgreementVersion,
    Concession,
    KeptFee,
    LineState,
    RefundMade,
    Reversal,
    ReversalEvent,
    SoldTotal,
)
from groschen.features.shares.queries import totals as queries
from groschen.features.shares.service import agreements
from groschen.features.shares.service.taking import Step, Taken, give_back, take
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from groschen.kit.rows import json_rows

FEE_ACCOUNT = "REV_FEES"
REINSTATEMENT = "reinstatement"


@dataclass(frozen=True, slots=True)
class Books:
    """The totals of some sales with their share lines and pinned agreements, locked."""

    totals: Mapping[UUID, Sequence[SoldTotal]]
    lines: Mapping[UUID, Sequence[LineState]]
    versions: Mapping[UUID | None, AgreementVersion]

    def wanted(self, reversal: Reversal) -> list[SoldTotal]:
        """The totals that a reversal concerns."""
        totals = self.totals.get(reversal.sale_id, ())
        return [total for total in totals if reversal.total_id in (None, total.id)]


@dataclass(frozen=True, slots=True)
class Booking:
    """What one cause does: its steps, and the journal of the money it moved."""

    event: str
    source_id: UUID
    sale_id: UUID
    takes: Sequence[Taken]
    journal: Journal


async def reverse_refunds(scope: Scope, refunds: Sequence[RefundMade]) -> None:
    """Book refunds that customers got (A7, and A8 for commission that was billed before).

    Where less is left of a sale than was refunded (a chargeback came between), all that is
    left is undone and the seller bears the rest.
    """
    for batch in _one_a_sale(refunds):
        books = await _load(scope, [one.reversal.sale_id for one in batch])
        await _book(scope, [_refund(books, one) for one in batch])


async def reverse_chargeback(
    scope: Scope, reversal: Reversal, *, taken: Money, fee: Money, fee_account: str
) -> None:
    """Book that the customer's bank took ``taken`` back, and the provider's ``fee`` (A9).

    ``taken`` may exceed what is left of the sale, when part of it was refunded before; the
    seller bears what is over.
    """
    books = await _load(scope, [reversal.sale_id])
    takes = _take(books, reversal)
    undone = _together(takes, lost=subtract(taken.amount, _amount(takes)))
    journal = chargeback(taken.currency, undone, fee.amount, fee_account)
    await _book(scope, [_booking(reversal, takes, journal)])


async def concede(scope: Scope, note_id: UUID, concessions: Sequence[Concession]) -> None:
    """Undo the partners' shares of what the credit note ``note_id`` gave back for good.

    Revenue and VAT fell with the note itself; what it took of them although it was held for
    others is theirs to give. A total comes once. Where usage has fallen since, so that less is
    left of a total than the note gives back, all that is left is undone.
    """
    if not concessions:
        return
    books = await _load(scope, [one.total_id for one in concessions])
    given = [(one, taken) for one in concessions for taken in _conceded(books, one, note_id)]
    if not given:
        return
    takes = [taken for _, taken in given]
    held = [one for one, taken in given if taken.is_agent]
    for_others = [taken for taken in takes if taken.is_agent]
    lost = subtract(add_all(one.gross for one in held), _amount(for_others))
    undone = replace(_together(takes, lost), revenue=_together(for_others).revenue)
    journal = conceded_shares(takes[0].total.currency, undone, [one.given_up for one in held])
    await _book(scope, [Booking(ReversalEvent.REFUND, note_id, note_id, takes, journal)])


async def cancel_sales(scope: Scope, reversals: Sequence[Reversal]) -> None:
    """Undo sales that were never paid, so that nothing is owed any more; a sale comes once."""
    if not reversals:
        return
    books = await _load(scope, [one.sale_id for one in reversals])
    await _book(scope, [_cancellation(books, one) for one in reversals])


async def reinstate(scope: Scope, sale_id: UUID, source_id: UUID, taken: Money) -> None:
    """Give back what the chargeback ``source_id`` took, because it was won (A10).

    Its fee stays lost. ``taken`` is the money that comes back.
    """
    books = await _load(scope, [sale_id])
    amounts = await queries.undone_amounts(scope, source_id)
    undone = await queries.undone_by(scope, sale_id, source_id)
    gives = [
        give_back(
            Step(total, subtract(ZERO, amounts[total.id]), ReversalEvent.CHARGEBACK),
            books.versions.get(total.agreement_version_id),
            books.lines.get(total.id, ()),
            undone,
            source_id,
        )
        for total in books.totals.get(sale_id, ())
        if total.id in amounts
    ]
    commissions = [one for given in gives for one in given.commissions]
    undone_again = _together(gives, lost=add(taken.amount, _amount(gives)))
    journal = chargeback_won(taken.currency, undone_again, commissions)
    await _store(scope, [Booking(REINSTATEMENT, source_id, sale_id, gives, journal)])
    reference = f"{REINSTATEMENT}:{source_id}"
    await ledger.post_new(scope, [NewJournal(new_id(), journal, reference, sale_id)])


async def left(scope: Scope, sale_id: UUID, total_id: UUID | None) -> Decimal:
    """How much gross of a sale, or of one of its totals, is not undone; locks the sale."""
    await queries.lock_sales(scope, [sale_id])
    totals = await queries.lock_totals(scope, [sale_id])
    return add_all(_left(total) for total in totals if total_id in (None, total.id))


async def total_ids(scope: Scope, sale_id: UUID) -> dict[UUID, UUID]:
    """The totals of a sale by their owner, the order line."""
    return await queries.total_ids(scope, sale_id)


def _one_a_sale(refunds: Sequence[RefundMade]) -> list[list[RefundMade]]:
    """Split into batches in which a sale comes once: its second refund builds on the first."""
    batches: list[dict[UUID, RefundMade]] = []
    for one in refunds:
        sale_id = one.reversal.sale_id
        batch = next((batch for batch in batches if sale_id not in batch), None)
        if batch is None:
            batches.append(batch := {})
        batch[sale_id] = one
    return [list(batch.values()) for batch in batches]


async def _load(scope: Scope, sale_ids: Sequence[UUID]) -> Books:
    await queries.lock_sales(scope, sale_ids)
    totals = await queries.lock_totals(scope, sale_ids)
    lines = await queries.line_states(scope, sale_ids)
    ids = {one.agreement_version_id for one in totals if one.agreement_version_id is not None}
    by_sale: dict[UUID, list[SoldTotal]] = {}
    for total in totals:
        by_sale.setdefault(total.sale_id, []).append(total)
    by_total: dict[UUID, list[LineState]] = {}
    for line in lines:
        by_total.setdefault(line.total_id, []).append(line)
    return Books(by_sale, by_total, dict((await agreements.by_ids(scope, ids)).items()))


def _refund(books: Books, made: RefundMade) -> Booking:
    """A fee is earned only as far as something was undone that it can be taken from."""
    reversal, back = made.reversal, made.back
    takes = _take(books, reversal)
    undone = _amount(takes)
    fee = made.fee if made.fee is not None and made.fee.gross <= undone else None
    kept = [_fee_revenue(fee, back.currency)] if fee is not None and fee.gross else []
    lost = subtract(add(back.amount, add_all(one.gross for one in kept)), undone)
    journal = refund(back.currency, _together(takes, lost=lost), kept)
    return _booking(reversal, takes, journal)


def _cancellation(books: Books, reversal: Reversal) -> Booking:
    takes = _take(books, reversal)
    total = takes[0].total
    return _booking(
        reversal, takes, sale_cancelled(total.currency, total.customer_id, _together(takes))
    )


def _conceded(books: Books, one: Concession, note_id: UUID) -> list[Taken]:
    reversal = Reversal(one.total_id, None, one.gross, ReversalEvent.REFUND, note_id)
    is_left = any(_left(total) > 0 for total in books.wanted(reversal))
    return _take(books, reversal) if is_left else []


def _take(books: Books, reversal: Reversal) -> list[Taken]:
    """Divide the reversal over the totals it concerns, and work out what each gives up."""
    return [
        take(
            step,
            books.versions.get(step.total.agreement_version_id),
            books.lines.get(step.total.id, ()),
            reversal.source_id,
        )
        for step in _steps(reversal, books.wanted(reversal))
    ]


def _steps(reversal: Reversal, totals: Sequence[SoldTotal]) -> list[Step]:
    """Divide what is undone over the totals by what is left of each, at most all of it."""
    left_of = [_left(total) for total in totals]
    amount = min(reversal.amount, add_all(left_of))
    if not amount:
        return []
    parts = split_exact(amount, left_of)
    return [
        Step(total, part, reversal.event) for total, part in zip(totals, parts, strict=True) if part
    ]


def _left(total: SoldTotal) -> Decimal:
    return subtract(total.gross, total.returned)


def _amount(takes: Iterable[Taken]) -> Decimal:
    return add_all(taken.amount for taken in takes)


def _booking(reversal: Reversal, takes: Sequence[Taken], journal: Journal) -> Booking:
    return Booking(reversal.event, reversal.source_id, reversal.sale_id, takes, journal)


async def _book(scope: Scope, bookings: Sequence[Booking]) -> None:
    """Store the movements and post the reversals; A8 is a journal of its own beside it."""
    await _store(scope, bookings)
    await ledger.post_new(scope, [one for booking in bookings for one in _journals(booking)])


def _journals(booking: Booking) -> list[NewJournal]:
    """None for a refund of which everything was kept and nothing undone."""
    if not booking.journal.entries:
        return []
    reference = f"{booking.event}:{booking.source_id}"
    journals = [NewJournal(new_id(), booking.journal, reference, booking.sale_id)]
    returned = [one for taken in booking.takes for one in taken.commissions]
    if returned:
        back = commission_returned(booking.journal.currency, returned)
        reference = f"commission_returned:{booking.source_id}"
        journals.append(NewJournal(new_id(), back, reference, booking.sale_id))
    return journals


async def _store(scope: Scope, bookings: Sequence[Booking]) -> None:
    movements = [row for one in bookings for taken in one.takes for row in taken.movements]
    if movements:
        await queries.insert_movements(scope, json_rows(movements))
    steps = [_step_row(one, taken) for one in bookings for taken in one.takes]
    if steps:
        await queries.insert_reversals(scope, json_rows(steps))


def _step_row(booking: Booking, taken: Taken) -> dict[str, object]:
    return {
        "id": new_id(),
        "source_id": booking.source_id,
        "total_id": taken.total.id,
        "event": booking.event,
        "amount": taken.amount,
        "net": _signed(taken, taken.net),
        "tax": _signed(taken, taken.tax),
        "borne": _signed(taken, taken.borne),
    }


def _signed(taken: Taken, amount: Decimal) -> Decimal:
    """Amounts of a step back are recorded negative, so that a source sums to what stands undone."""
    return amount if taken.amount > 0 else subtract(ZERO, amount)


def _together(takes: Sequence[Taken], lost: Decimal = ZERO) -> Undone:
    """What all totals give up, as one; ``lost`` is money of the seller on top."""
    costs = [share.amount for taken in takes if not taken.is_agent for share in taken.shares]
    return Undone(
        shares=tuple(share for taken in takes for share in taken.shares),
        revenue=tuple(taken.revenue for taken in takes if taken.revenue.gross),
        borne=add_all(taken.borne for taken in takes),
        cost=add_all(costs),
        lost=lost,
    )


def _fee_revenue(fee: KeptFee, currency: str) -> Revenue:
    split = split_gross_exact(Money(fee.gross, currency), fee.tax_rate)
    return Revenue(FEE_ACCOUNT, split.net.amount, split.tax.amount, fee.tax_key)
