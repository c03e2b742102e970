"""What one total gives up in a reversal, and what it gets back when the reversal is undone.

How much of a share, a commission or the seller's revenue stands undone follows from two figures
alone: what of the total's gross is undone, and what of that by chargebacks. So steps in any
order, forward and back, end where they should, to the twelfth decimal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias
from uuid import UUID

from groschen.core.ledger import ReturnedCommission, Revenue, UndoneShare
from groschen.core.money import ZERO, add, subtract
from groschen.core.shares import (
    OnReversal,
    SellerRole,
    ShareRule,
    portion_between,
    portions_between,
)
from groschen.core.tax import tax_key
from groschen.features.shares.model import (
    AgreementVersion,
    LineState,
    MovementKind,
    ReversalEvent,
    SoldTotal,
    UndoneMovement,
)
from groschen.features.shares.service.movements import Moved, movement

Span: TypeAlias = tuple[Fraction, Fraction]
"""Which fraction was undone before a step, and which is after it."""


@dataclass(frozen=True, slots=True)
class Step:
    """``amount`` of a total's gross is undone now by an event; negative gives it back."""

    total: SoldTotal
    amount: Decimal
    event: ReversalEvent

    def span(self, rule: ShareRule | None) -> Span:
        """From which to which fraction of what a rule gave is undone by this step.

        What the rule keeps for an event is not undone by it; a sale that was never paid is
        undone as a whole. None stands for the seller's own part, which is never kept.
        """
        if self.event is ReversalEvent.CANCELLATION:
            rule = None
        after = replace(
            self.total,
            returned=add(self.total.returned, self.amount),
            charged_back=add(
                self.total.charged_back,
                self.amount if self.event is ReversalEvent.CHARGEBACK else ZERO,
            ),
        )
        return _undone_of(self.total, rule), _undone_of(after, rule)


def _undone_of(total: SoldTotal, rule: ShareRule | None) -> Fraction:
    undone = total.returned
    if rule is not None and rule.on_chargeback is OnReversal.KEEP:
        undone = subtract(undone, total.charged_back)
    if rule is not None and rule.on_refund is OnReversal.KEEP:
        undone = subtract(undone, subtract(total.returned, total.charged_back))
    return Fraction(undone) / Fraction(total.gross)


@dataclass(slots=True)
class Taken:
    """What one step does to one total: movements, and the positive amounts for its journals.

    ``amount`` is the step; ``borne`` is what the seller pays because a partner keeps its share.
    """

    total: SoldTotal
    amount: Decimal
    is_agent: bool
    net: Decimal = ZERO
    tax: Decimal = ZERO
    borne: Decimal = ZERO
    movements: list[dict[str, object]] = field(default_factory=list)
    shares: list[UndoneShare] = field(default_factory=list)
    commissions: list[ReturnedCommission] = field(default_factory=list)

    @property
    def revenue(self) -> Revenue:
        """What of the seller's own revenue is undone."""
        total = self.total
        return Revenue(total.revenue_account, self.net, self.tax, total.tax_key)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of a line is taken from, or was taken from, and how much of it is there."""

    state: str
    amount: Decimal = ZERO
    vat_amount: Decimal = ZERO
    posted: bool = False


def take(
    step: Step, version: AgreementVersion | None, lines: Sequence[LineState], source_id: UUID
) -> Taken:
    """Take the step's part of a total's shares, commissions and revenue back."""
    taken = Taken(step.total, step.amount, is_agent(version))
    kind = _kind(step.event)
    shares, commissions = _of_kind(lines, "share"), _of_kind(lines, "commission")
    for line, portion in zip(shares, _portions(step, version, shares, taken), strict=True):
        for part in _shared_out(portion, ZERO, (_pending(line), Place("released"))):
            taken.movements.append(_moved(line, kind, part, source_id))
            taken.shares.append(_undone(line, part))
    for line in commissions:
        for part in _shared_out(*_commission_portion(step, version, line), _places(line)):
            taken.movements.append(_moved(line, kind, part, source_id))
            taken.commissions += _returned(taken.total, line, part)
    return taken


def give_back(
    step: Step,
    version: AgreementVersion | None,
    lines: Sequence[LineState],
    undone: Sequence[UndoneMovement],
    source_id: UUID,
) -> Taken:
    """Give back what the chargeback ``source_id`` took from a total; ``step`` goes back.

    Each part goes to the state it was taken from, as ``undone`` says.
    """
    given = Taken(step.total, step.amount, is_agent(version))
    shares, commissions = _of_kind(lines, "share"), _of_kind(lines, "commission")
    for line, portion in zip(shares, _portions(step, version, shares, given), strict=True):
        for part in _shared_out(_negated(portion), ZERO, _taken_from(line, undone)):
            given.movements.append(_moved_back(line, part, source_id))
            given.shares.append(_undone(line, part))
    given.net, given.tax, given.borne = map(_negated, (given.net, given.tax, given.borne))
    for line in commissions:
        amount, vat_amount = _commission_portion(step, version, line)
        places = _taken_from(line, undone)
        for part in _shared_out(_negated(amount), _negated(vat_amount), places):
            given.movements.append(_moved_back(line, part, source_id))
            given.commissions += _returned(given.total, line, part)
    return given


def is_agent(version: AgreementVersion | None) -> bool:
    """Whether the total was sold for others; without an agreement it was not."""
    return version is not None and version.terms.seller_role is SellerRole.AGENT


def _of_kind(lines: Sequence[LineState], kind: str) -> list[LineState]:
    return [line for line in lines if line.kind == kind]


def _portions(
    step: Step, version: AgreementVersion | None, shares: Sequence[LineState], taken: Taken
) -> Sequence[Decimal]:
    """The step's part of each share; sets the seller's part, and what it bears, on ``taken``.

    For an agent, shares and what it kept add up to the step exactly; what a partner keeps the
    seller bears. For a principal the revenue does, and the shares are cost beside it.
    """
    amounts = [line.amount for line in shares]
    spans = [step.span(_rule(version, line.rule)) for line in shares]
    own = [step.total.net, step.total.tax]
    if not taken.is_agent:
        taken.net, taken.tax = portions_between(own, *step.span(None))
        return [portion_between(amount, *span) for amount, span in zip(amounts, spans, strict=True)]
    together = {
        span: portions_between([*amounts, *own], *span) for span in {*spans, step.span(None)}
    }
    *_, taken.net, taken.tax = together[step.span(None)]
    portions = [together[span][index] for index, span in enumerate(spans)]
    taken.borne = subtract(step.amount, *portions, taken.net, taken.tax)
    return portions


def _commission_portion(
    step: Step, version: AgreementVersion | None, line: LineState
) -> tuple[Decimal, Decimal]:
    """The step's part of a commission and of the VAT on it."""
    span = step.span(_rule(version, line.rule))
    return portion_between(line.amount, *span), portion_between(line.vat_amount, *span)


def _rule(version: AgreementVersion | None, rule_id: str) -> ShareRule | None:
    return None if version is None else version.terms.rule(rule_id)


def _negated(amount: Decimal) -> Decimal:
    return subtract(ZERO, amount)


def _pending(line: LineState) -> Place:
    return Place("pending", max(line.pending, ZERO), max(line.vat_pending, ZERO))


def _places(line: LineState) -> tuple[Place, ...]:
    """Take commission from pending first, then what no statement has billed, then the billed."""
    return (
        _pending(line),
        Place("released", max(line.unstated, ZERO), max(line.vat_unstated, ZERO)),
        Place("released", posted=True),
    )


def _taken_from(line: LineState, undone: Sequence[UndoneMovement]) -> tuple[Place, ...]:
    """Where the parts of a line were taken from, in the order they were taken."""
    found = tuple(
        Place(one.from_state, one.amount, one.vat_amount, one.posted)
        for one in undone
        if one.share_line_id == line.id
    )
    return found or (Place("released"),)


def _shared_out(amount: Decimal, vat_amount: Decimal, places: Sequence[Place]) -> Iterator[Place]:
    """Take an amount and its VAT from ``places`` in order; the last one takes what is left."""
    *first, last = places
    for place in first:
        part = replace(
            place,
            amount=min(amount, place.amount),
            vat_amount=min(vat_amount, place.vat_amount),
        )
        amount, vat_amount = subtract(amount, part.amount), subtract(vat_amount, part.vat_amount)
        if part.amount or part.vat_amount:
            yield part
    if amount or vat_amount:
        yield replace(last, amount=amount, vat_amount=vat_amount)


def _undone(line: LineState, part: Place) -> UndoneShare:
    return UndoneShare(line.beneficiary_id, part.amount, part.state == "released")


def _returned(total: SoldTotal, line: LineState, part: Place) -> list[ReturnedCommission]:
    """What the ledger carries of a commission already, and so has to be posted back (A8)."""
    if not part.posted:
        return []
    country = total.tax_key.partition("-")[0]
    key = tax_key(country, line.vat_rate or ZERO)
    return [ReturnedCommission(line.beneficiary_id, part.amount, part.vat_amount, key)]


def _moved(line: LineState, kind: MovementKind, part: Place, source_id: UUID) -> dict[str, object]:
    moved = Moved(kind, part.state, "reversed", part.amount, part.vat_amount, part.posted)
    return movement(line, moved, source_id)


def _moved_back(line: LineState, part: Place, source_id: UUID) -> dict[str, object]:
    moved = Moved(
        MovementKind.REINSTATED, "reversed", part.state, part.amount, part.vat_amount, part.posted
    )
    return movement(line, moved, source_id)


def _kind(event: ReversalEvent) -> MovementKind:
    if event is ReversalEvent.CHARGEBACK:
        return MovementKind.DISPUTED
    return MovementKind.REVERSED
