"""Releasing shares: what of a sale is paid is owed to the partners (A3)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.ledger import PartyAmount, shares_released
from groschen.core.money import ZERO, add, round12, subtract
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.shares.model import LineState, MovementKind, Release
from groschen.features.shares.queries import totals as queries
from groschen.features.shares.service.movements import Moved, movement
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from groschen.kit.rows import json_rows


async def release(scope: Scope, releases: Sequence[Release]) -> None:
    """Release ``paid / gross`` of each sale's shares, less what was released before.

    Cumulative: whatever the steps, all paid means all released. Commission follows its share.
    """
    if not releases:
        return
    sale_ids = sorted(one.sale_id for one in releases)
    invariant(len(set(sale_ids)) == len(sale_ids), "one sale is released twice in one step")
    await queries.lock_sales(scope, sale_ids)
    lines = await queries.line_states(scope, sale_ids)
    by_sale = _by_sale(lines)
    rows: list[dict[str, object]] = []
    journals: list[NewJournal] = []
    for one in releases:
        part = Fraction(one.paid) / Fraction(one.gross)
        steps = [(line, *_step(line, part)) for line in by_sale.get(one.sale_id, ())]
        rows += [
            movement(
                line,
                Moved(MovementKind.RELEASED, "pending", "released", amount, vat),
                one.source_id,
            )
            for line, amount, vat in steps
            if amount or vat
        ]
        journals += _journal(one, [(line, amount) for line, amount, _ in steps])
    if rows:
        await queries.insert_movements(scope, json_rows(rows))
    await ledger.post_new(scope, journals)


def _step(line: LineState, part: Fraction) -> tuple[Decimal, Decimal]:
    """What is released now of a line and its VAT; never more than is pending."""
    return (
        _portion(line.amount, part, line.released, line.pending),
        _portion(line.vat_amount, part, line.vat_released, line.vat_pending),
    )


def _portion(whole: Decimal, part: Fraction, released: Decimal, pending: Decimal) -> Decimal:
    reached = whole if part == 1 else round12(Fraction(whole) * part)
    due = subtract(reached, released)
    if whole < 0:
        return min(ZERO, max(due, pending))
    return max(ZERO, min(due, pending))


def _journal(one: Release, steps: Iterable[tuple[LineState, Decimal]]) -> list[NewJournal]:
    by_party: dict[UUID, Decimal] = {}
    currency = ""
    for line, amount in steps:
        if line.kind == "share" and amount:
            by_party[line.beneficiary_id] = add(by_party.get(line.beneficiary_id, ZERO), amount)
            currency = line.currency
    if not by_party:
        return []
    journal = shares_released(
        currency, [PartyAmount(party_id, amount) for party_id, amount in by_party.items()]
    )
    reference = f"release:{one.source_id}:{one.sale_id}"
    return [NewJournal(new_id(), journal, reference, one.sale_id)]


def _by_sale(lines: Sequence[LineState]) -> Mapping[UUID, list[LineState]]:
    grouped: dict[UUID, list[LineState]] = defaultdict(list)
    for line in lines:
        grouped[line.sale_id].append(line)
    return grouped
