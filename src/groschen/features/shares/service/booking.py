"""The one door: book the difference between a total as it is now and what was booked before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.ledger import (
    Journal,
    PartyAmount,
    Revenue,
    sale_agent,
    sale_principal,
    shares_released,
)
from groschen.core.money import ZERO, subtract
from groschen.core.shares import Release as ReleaseTrigger
from groschen.core.shares import SellerRole
from groschen.core.totals import TotalKey
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.shares.model import (
    BookedPart,
    BookedTotal,
    Change,
    LineKind,
    MovementKind,
)
from groschen.features.shares.queries import totals as queries
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from groschen.kit.rows import json_rows

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
    """One difference to be written as a share line."""

    id: UUID
    total_id: UUID
    change: Change
    part: Part
    of_line_id: UUID | None
    amount: Decimal
    vat_amount: Decimal

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
        }

    @property
    def is_owed_at_once(self) -> bool:
        """Whether the agreement releases with the sale, whatever the customer pays."""
        return _is_owed_at_once(self.change)

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
        }


async def book_differences(scope: Scope, changes: Sequence[Change]) -> None:
    """Store the totals as they are now, and book what that adds to their shares and the ledger.

    Takes the totals in key order. A total that comes out as it was books nothing. The rule of a
    total is pinned: a change under another rule is a bug.
    """
    ordered = sorted(changes, key=lambda change: _order(change.key))
    booked = await queries.upsert_totals(scope, json_rows([_total_row(one) for one in ordered]))
    totals = {total.key: total for total in booked}
    invariant(len(totals) == len(changes), "one total changed twice in one booking")
    before = await _booked_before(scope, booked)
    lines: list[ShareLine] = []
    journals: list[NewJournal] = []
    parts = {id(change.split): parts_of(change) for change in ordered}
    for change in ordered:
        total = totals[change.key]
        invariant(
            total.rule_hash_before in (None, change.rule_hash),
            "a total changed under a rule it is not pinned to",
        )
        new_lines = _differences(change, parts[id(change.split)], total.id, before[total.id])
        lines += new_lines
        journals += _journal(change, total, new_lines) + _release_journal(change, total, new_lines)
    if lines:
        await queries.insert_share_lines(scope, json_rows([line.row() for line in lines]))
    if released := [line.release_row() for line in lines if line.is_owed_at_once]:
        await queries.insert_movements(scope, json_rows(released))
    await ledger.post_new(scope, journals)


async def _booked_before(
    scope: Scope, booked: Sequence[BookedTotal]
) -> Mapping[UUID, Mapping[PartKey, BookedPart]]:
    grown = [total.id for total in booked if total.revision > 1]
    before: dict[UUID, dict[PartKey, BookedPart]] = defaultdict(dict)
    for part in await queries.booked_parts(scope, grown) if grown else []:
        before[part.total_id][part.rule, part.kind, part.of_rule, part.beneficiary_id] = part
    return before


def _differences(
    change: Change,
    parts: Sequence[Part],
    total_id: UUID,
    before: Mapping[PartKey, BookedPart],
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
        line = ShareLine(new_id(), total_id, change, part, of_line, amount, vat_amount)
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


def _journal(change: Change, total: BookedTotal, lines: Sequence[ShareLine]) -> list[NewJournal]:
    """The sale (A1, A1p) of the difference; none when nothing changed."""
    sale = change.sale
    gross = subtract(sale.gross, total.gross_before)
    own = Revenue(
        sale.revenue_account,
        subtract(sale.net, total.net_before),
        subtract(sale.tax, total.tax_before),
        sale.tax_key,
    )
    shares = [
        PartyAmount(line.part.beneficiary_id, line.amount)
        for line in lines
        if line.part.kind == "share"
    ]
    if not gross and not own.gross and not shares:
        return []
    journal = _sale(change, gross, own, shares)
    reference = f"sale:{total.id}:{total.revision}"
    return [NewJournal(new_id(), journal, reference, change.sale_id)]


def _release_journal(
    change: Change, total: BookedTotal, lines: Sequence[ShareLine]
) -> list[NewJournal]:
    """The release (A3) of a difference that is owed at once."""
    shares = [
        PartyAmount(line.part.beneficiary_id, line.amount)
        for line in lines
        if line.part.kind == "share"
    ]
    if not shares or not _is_owed_at_once(change):
        return []
    reference = f"release:{total.id}:{total.revision}"
    journal = shares_released(change.currency, shares)
    return [NewJournal(new_id(), journal, reference, change.sale_id)]


def _is_owed_at_once(change: Change) -> bool:
    return change.agreement is not None and change.agreement.terms.release is ReleaseTrigger.ON_SALE


def _sale(change: Change, gross: Decimal, own: Revenue, shares: Sequence[PartyAmount]) -> Journal:
    customer_id = change.sale.customer_id
    agreement = change.agreement
    if agreement is not None and agreement.terms.seller_role is SellerRole.AGENT:
        kept = [own] if own.gross else []
        return sale_agent(change.currency, customer_id, gross, shares, kept)
    return sale_principal(change.currency, customer_id, [own], shares)


def _order(key: TotalKey) -> tuple[object, ...]:
    return key.owner_id, key.component, key.window_id, key.segment, key.group


def _total_row(change: Change) -> dict[str, object]:
    sale = change.sale
    return {
        "owner_id": change.key.owner_id,
        "component": change.key.component,
        "window_id": change.key.window_id,
        "segment": change.key.segment,
        "group_key": change.key.group,
        "id": change.total_id,
        "rule_hash": change.rule_hash,
        "agreement_version_id": change.agreement.id if change.agreement else None,
        "state": change.state,
        "currency": change.currency,
        "amount": change.amount,
        "sale_id": change.sale_id,
        "reference": change.reference,
        "customer_id": sale.customer_id,
        "gross": sale.gross,
        "revenue_account": sale.revenue_account,
        "net": sale.net,
        "tax": sale.tax,
        "tax_key": sale.tax_key,
        "event_count": change.facts.count,
        "event_hash": change.facts.hex,
    }
