"""Drafts: the documents an account would get now. Preview and bill run make them alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from groschen.features.invoices.service.billables import unbilled_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from groschen.features.invoices.model import Billable
    from groschen.features.invoices.service.sources import Source
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
    """What a document says of each billable: what it should be, less what was billed.

    Totals are taken as they are now; one that came back to what was billed has no line.
    """
    found = await sources.of(scope, due)
    lines = [await _draft_line(scope, one, found[one.id]) for one in due]
    return [line for line in lines if line.content.proof.line]


async def _draft_line(scope: Scope, known: Billable, source: Source) -> DraftLine:
    tax = await line_tax(scope, known)
    billable = known if known.total_id is None else _as_now(known, source, tax.rate)
    invariant(source.should == billable.should, "a line by hand is not what its facts say")
    proof = Rated(
        rule=source.rule,
        state=source.state,
        inputs=source.inputs,
        receivable=source.receivable,
        gross=source.gross,
        billed=billable.billed,
        currency=billable.currency,
    )
    content = ContentLine(
        label=source.label,
        unit=source.unit,
        effect=Effect.CORRECT if billable.entries else Effect.CHARGE,
        tax=tax,
        service_from=billable.service_from,
        service_to=billable.service_to,
        proof=proof,
    )
    return DraftLine(billable, content, subtract(billable.should_net, billable.billed_net))


def _as_now(billable: Billable, source: Source, rate: Decimal) -> Billable:
    should_net = unbilled_of(source.receivable, rate)
    return replace(billable, should=source.should, should_net=should_net)


async def line_tax(scope: Scope, billable: Billable) -> LineTax:
    """The VAT of the original supply, whenever it is billed or corrected."""
    rate = await catalog.tax_rate(scope, billable.tax_class, billable.tax_on)
    return LineTax(VatCategory.of_rate(rate.rate), rate.rate, rate.key)
