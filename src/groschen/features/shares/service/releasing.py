"""Releasing the shares of usage totals: each total is a sale of its own, paid bit by bit.

Unlike an order, a total grows after it was paid, and what was paid can fall. So the part that
is owed is taken of all lines of a rule and partner together, and a release can be taken back.
What was conceded of a total, and what that undid of its shares, counts on neither side.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.ledger import PartyAmount, shares_released
from groschen.core.money import ZERO, add, add_all, round12, subtract
from groschen.core.shares import Release as ReleaseTrigger
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.shares.model import AgreementVersion, LineState, MovementKind, Release
from groschen.features.shares.queries import totals as queries
from groschen.features.shares.service import agreements
from groschen.features.shares.service.movements import Moved, movement
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from groschen.kit.rows import json_rows

Group: TypeAlias = tuple[UUID, str, str, UUID]
"""Total, rule, kind and beneficiary."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An amount, or the VAT, of one line: what of it stands, and what of that is pending."""

    whole: Decimal
    pending: Decimal

    @property
    def released(self) -> Decimal:
        """What of it was released and not taken back."""
        return subtract(self.whole, self.pending)


async def lock(scope: Scope, total_ids: Sequence[UUID]) -> None:
    """Let nobody else change the shares of these totals until the transaction ends."""
    await queries.lock_sales(scope, total_ids)


async def pinned(scope: Scope, total_ids: Sequence[UUID]) -> dict[UUID, AgreementVersion | None]:
    """The agreement version under which each of these totals is shared, if it was booked before.

    A total keeps the version of its first booking; None says that none applies.
    """
    found = await queries.pinned_versions(scope, total_ids)
    versions = await agreements.by_ids(scope, {one for one in found.values() if one})
    return {
        total_id: None if version_id is None else versions[version_id]
        for total_id, version_id in found.items()
    }


async def release_totals(scope: Scope, releases: Sequence[Release], source_id: UUID) -> None:
    """Bring what is released of totals to ``paid / gross`` of their shares, up or down.

    ``sale_id`` is the total. Totals whose agreement releases with the sale, or has none, are
    left alone. One journal for all of them, under ``source_id``, which is new for each call.
    """
    if not releases:
        return
    asked = {one.sale_id: one for one in releases}
    invariant(len(asked) == len(releases), "one total is released twice in one step")
    await queries.lock_sales(scope, list(asked))
    on_payment = await _released_by_payment(scope, list(asked))
    if not on_payment:
        return
    returned = await queries.returned(scope, on_payment)
    part_of = {one: _part(asked[one], returned[one]) for one in on_payment}
    lines = await queries.line_states(scope, on_payment)
    steps = [step for group in _grouped(lines) for step in _steps(group, part_of)]
    moved = [(line, amount, vat) for line, amount, vat in steps if amount or vat]
    if not moved:
        return
    rows = [
        movement(line, Moved(MovementKind.RELEASED, "pending", "released", amount, vat), source_id)
        for line, amount, vat in moved
    ]
    await queries.insert_movements(scope, json_rows(rows))
    await ledger.post_new(scope, _journals(moved, source_id))


async def _released_by_payment(scope: Scope, total_ids: Sequence[UUID]) -> list[UUID]:
    return sorted(
        total_id
        for total_id, version in (await pinned(scope, total_ids)).items()
        if version is not None and version.terms.release is ReleaseTrigger.ON_PAYMENT
    )


def _part(one: Release, returned: Decimal) -> Fraction:
    """What of a total is paid, from nothing to all; of a total of zero nothing is left to pay.

    ``returned`` is given back for good, so that nobody has to pay it.
    """
    owed = subtract(one.gross, returned)
    if not owed:
        return Fraction(1)
    return max(Fraction(0), min(Fraction(1), Fraction(one.paid) / Fraction(owed)))


def _grouped(lines: Iterable[LineState]) -> list[list[LineState]]:
    groups: dict[Group, list[LineState]] = defaultdict(list)
    for line in lines:
        groups[line.sale_id, line.rule, line.kind, line.beneficiary_id].append(line)
    return list(groups.values())


def _steps(
    lines: Sequence[LineState], part_of: Mapping[UUID, Fraction]
) -> list[tuple[LineState, Decimal, Decimal]]:
    """What is released now of each line of a group, and of its VAT."""
    part = part_of[lines[0].sale_id]
    amounts = _moved(
        [Standing(subtract(one.amount, one.undone), one.pending) for one in lines], part
    )
    vats = _moved(
        [Standing(subtract(one.vat_amount, one.vat_undone), one.vat_pending) for one in lines], part
    )
    return list(zip(lines, amounts, vats, strict=True))


def _moved(lines: Sequence[Standing], part: Fraction) -> list[Decimal]:
    """What moves from pending to released of each line; negative goes back.

    What is due is the part of the whole less what was released. It is taken from lines that
    have it pending, in their order; a release is taken back from the last line first.
    """
    whole = add_all(line.whole for line in lines)
    target = whole if part == 1 else round12(Fraction(whole) * part)
    due = subtract(target, *(line.released for line in lines))
    if due == add_all(line.pending for line in lines):
        return [line.pending for line in lines]
    moved = [ZERO for _ in lines]
    for index, line in enumerate(lines):
        moved[index] = _toward(due, line.pending)
        due = subtract(due, moved[index])
    for index, line in reversed(list(enumerate(lines))):
        back = subtract(ZERO, _toward(subtract(ZERO, due), line.released))
        moved[index] = add(moved[index], back)
        due = subtract(due, back)
    return moved


def _toward(due: Decimal, there: Decimal) -> Decimal:
    """As much of ``due`` as ``there`` has, none when their signs differ."""
    if due > 0:
        return min(due, max(there, ZERO))
    return max(due, min(there, ZERO))


def _journals(
    moved: Iterable[tuple[LineState, Decimal, Decimal]], source_id: UUID
) -> list[NewJournal]:
    """One journal a currency."""
    by_currency: dict[str, dict[UUID, Decimal]] = defaultdict(dict)
    for line, amount, _ in moved:
        if line.kind == "share":
            parties = by_currency[line.currency]
            parties[line.beneficiary_id] = add(parties.get(line.beneficiary_id, ZERO), amount)
    return [
        NewJournal(
            new_id(),
            shares_released(currency, [PartyAmount(*one) for one in parties.items()]),
            f"release:{source_id}:{currency}",
            source_id,
        )
        for currency, parties in sorted(by_currency.items())
        if any(parties.values())
    ]
