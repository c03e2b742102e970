"""Where shares stand: by sale, by partner, and on which statement they went."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from groschen.core.money import ZERO, subtract
from groschen.features.shares.model import MovementKind, TracedMovement
from groschen.features.shares.queries import standing as queries
from groschen.features.shares.standing_model import (
    LineBalances,
    Parts,
    ShareState,
    Standing,
    StatedPart,
    UndoneOfSale,
)
from groschen.kit.db import Scope
from groschen.kit.http import Slice


async def of_sale(scope: Scope, sale_id: UUID) -> list[Standing]:
    """The partners' parts of a sale in the order they were worked out; a partner sees its own."""
    party_id = scope.actor.party_id
    lines = [
        line
        for line in await queries.lines_of_sale(scope, sale_id)
        if party_id in (None, line.beneficiary_id)
    ]
    return standings(lines)


async def of_partner(scope: Scope, beneficiary_id: UUID, asked: Slice) -> list[LineBalances]:
    """A page of a partner's shares, newest first; a partner's actor sees its own or nothing."""
    if scope.actor.party_id not in (None, beneficiary_id):
        return []
    return await queries.lines_of_partner(scope, beneficiary_id, asked.bounds)


async def undone(scope: Scope, source_ids: Sequence[UUID]) -> list[UndoneOfSale]:
    """What these refunds, disputes and payments undid of their sale, oldest first."""
    return await queries.undone_by_sources(scope, source_ids) if source_ids else []


def standings(lines: Iterable[LineBalances]) -> list[Standing]:
    """Put each share line together with the commission lines on it."""
    groups: dict[tuple[UUID, UUID, str], list[LineBalances]] = {}
    rule_of: dict[UUID, str] = {}
    for line in lines:
        rule = line.rule if line.of_line_id is None else rule_of.get(line.of_line_id, line.rule)
        rule_of[line.id] = rule
        groups.setdefault((line.total_id, line.beneficiary_id, rule), []).append(line)
    return [_standing(group) for group in groups.values()]


def _standing(group: Sequence[LineBalances]) -> Standing:
    shares = [line for line in group if line.kind == "share"]
    first = (shares or group)[0]
    booked, holds = Parts(), Parts()
    for line in group:
        booked = booked.plus(_parts(line, taken_back=False))
        holds = holds.plus(_parts(line, taken_back=True))
    return Standing(
        total_id=first.total_id,
        beneficiary_id=first.beneficiary_id,
        agreement_version_id=first.agreement_version_id,
        rule=first.rule,
        currency=first.currency,
        base=first.base,
        factors=factors_of(first.factors),
        booked=booked,
        holds=holds,
        state=_state(shares or group),
    )


def _parts(line: LineBalances, *, taken_back: bool) -> Parts:
    amount = subtract(line.amount, line.reversed) if taken_back else line.amount
    if line.kind == "share":
        return Parts(share=amount)
    vat = subtract(line.vat_amount, line.vat_reversed) if taken_back else line.vat_amount
    return Parts(commission=amount, vat=vat)


def _state(lines: Sequence[LineBalances]) -> ShareState:
    """The state furthest from being paid; lines that were wholly taken back count last."""
    order = (
        ShareState.PENDING,
        ShareState.RELEASED,
        ShareState.STATED,
        ShareState.PAID,
        ShareState.DISPUTED,
        ShareState.REVERSED,
    )
    return min((line.state for line in lines), key=order.index)


def factors_of(text: str) -> dict[str, str]:
    """The numbers a part came about by, as they are stored with it."""
    return msgspec.json.decode(text, type=dict[str, str])


def stated_parts(
    lines: Iterable[tuple[UUID, UUID, str]], movements: Iterable[TracedMovement]
) -> list[StatedPart]:
    """What each statement took over for each partner, in the order of the statements' movements.

    ``lines`` are the id, beneficiary and kind of the sale's lines.
    """
    known = {line_id: (beneficiary_id, kind) for line_id, beneficiary_id, kind in lines}
    parts: dict[tuple[UUID, UUID], Parts] = {}
    for movement in movements:
        if movement.kind is not MovementKind.STATED or movement.share_line_id not in known:
            continue
        beneficiary_id, kind = known[movement.share_line_id]
        part = (
            Parts(share=movement.amount)
            if kind == "share"
            else Parts(ZERO, movement.amount, movement.vat_amount)
        )
        key = (beneficiary_id, movement.source_id)
        parts[key] = parts.get(key, Parts()).plus(part)
    return [
        StatedPart(beneficiary_id, statement_id, part)
        for (beneficiary_id, statement_id), part in parts.items()
    ]
