"""What settlement asks of shares: the claims of a closed period, and the marks it leaves on them."""

from collections.abc import AsyncIterator, Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.money import add_all
from groschen.core.shares import CommissionSum
from groschen.features.shares import statement_queries
from groschen.features.shares.statement_model import (
    BeneficiaryClaims,
    ClaimLine,
    Claims,
    ClaimSum,
    DailyClaim,
    StateBalance,
)
from groschen.kit.db import Scope

Period = tuple[date, date]
"""A half-open span of days: the first belongs to it, the last does not."""


async def beneficiaries_with_claims(scope: Scope, period_to: date) -> list[BeneficiaryClaims]:
    """Every beneficiary and currency that ever had a claim before ``period_to`` (exclusive)."""
    return await statement_queries.beneficiaries(scope, period_to)


async def claims(scope: Scope, beneficiary_id: UUID, currency: str, period: Period) -> Claims:
    """What became released in ``period`` less what was taken back in it."""
    sums = await statement_queries.claims(scope, beneficiary_id, currency, *period)
    versions = sorted({row.agreement_version_id for row in sums})
    return Claims(
        share_exact=add_all(row.amount for row in sums if row.kind == "share"),
        commissions=_by_rate(row for row in sums if row.kind == "commission"),
        line_count=sum(row.line_count for row in sums),
        terms=tuple(await statement_queries.pinned_terms(scope, versions)) if versions else (),
    )


def _by_rate(commissions: Iterable[ClaimSum]) -> tuple[CommissionSum, ...]:
    """Add up the commissions of each VAT rate, the lowest rate first."""
    groups: dict[Decimal, list[ClaimSum]] = {}
    for row in commissions:
        invariant(row.vat_rate is not None, "a commission line has no VAT rate")
        groups.setdefault(row.vat_rate or Decimal(0), []).append(row)
    return tuple(
        CommissionSum(
            vat_rate=rate,
            exact=add_all(row.amount for row in rows),
            posted=add_all(row.posted for row in rows),
            vat_posted=add_all(row.vat_posted for row in rows),
        )
        for rate, rows in sorted(groups.items())
    )


def line_file_rows(
    scope: Scope, beneficiary_id: UUID, currency: str, period: Period
) -> AsyncIterator[ClaimLine]:
    """The movements behind ``claims`` in booking order, read in small portions."""
    return statement_queries.claim_lines(scope, beneficiary_id, currency, *period)


async def mark_paid(
    scope: Scope, statement_id: UUID, beneficiary_id: UUID, currency: str, stated_since: date
) -> None:
    """Everything that a statement covers is paid; once, however often it is said.

    ``stated_since`` is a day before which the statement was certainly not booked.
    """
    await statement_queries.insert_paid(
        scope, statement_id, beneficiary_id, currency, stated_since
    )


async def balances(scope: Scope, beneficiary_id: UUID) -> list[StateBalance]:
    """What stands pending, released, stated and paid for a partner, at twelve decimals."""
    return await statement_queries.balances(scope, beneficiary_id)


async def daily_claims(scope: Scope, beneficiary_id: UUID, since: date) -> list[DailyClaim]:
    """What each day from ``since`` on added to a partner's claim."""
    return await statement_queries.daily_claims(scope, beneficiary_id, since)
