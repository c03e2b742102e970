"""What a change of a total adds to the share lines that are booked on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from groschen.core.money import ZERO, subtract
from groschen.core.shares import Release
from groschen.features.shares.model import BookedPart, Change, LineKind, MovementKind
from groschen.kit.ids import new_id

PartKey: TypeAlias = tuple[str, LineKind, str | None, UUID]
"""Rule, kind, the rule of the share that a commission is taken of, and the beneficiary."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one rule gives one beneficiary of a total as it is now, before any difference."""

    rule: str
    kind: LineKind
    of_rule: str | None
    beneficiary_id: UUID
    amount: Decimal
    vat_rate: Decimal | None
    vat_amount: Decimal
    factors: Mapping[str, str]

    @property
    def key(self) -> PartKey:
        """What identifies the part within its total."""
        return self.rule, self.kind, self.of_rule, self.beneficiary_id


@dataclass(frozen=True, slots=True)
class ShareLine:
    """One difference to be written as a share line; None as its day is today."""

    id: UUID
    total_id: UUID
    change: Change
    part: Part
    of_line_id: UUID | None
    amount: Decimal
    vat_amount: Decimal
    effective_on: date | None

    def row(self) -> dict[str, object]:
        """The columns of the line."""
        agreement, split = self.change.agreement, self.change.split
        return {
            "id": self.id,
            "total_id": self.total_id,
            "sale_id": self.change.sale_id,
            "agreement_version_id": agreement.id if agreement else None,
            "rule": self.part.rule,
            "kind": self.part.kind,
            "of_line_id": self.of_line_id,
            "beneficiary_id": self.part.beneficiary_id,
            "currency": self.change.currency,
            "base": split.base if split else ZERO,
            "factors": self.part.factors,
            "amount": self.amount,
            "vat_rate": self.part.vat_rate,
            "vat_amount": self.vat_amount,
            "service_on": self.effective_on,
        }

    @property
    def is_owed_at_once(self) -> bool:
        """Whether the line is released as soon as it is booked."""
        return is_owed_at_once(self.change)

    def release_row(self) -> dict[str, object]:
        """The movement that releases the line with the sale."""
        return {
            "share_line_id": self.id,
            "sale_id": self.change.sale_id,
            "beneficiary_id": self.part.beneficiary_id,
            "line_kind": self.part.kind,
            "kind": MovementKind.RELEASED,
            "from_state": "pending",
            "to_state": "released",
            "currency": self.change.currency,
            "amount": self.amount,
            "vat_amount": self.vat_amount,
            "posted": False,
            "source_id": self.total_id,
            "service_on": self.effective_on,
        }


def is_owed_at_once(change: Change) -> bool:
    """Whether the agreement releases with the sale, or the usage is paid for."""
    if change.agreement is None:
        return False
    on_sale = change.agreement.terms.release is Release.ON_SALE
    return on_sale or (change.supply is not None and change.supply.is_paid)


def differences(
    change: Change,
    parts: Sequence[Part],
    total_id: UUID,
    before: Mapping[PartKey, BookedPart],
    effective_on: date | None,
) -> list[ShareLine]:
    """The lines that bring what was booked to what the split says now.

    A part that the split no longer has falls to zero, so its line takes back what was booked.
    """
    now = {part.key: part for part in parts}
    gone = {key: _vanished(booked) for key, booked in before.items() if key not in now}
    lines: list[ShareLine] = []
    line_of: dict[tuple[str | None, UUID], UUID] = {}
    for key, part in (now | gone).items():
        known = before.get(key)
        amount = subtract(part.amount, known.amount if known else ZERO)
        vat_amount = subtract(part.vat_amount, known.vat_amount if known else ZERO)
        if not amount and not vat_amount:
            continue
        of_line = line_of.get((part.of_rule, part.beneficiary_id))
        line = ShareLine(
            new_id(), total_id, change, part, of_line, amount, vat_amount, effective_on
        )
        if part.kind == "share":
            line_of[part.rule, part.beneficiary_id] = line.id
        lines.append(line)
    return lines


def parts_of(change: Change) -> list[Part]:
    """The partners' parts of a change and the commissions on them; the seller's own is revenue."""
    if change.split is None:
        return []
    shares = [
        Part(
            rule=part.rule_id,
            kind="share",
            of_rule=None,
            beneficiary_id=change.beneficiaries[part.beneficiary],
            amount=part.amount,
            vat_rate=None,
            vat_amount=ZERO,
            factors=part.factors,
        )
        for part in change.split.partner_parts
    ]
    commissions = [
        Part(
            rule=part.rule_id,
            kind="commission",
            of_rule=part.of_rule_id,
            beneficiary_id=change.beneficiaries[part.beneficiary],
            amount=part.amount,
            vat_rate=part.vat_rate,
            vat_amount=part.vat_amount,
            factors={"of": part.of_rule_id},
        )
        for part in change.split.commissions
    ]
    return shares + commissions


def booked_with(parts: Sequence[Part], total_id: UUID) -> dict[PartKey, BookedPart]:
    """What is booked of a total once its lines say what ``parts`` say."""
    return {
        part.key: BookedPart(
            total_id,
            part.rule,
            part.kind,
            part.of_rule,
            part.beneficiary_id,
            part.amount,
            part.vat_amount,
        )
        for part in parts
    }


def _vanished(booked: BookedPart) -> Part:
    return Part(
        booked.rule,
        booked.kind,
        booked.of_rule,
        booked.beneficiary_id,
        ZERO,
        None,
        ZERO,
        {"left": "the split"} | ({"of": booked.of_rule} if booked.of_rule else {}),
    )
