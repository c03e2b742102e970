"""Recipes of a settlement: statement, netting, payout; and the wholesale accruals before it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.ledger import chart
from groschen.core.ledger.journal import Entry, Journal, journal_of
from groschen.core.ledger.parts import (
    PartyAmount,
    credit,
    credit_tax,
    debit,
    debit_tax,
    sum_of,
)
from groschen.core.money import add_all, subtract
from groschen.core.shares.statement import StatementFigures
from groschen.core.tax import tax_key


def statement_agent(
    currency: str, partner_id: UUID, figures: StatementFigures, country: str
) -> Journal:
    """A statement of an agent: the share less commission and VAT becomes payable (block A5).

    What a reversal posted exactly before (``posted`` of the figures) is taken off, so that
    revenue and tax end at the figures of the document. ``country`` owns the VAT.
    """
    invariant(not figures.supply_vat, "an agent's partner bills no VAT to the agent")
    return journal_of("statement_agent", currency, _stated(partner_id, figures, country))


def statement_principal(
    currency: str,
    partner_id: UUID,
    figures: StatementFigures,
    country: str,
    supply_vat_rate: Decimal,
) -> Journal:
    """A statement of a principal: the partner's supply with its VAT is payable (block B7)."""
    supply_vat = debit_tax(chart.TAX_IN, figures.supply_vat, tax_key(country, supply_vat_rate))
    entries = [*_stated(partner_id, figures, country), supply_vat]
    return journal_of("statement_principal", currency, entries)


def _stated(partner_id: UUID, figures: StatementFigures, country: str) -> list[Entry]:
    posted = add_all(group.posted for group in figures.groups)
    vat_posted = add_all(group.vat_posted for group in figures.groups)
    released = subtract(figures.share_cents, posted, vat_posted)
    return [
        debit(chart.SHARE_RELEASED, released, partner_id),
        credit(chart.PARTNER_PAYABLE, figures.net, partner_id),
        credit(chart.REV_COMMISSION, subtract(figures.commission, posted)),
        *(
            credit_tax(
                chart.TAX_OUT,
                subtract(group.vat, group.vat_posted),
                tax_key(country, group.vat_rate),
            )
            for group in figures.groups
        ),
    ]


def payout(currency: str, payouts: Sequence[PartyAmount]) -> Journal:
    """Transfers to partners (blocks A6 and B9)."""
    entries = [
        *(debit(chart.PARTNER_PAYABLE, part.amount, part.party_id) for part in payouts),
        credit(chart.BANK, sum_of(payouts)),
    ]
    return journal_of("payout", currency, entries)


def payout_returned(currency: str, payouts: Sequence[PartyAmount]) -> Journal:
    """Transfers that the bank refused or sent back: they are payable again."""
    entries = [
        debit(chart.BANK, sum_of(payouts)),
        *(credit(chart.PARTNER_PAYABLE, part.amount, part.party_id) for part in payouts),
    ]
    return journal_of("payout_returned", currency, entries)


def netting(currency: str, partner_id: UUID, amount: Decimal) -> Journal:
    """What we owe a partner is set off against what it owes us (block B8)."""
    entries = [
        debit(chart.PARTNER_PAYABLE, amount, partner_id),
        credit(chart.PARTNER_CLAIM, amount, partner_id),
    ]
    return journal_of("netting", currency, entries)


def wholesale_cost(currency: str, shares: Sequence[PartyAmount]) -> Journal:
    """What a reseller owes its supplier for what was used, at the buy rate (block B5)."""
    entries = [
        debit(chart.COST_OF_SHARES, sum_of(shares)),
        *(credit(chart.SHARE_RELEASED, share.amount, share.party_id) for share in shares),
    ]
    return journal_of("wholesale_cost", currency, entries)


def wholesale_revenue(
    currency: str, reseller_id: UUID, amount: Decimal, shares: Sequence[PartyAmount]
) -> Journal:
    """The same use at the supplier: its claim, and its own shares to others (block B6)."""
    entries = [
        debit(chart.PARTNER_CLAIM, amount, reseller_id),
        credit(chart.REV_WHOLESALE, amount),
        *wholesale_cost(currency, shares).entries,
    ]
    return journal_of("wholesale_revenue", currency, entries)
