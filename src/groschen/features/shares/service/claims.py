"""What settlement asks of shares: the claims of a closed period, and the marks it leaves."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.ledger.journal import Journal
from groschen.core.ledger.settlement import statement_agent, statement_principal
from groschen.core.money import add_all
from groschen.core.shares import CommissionSum, SellerRole, StatementFigures
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.shares.queries import claims as queries
from groschen.features.shares.queries import standing as standing_queries
from groschen.features.shares.queries import sums as sum_queries
from groschen.features.shares.statement_model import (
    BeneficiaryClaims,
    Claimant,
    ClaimLine,
    Claims,
    ClaimSum,
    DailyClaim,
    PinnedTerms,
    SettlementTermsDiffer,
    StateBalance,
    StatementTerms,
)
from groschen.kit.db import Scope
from groschen.kit.ids import new_id

MOST_SUMS: Final = 2_000
"""Above so many rows of sums they are put together."""

Period: TypeAlias = tuple[date, date]
"""A half-open span of days: the first belongs to it, the last does not."""


async def beneficiaries_with_claims(scope: Scope, period_to: date) -> list[BeneficiaryClaims]:
    """Every beneficiary and currency that ever had a claim before ``period_to`` (exclusive)."""
    return await queries.beneficiaries(scope, period_to)


async def claims(scope: Scope, beneficiary_id: UUID, currency: str, period: Period) -> Claims:
    """What became released in ``period`` less what was taken back in it."""
    sums = await queries.claims(scope, beneficiary_id, currency, *period)
    return Claims(
        share_exact=add_all(row.amount for row in sums if row.kind == "share"),
        commissions=_by_rate(row for row in sums if row.kind == "commission"),
        line_count=sum(row.line_count for row in sums),
        versions=tuple(sorted({row.agreement_version_id for row in sums})),
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
    return queries.claim_lines(scope, beneficiary_id, currency, *period)


async def statement_terms(
    scope: Scope, claims: Claims, hashes_before: Sequence[str]
) -> StatementTerms:
    """The terms of a statement with these claims; without any, those of the statement before.

    Raises SettlementTermsDiffer when the agreements disagree on the tax of the partner's supply.
    """
    hashes = () if claims.versions else hashes_before
    pinned = await queries.pinned_terms(scope, claims.versions, hashes)
    invariant(bool(pinned), "a statement has no agreement")
    _check_same_supply(pinned)
    return StatementTerms(
        hashes=tuple(dict.fromkeys(terms.hash for terms in pinned)),
        seller_role=SellerRole(pinned[-1].seller_role),
        min_payout=min(terms.min_payout for terms in pinned),
        supply_vat_rate=pinned[-1].supply_vat_rate,
    )


def _check_same_supply(pinned: Sequence[PinnedTerms]) -> None:
    if len({(terms.seller_role, terms.supply_vat_rate) for terms in pinned}) > 1:
        raise SettlementTermsDiffer(
            "the partner's agreements differ in the seller's role or the VAT on the supply",
            field="settlement.supply_vat_rate",
            hint="close the books on the day of the change, so that each has its own statement",
            terms_hashes=[terms.hash for terms in pinned],
        )


async def state(
    scope: Scope,
    statement_id: UUID,
    claimant: Claimant,
    period: Period,
    figures: StatementFigures,
    terms: StatementTerms,
) -> None:
    """Book a statement (A5, B7) and move what it covers from released to stated.

    The journal takes off what A8 posted exactly before, so revenue and tax equal the document.
    """
    country = scope.tenant.country
    partner_id, currency = claimant.beneficiary_id, claimant.currency
    if terms.seller_role is SellerRole.PRINCIPAL:
        journal = statement_principal(currency, partner_id, figures, country, terms.supply_vat_rate)
    else:
        journal = statement_agent(currency, partner_id, figures, country)
    await _post(scope, journal, statement_id)
    await queries.insert_stated(scope, partner_id, currency, *period, statement_id)


async def _post(scope: Scope, journal: Journal, statement_id: UUID) -> None:
    """A statement that only repeats a balance has nothing to book."""
    if journal.entries:
        reference = f"statement:{statement_id}"
        await ledger.post_new(scope, [NewJournal(new_id(), journal, reference, statement_id)])


async def mark_paid(
    scope: Scope, statement_id: UUID, claimant: Claimant, stated_since: date
) -> None:
    """Everything that a statement covers is paid; once, however often it is said.

    ``stated_since`` is a day before which the statement was certainly not booked.
    """
    partner_id, currency = claimant.beneficiary_id, claimant.currency
    await queries.insert_paid(scope, statement_id, partner_id, currency, stated_since, paid=True)


async def mark_unpaid(
    scope: Scope, statement_id: UUID, claimant: Claimant, stated_since: date
) -> None:
    """The bank sent back what paid a statement: its lines are stated, not paid, again."""
    partner_id, currency = claimant.beneficiary_id, claimant.currency
    await queries.insert_paid(scope, statement_id, partner_id, currency, stated_since, paid=False)


async def balances(
    scope: Scope, beneficiary_ids: Sequence[UUID] | None = None
) -> list[StateBalance]:
    """What stands pending, released, stated and paid per partner, at twelve decimals.

    Without ids for every partner. Costs as many steps as there are partners and open days.
    """
    return await sum_queries.balances(scope, beneficiary_ids)


async def daily_claims(
    scope: Scope, since: date, beneficiary_ids: Sequence[UUID] | None = None
) -> list[DailyClaim]:
    """What each day from ``since`` on added to partners' claims; without ids every partner's."""
    return await sum_queries.daily_claims(scope, beneficiary_ids, since)


async def latest_claim(scope: Scope, beneficiary_ids: Sequence[UUID] | None = None) -> date | None:
    """The last day on which something became released; None before the first."""
    return await sum_queries.latest_claim(scope, beneficiary_ids)


async def put_sums_together(scope: Scope) -> None:
    """Keep what partners' balances are read from small."""
    if await sum_queries.count(scope) > MOST_SUMS:
        await sum_queries.put_together(scope)


async def lines_page(
    scope: Scope,
    claimant: Claimant,
    period: Period,
    after: tuple[date, UUID] | None,
    fetch: int,
) -> list[ClaimLine]:
    """The movements behind ``claims`` in booking order, ``fetch`` of those after a position."""
    start = after or (period[0], UUID(int=0))
    return await standing_queries.claim_lines_page(
        scope, claimant.beneficiary_id, claimant.currency, period, start, fetch
    )
