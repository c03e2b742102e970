"""Issuing one statement: claims of a closed period become cents, a document and a journal."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.money import ZERO, add, add_all
from groschen.core.shares import StatementFigures, StatementInput
from groschen.core.shares.statement import statement as figures_of
from groschen.features.levels import service as levels
from groschen.features.settlements.line_file import LineFile
from groschen.features.settlements.model import (
    DueStatement,
    LastStatement,
    Statement,
    StatementState,
)
from groschen.features.settlements.queries import payouts as payout_queries
from groschen.features.settlements.queries import statements as queries
from groschen.features.settlements.service.news import statement_news
from groschen.features.shares.service import claims as shares
from groschen.features.shares.statement_model import Claimant, Claims, StatementTerms
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from groschen.kit.outbox import publish
from groschen.kit.rows import json_rows

SERIES: Final = "statement"
FIRST: Final = LastStatement(
    beneficiary_id=UUID(int=0),
    currency="",
    sequence=0,
    period_to=date.min,
    closing=ZERO,
    carried_out=ZERO,
    terms_hashes=[],
    returned_waiting=ZERO,
)
"""What stands before the first statement of a chain."""


async def issue(scope: Scope, due: DueStatement, period_to: date) -> Statement | None:
    """Issue the next statement of one partner and currency up to ``period_to`` (exclusive).

    None when it exists already. The books must be closed up to ``period_to``: then neither the
    claims nor the line file can grow any more, and both are read here. Raises ``LevelsUnequal``.
    """
    open_from = scope.tenant.books_open_from
    invariant(open_from is not None and period_to <= open_from, "the period is not closed")
    await queries.lock_chain(scope, due.beneficiary_id, due.currency)
    await levels.check_equal(scope, due.beneficiary_id)
    before = await queries.last_statement(scope, due.beneficiary_id, due.currency)
    if before is not None and before.period_to >= period_to:
        return None
    period = (due.period_from if before is None else before.period_to, period_to)
    return await _issue(scope, due, before or FIRST, period)


@dataclass(frozen=True, slots=True)
class _Draft:
    """Everything a statement is made of, before it has a number and a line file."""

    id: UUID
    due: DueStatement
    before: LastStatement
    period: shares.Period
    claims: Claims
    terms: StatementTerms
    returned: Decimal
    figures: StatementFigures


async def _issue(
    scope: Scope, due: DueStatement, before: LastStatement, period: shares.Period
) -> Statement:
    claims = await shares.claims(scope, due.beneficiary_id, due.currency, period)
    terms = await shares.statement_terms(scope, claims, before.terms_hashes)
    rejected = await payout_queries.lock_rejected(scope, due.beneficiary_id, due.currency)
    returned = add_all(payout.amount for payout in rejected)
    figures = figures_for(due.currency, before, claims, terms, returned)
    draft = _Draft(new_id(), due, before, period, claims, terms, returned, figures)
    file = await _store_lines(scope, draft)
    made = _document(scope, draft, file, await queries.draw_number(scope, SERIES))
    await queries.insert_statement(scope, json_rows([made]))
    await payout_queries.return_payouts(scope, [payout.id for payout in rejected], made.id)
    claimant = Claimant(due.beneficiary_id, due.currency)
    await shares.state(scope, made.id, claimant, period, figures, terms)
    await publish(scope, [statement_news("statement.issued", made)])
    return made


def figures_for(
    currency: str,
    before: LastStatement,
    claims: Claims,
    terms: StatementTerms,
    returned: Decimal,
) -> StatementFigures:
    """Compute the cents of a statement. What the bank sent back is due again: it joins the opening.

    The journal of the statement leaves it alone: it never left the payable account.
    """
    return figures_of(
        StatementInput(
            currency=currency,
            opening=add(before.closing, returned),
            carried_in=before.carried_out,
            shares_exact=claims.share_exact,
            commissions=claims.commissions,
            min_payout=terms.min_payout,
            supply_vat_rate=terms.supply_vat_rate,
        )
    )


async def _store_lines(scope: Scope, draft: _Draft) -> LineFile:
    """Write the line file part by part; it must say exactly what the figures were made of."""
    file = LineFile()
    rows = shares.line_file_rows(scope, draft.due.beneficiary_id, draft.due.currency, draft.period)
    part = 0
    async for content in file.parts(rows):
        await queries.insert_file_part(scope, draft.id, part, content)
        part += 1
    claimed = {group.vat_rate: group.exact for group in draft.claims.commissions}
    invariant(file.share == draft.claims.share_exact, "the shares differ from the line file")
    invariant(file.commission == claimed, "the commissions differ from the line file")
    invariant(file.line_count == draft.claims.line_count, "the line file is not complete")
    return file


def _document(scope: Scope, draft: _Draft, file: LineFile, number: int) -> Statement:
    figures = draft.figures
    return Statement(
        id=draft.id,
        number=f"ST-{number:06d}",
        beneficiary_id=draft.due.beneficiary_id,
        sequence=draft.before.sequence + 1,
        period_from=draft.period[0],
        period_to=draft.period[1],
        currency=draft.due.currency,
        opening=draft.before.closing,
        carried_in=figures.carried_in,
        share_exact=figures.share_exact,
        share=figures.share_cents,
        carried_out=figures.carried_out,
        supply_vat=figures.supply_vat,
        commission=figures.commission,
        vat=figures.vat,
        returned_payouts=draft.returned,
        net=add(figures.net, draft.returned),
        total=figures.total_due,
        payout=figures.payout,
        closing=figures.closing,
        line_count=file.line_count,
        lines_hash=file.hash,
        terms_hashes=list(draft.terms.hashes),
        state=StatementState.ISSUED if figures.payout else StatementState.CARRIED,
        created_at=scope.now,
        approved_by=None,
        approved_at=None,
    )
