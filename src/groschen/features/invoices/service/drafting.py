"""Drafts: the documents an account would get now. Preview and bill run make them alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from groschen.core.errors import invariant
from groschen.core.invoicing import (
    ContentLine,
    DocumentFigures,
    Effect,
    LineTax,
    Rated,
    VatCategory,
    figures_of,
)
from groschen.core.money import subtract
from groschen.core.sale import Basis
from groschen.features.catalog import service as catalog
from groschen.features.invoices.queries import billables as queries
from groschen.features.invoices.service import sources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from groschen.features.invoices.model import Billable
    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line of a draft: what it bills, and what it takes from UNBILLED (net, exact).

    A line that reverses one of an issued document names its position there; one that concedes
    names the revenue account that gives it up.
    """

    billable: Billable
    content: ContentLine
    unbilled: Decimal
    reverses: int | None = None
    conceded_on: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A document before it has a number: all its lines are of one account, currency and basis."""

    account_id: UUID
    party_id: UUID
    currency: str
    basis: Basis
    lines: tuple[DraftLine, ...]

    @property
    def content_lines(self) -> list[ContentLine]:
        """The lines as the document bears them."""
        return [line.content for line in self.lines]

    @property
    def figures(self) -> DocumentFigures:
        """Lines, VAT groups and totals."""
        return figures_of(self.content_lines, self.basis, self.currency)


async def drafts(scope: Scope, account_id: UUID, cutoff: datetime) -> list[Draft]:
    """The documents of an account for all that is due at ``cutoff``; none when nothing is.

    A document has one currency and one basis. Raises ``TaxRateUnknown``.
    """
    return await drafts_of(scope, await queries.due_billables(scope, account_id, cutoff))


async def drafts_of(scope: Scope, due: Sequence[Billable]) -> list[Draft]:
    """The documents for billables of one account."""
    grouped: dict[tuple[str, Basis], list[DraftLine]] = {}
    for line in await draft_lines(scope, due):
        key = (line.billable.currency, line.billable.basis)
        grouped.setdefault(key, []).append(line)
    return [
        Draft(
            found[0].billable.account_id, found[0].billable.party_id, currency, basis, tuple(found)
        )
        for (currency, basis), found in sorted(grouped.items())
    ]


async def draft_lines(scope: Scope, due: Sequence[Billable]) -> list[DraftLine]:
    """What a document says of each billable: what it should be, less what was billed."""
    found = await sources.of(scope, [one for one in due if one.total_id is not None])
    lines: list[DraftLine] = []
    for billable in due:
        source = found.get(billable.id) or sources.by_hand(billable)
        proof = Rated(
            rule=source.rule,
            state=source.state,
            inputs=source.inputs,
            receivable=source.receivable,
            gross=source.gross,
            billed=billable.billed,
            currency=billable.currency,
        )
        invariant(proof.should == billable.should, "a billable is not what its facts say")
        effect = Effect.CORRECT if billable.entries else Effect.CHARGE
        content = ContentLine(
            label=source.label,
            unit=source.unit,
            effect=effect,
            tax=await line_tax(scope, billable),
            service_from=billable.service_from,
            service_to=billable.service_to,
            proof=proof,
        )
        unbilled = subtract(billable.should_net, billable.billed_net)
        lines.append(DraftLine(billable, content, unbilled))
    return lines


async def line_tax(scope: Scope, billable: Billable) -> LineTax:
    """The VAT of the original supply, whenever it is billed or corrected."""
    rate = await catalog.tax_rate(scope, billable.tax_class, billable.tax_on)
    return LineTax(VatCategory.of_rate(rate.rate), rate.rate, rate.key)
