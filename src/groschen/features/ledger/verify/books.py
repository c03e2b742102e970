"""The rules that journals and postings keep among themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.ledger.verify.check import no_fault

if TYPE_CHECKING:
    from groschen.features.ledger.verify.check import Check
    from groschen.kit.db import Scope


async def journals_balance(scope: Scope) -> Check:
    """Every journal sums to zero in each of its currencies."""
    return await no_fault(
        scope,
        "ledger.journals_balance",
        """
        SELECT count(*) OVER (), 'journal ' || journal_id || ' in ' || currency, '0',
               trim_scale(sum(amount))::text
          FROM postings
         WHERE tenant_id = %(tenant_id)s
         GROUP BY journal_id, currency
        HAVING sum(amount) <> 0
         ORDER BY journal_id, currency
         LIMIT %(shown)s
        """,
    )


async def trial_balance_is_zero(scope: Scope) -> Check:
    """All postings of a currency sum to zero."""
    return await no_fault(
        scope,
        "ledger.trial_balance_is_zero",
        """
        SELECT count(*) OVER (), 'trial balance in ' || currency, '0',
               trim_scale(sum(amount))::text
          FROM postings
         WHERE tenant_id = %(tenant_id)s
         GROUP BY currency
        HAVING sum(amount) <> 0
         ORDER BY currency
         LIMIT %(shown)s
        """,
    )


async def journals_have_postings(scope: Scope) -> Check:
    """No journal is empty."""
    return await no_fault(
        scope,
        "ledger.journals_have_postings",
        """
        SELECT count(*) OVER (), 'journal ' || j.id || ' ' || j.reference, 'postings', 'none'
          FROM journals j
          LEFT JOIN postings p ON p.tenant_id = j.tenant_id AND p.journal_id = j.id
         WHERE j.tenant_id = %(tenant_id)s AND p.journal_id IS NULL
         ORDER BY j.id
         LIMIT %(shown)s
        """,
    )


async def postings_have_journal(scope: Scope) -> Check:
    """No posting stands outside of a journal."""
    return await no_fault(
        scope,
        "ledger.postings_have_journal",
        """
        SELECT count(*) OVER (), 'posting ' || p.position || ' of ' || p.journal_id, 'a journal',
               'none'
          FROM postings p
          LEFT JOIN journals j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
         WHERE p.tenant_id = %(tenant_id)s AND j.id IS NULL
         ORDER BY p.journal_id, p.position
         LIMIT %(shown)s
        """,
    )


async def accounts_fit(scope: Scope) -> Check:
    """Every posting is on an account of the chart and names the party and tax it needs."""
    return await no_fault(
        scope,
        "ledger.accounts_fit",
        """
        SELECT count(*) OVER (), 'posting ' || p.position || ' of ' || p.journal_id,
               CASE WHEN a.code IS NULL THEN 'an account of the chart'
                    WHEN a.needs_party AND p.party_id IS NULL THEN 'a party on ' || p.account
                    ELSE 'a tax key on ' || p.account END,
               CASE WHEN a.code IS NULL THEN p.account ELSE 'none' END
          FROM postings p
          LEFT JOIN ledger_accounts a ON a.tenant_id = p.tenant_id AND a.code = p.account
         WHERE p.tenant_id = %(tenant_id)s
           AND (a.code IS NULL OR (a.needs_party AND p.party_id IS NULL)
                OR (a.needs_tax_key AND p.tax_key IS NULL))
         ORDER BY p.journal_id, p.position
         LIMIT %(shown)s
        """,
    )


async def days_agree(scope: Scope) -> Check:
    """A posting has the business day and the instant of its journal."""
    return await no_fault(
        scope,
        "ledger.days_agree",
        """
        SELECT count(*) OVER (), 'posting ' || p.position || ' of ' || p.journal_id,
               j.effective_on || ' known ' || j.recorded_at,
               p.effective_on || ' known ' || p.recorded_at
          FROM postings p
          JOIN journals j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
         WHERE p.tenant_id = %(tenant_id)s
           AND (p.effective_on, p.recorded_at) <> (j.effective_on, j.recorded_at)
         ORDER BY p.journal_id, p.position
         LIMIT %(shown)s
        """,
    )


async def reversed_journals_exist(scope: Scope) -> Check:
    """A journal that reverses another one names one that exists."""
    return await no_fault(
        scope,
        "ledger.reversed_journals_exist",
        """
        SELECT count(*) OVER (), 'journal ' || j.id || ' reverses ' || j.reverses, 'a journal',
               'none'
          FROM journals j
          LEFT JOIN journals r ON r.tenant_id = j.tenant_id AND r.id = j.reverses
         WHERE j.tenant_id = %(tenant_id)s AND j.reverses IS NOT NULL AND r.id IS NULL
         ORDER BY j.id
         LIMIT %(shown)s
        """,
    )
