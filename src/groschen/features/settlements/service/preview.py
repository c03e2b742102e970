"""What a partner's next statement would say if it were made now, by the same computation."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from groschen.core.period import first_of_next_month
from groschen.features.settlements.queries import payouts as payout_queries
from groschen.features.settlements.queries import statements as queries
from groschen.features.settlements.service.claims import require_partner
from groschen.features.settlements.service.issuing import FIRST, figures_for
from groschen.features.shares.service import claims as shares
from groschen.kit.db import Scope

ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NextStatement:
    """The next statement by today's claims: ``payout`` is zero below the minimum payout."""

    currency: str
    on: date
    total: Decimal
    payout: Decimal


async def next_statement(scope: Scope, beneficiary_id: UUID, currency: str) -> NextStatement | None:
    """Compute the next statement from what is released now; None before the first claim.

    Nothing is stored. A partner's actor sees only its own. Raises PartnerNotFound.
    """
    await require_partner(scope, beneficiary_id)
    before = await queries.last_statement(scope, beneficiary_id, currency)
    start = FIRST.period_to if before is None else before.period_to
    period = (start, max(start, scope.today) + ONE_DAY)
    claims = await shares.claims(scope, beneficiary_id, currency, period)
    if before is None and not claims.versions:
        return None
    last = before or FIRST
    terms = await shares.statement_terms(scope, claims, last.terms_hashes)
    returned = await payout_queries.rejected_amount(scope, beneficiary_id, currency)
    figures = figures_for(currency, last, claims, terms, returned)
    return NextStatement(
        currency, first_of_next_month(scope.today), figures.total_due, figures.payout
    )
