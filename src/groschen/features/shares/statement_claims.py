"""What settlement asks of shares: the claims of a closed period, and the marks it leaves on them."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.money import ZERO, add, add_all
from groschen.features.shares import statement_queries
from groschen.features.shares.statement_model import (
    BeneficiaryClaims,
    Claim,
    ClaimLine,
    Claims,
    DailyClaim,
    StateBalance,
)
from groschen.kit.db import Scope

Period = tuple[date, date]


async def beneficiaries_with_claims(scope: Scope, period_to: date) -> list[BeneficiaryClaims]:
    """Every beneficiary and currency that ever had a claim before ``period_to`` (exclusive)."""
    return await statement_queries.beneficiaries(scope, period_to)


async def claims(scope: Scope, beneficiary_id: UUID, currency: str, period: Period) -> Claims:
    """What became released in the half-open ``period`` less what was taken back in it."""
    rows = await statement_queries.claims(scope, beneficiary_id, currency, *period)
    return Claims(
        share_exact=add_all(row.amount for row in rows if row.kind == "share"),
        commission_by_vat_rate=_by_rate(row for row in rows if row.kind == "commission"),
        commission_posted=add_all(row.posted for row in rows),
        vat_posted=add_all(row.vat_posted for row in rows),
        line_count=sum(row.line_count for row in rows),
    )


def line_file_rows(
    scope: Scope, beneficiary_id: UUID, currency: str, period: Period
) -> AsyncIterator[ClaimLine]:
    """The movements behind ``claims`` in booking order, read in small portions."""
    return statement_queries.claim_lines(scope, beneficiary_id, currency, *period)
