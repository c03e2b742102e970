"""Recipes of a sale: sold, paid, shares released, money at the bank."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from groschen.core.ledger import chart
from groschen.core.ledger.journal import Journal, journal_of
from groschen.core.ledger.parts import (
    PartyAmount,
    Revenue,
    credit,
    debit,
    earned,
    gross_of,
    sum_of,
)
from groschen.core.money import subtract


def sale_agent(
    currency: str,
    customer_id: UUID,
    gross: Decimal,
    shares: Sequence[PartyAmount],
    kept: Sequence[Revenue] = (),
) -> Journal:
    """A sale for others: the shares are money held for the partners (block A1).

    ``kept`` is what the seller keeps inside the split, its commission with the VAT in it.
    Shares and the gross of ``kept`` add up to ``gross``.
    """
    entries = [
        debit(chart.AR, gross, customer_id),
        *(credit(chart.SHARE_PENDING, share.amount, share.party_id) for share in shares),
        *earned(kept),
    ]
    return journal_of("sale_agent", currency, entries)


def sale_principal(
    currency: str, customer_id: UUID, revenue: Sequence[Revenue], shares: Sequence[PartyAmount]
) -> Journal:
    """A sale in the seller's own name: shares are cost (blocks A1p and C1)."""
    entries = [
        debit(chart.AR, gross_of(revenue), customer_id),
        *earned(revenue),
        debit(chart.COST_OF_SHARES, sum_of(shares)),
        *(credit(chart.SHARE_PENDING, share.amount, share.party_id) for share in shares),
    ]
    return journal_of("sale_principal", currency, entries)


def payment_received(
    currency: str, customer_id: UUID, amount: Decimal, money_account: str = chart.PSP_CLEARING
) -> Journal:
    """A customer paid, by a provider (block A2) or to the bank (in block C2)."""
    entries = [debit(money_account, amount), credit(chart.AR, amount, customer_id)]
    return journal_of("payment_received", currency, entries)


def payment_unallocated(
    currency: str, customer_id: UUID, amount: Decimal, money_account: str = chart.PSP_CLEARING
) -> Journal:
    """A customer's money came although nothing is to be paid any more: it is owed back.

    A negative ``amount`` is what went back.
    """
    entries = [debit(money_account, amount), credit(chart.UNALLOCATED, amount, customer_id)]
    return journal_of("payment_unallocated", currency, entries)


def shares_released(currency: str, shares: Sequence[PartyAmount]) -> Journal:
    """Pending shares are owed now (block A3); a negative amount takes a release back."""
    entries = [
        *(debit(chart.SHARE_PENDING, share.amount, share.party_id) for share in shares),
        *(credit(chart.SHARE_RELEASED, share.amount, share.party_id) for share in shares),
    ]
    return journal_of("shares_released", currency, entries)


def psp_payout(currency: str, gross: Decimal, fee: Decimal) -> Journal:
    """The provider settles ``gross`` less its ``fee`` with our bank account (block A4).

    A negative ``gross`` (more refunds than sales) is taken from the account.
    """
    entries = [
        debit(chart.BANK, subtract(gross, fee)),
        debit(chart.EXP_PSP_FEE, fee),
        credit(chart.PSP_CLEARING, gross),
    ]
    return journal_of("psp_payout", currency, entries)
