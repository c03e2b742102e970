"""What one total gives up in a reversal, and what it gets back when the reversal is undone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from groschen.core.ledger import ReturnedCommission, Revenue, UndoneShare
from groschen.core.money import ZERO, add, subtract
from groschen.core.shares import OnReversal, SellerRole, portion_between, portions_between
from groschen.core.tax import tax_key
from groschen.features.shares.model import (
    AgreementVersion,
    LineState,
    MovementKind,
    Reversal,
    ReversalEvent,
    SoldTotal,
    TotalStep,
    UndoneMovement,
)
from groschen.features.shares.service.movements import Moved, movement, reinstated


@dataclass(frozen=True, slots=True)
class Step:
    """``amount`` of a total's gross is undone now; negative gives it back."""

    total: SoldTotal
    amount: Decimal

    @property
    def before(self) -> Fraction:
        """Which fraction of the total was undone before."""
        return Fraction(self.total.returned) / Fraction(self.total.gross)

    @property
    def after(self) -> Fraction:
        """Which fraction of the total is undone with this step."""
        return Fraction(add(self.total.returned, self.amount)) / Fraction(self.total.gross)


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


def take(
    step: Step, version: AgreementVersion | None, lines: Sequence[LineState], reversal: Reversal
) -> Taken:
    """Take the step's part of a total's shares, commissions and revenue back."""
    taken = Taken(step.total, step.amount, is_agent(version))
    shares = [line for line in lines if line.kind == "share"]
    for line, portion in zip(shares, _portions(step, shares, taken), strict=True):
        if _is_kept(version, line.rule, reversal.event):
            taken.borne = add(taken.borne, portion if taken.is_agent else ZERO)
        else:
            _take_share(taken, line, portion, reversal)
    for line in lines:
        if line.kind == "commission" and not _is_kept(version, line.rule, reversal.event):
            _take_commission(taken, line, step, reversal)
    return taken


def give_back(
    total: SoldTotal,
    version: AgreementVersion | None,
    recorded: TotalStep,
    undone: Sequence[UndoneMovement],
    source_id: UUID,
) -> Taken:
    """Give back what ``recorded`` and ``undone`` say was taken from a total."""
    given = Taken(
        total,
        subtract(ZERO, recorded.amount),
        is_agent(version),
        recorded.net,
        recorded.tax,
        recorded.borne,
    )
    for one in undone:
        given.movements.append(reinstated(one, source_id))
        if one.kind == "share":
            is_released = one.from_state == "released"
            given.shares.append(UndoneShare(one.beneficiary_id, one.amount, is_released))
        elif one.posted:
            given.commissions.append(
                _commission(total, one.beneficiary_id, one.amount, one.vat_amount, one.vat_rate)
            )
    return given


def is_agent(version: AgreementVersion | None) -> bool:
    """Whether the total was sold for others; without an agreement it was not."""
    return version is not None and version.terms.seller_role is SellerRole.AGENT


def _portions(step: Step, shares: Sequence[LineState], taken: Taken) -> Sequence[Decimal]:
    """The step's part of each share; sets the seller's part on ``taken``.

    For an agent, shares and what it kept add up to the step exactly. For a principal the
    revenue does, and the shares are cost beside it.
    """
    amounts = [line.amount for line in shares]
    own = [step.total.net, step.total.tax]
    if taken.is_agent:
        *portions, taken.net, taken.tax = portions_between(
            [*amounts, *own], step.before, step.after
        )
        return portions
    taken.net, taken.tax = portions_between(own, step.before, step.after)
    return [portion_between(amount, step.before, step.after) for amount in amounts]


def _take_share(taken: Taken, line: LineState, portion: Decimal, reversal: Reversal) -> None:
    pending = min(portion, max(line.pending, ZERO))
    for state, amount in (("pending", pending), ("released", subtract(portion, pending))):
        if amount:
            moved = Moved(_kind(reversal.event), state, "reversed", amount, ZERO)
            taken.movements.append(movement(line, moved, reversal.source_id))
            taken.shares.append(UndoneShare(line.beneficiary_id, amount, state == "released"))


def _take_commission(taken: Taken, line: LineState, step: Step, reversal: Reversal) -> None:
    """Take commission from pending first, then from what no statement billed, then from billed."""
    amount = portion_between(line.amount, step.before, step.after)
    vat_amount = portion_between(line.vat_amount, step.before, step.after)
    places = (
        ("pending", False, line.pending, line.vat_pending),
        ("released", False, line.unstated, line.vat_unstated),
        ("released", True, amount, vat_amount),
    )
    for state, posted, there, vat_there in places:
        part = min(amount, max(there, ZERO))
        vat_part = vat_amount if part == amount else min(vat_amount, max(vat_there, ZERO))
        if not part and not vat_part:
            continue
        amount, vat_amount = subtract(amount, part), subtract(vat_amount, vat_part)
        moved = Moved(_kind(reversal.event), state, "reversed", part, vat_part, posted)
        taken.movements.append(movement(line, moved, reversal.source_id))
        if posted:
            taken.commissions.append(
                _commission(taken.total, line.beneficiary_id, part, vat_part, line.vat_rate)
            )


def _commission(
    total: SoldTotal, party_id: UUID, amount: Decimal, vat: Decimal, rate: Decimal | None
) -> ReturnedCommission:
    country = total.tax_key.partition("-")[0]
    return ReturnedCommission(party_id, amount, vat, tax_key(country, rate or ZERO))


def _is_kept(version: AgreementVersion | None, rule_id: str, event: ReversalEvent) -> bool:
    if version is None:
        return False
    rule = version.terms.rule(rule_id)
    match event:
        case ReversalEvent.REFUND:
            return rule.on_refund is OnReversal.KEEP
        case ReversalEvent.CHARGEBACK:
            return rule.on_chargeback is OnReversal.KEEP
        case ReversalEvent.CANCELLATION:
            return False


def _kind(event: ReversalEvent) -> MovementKind:
    if event is ReversalEvent.CHARGEBACK:
        return MovementKind.DISPUTED
    return MovementKind.REVERSED
