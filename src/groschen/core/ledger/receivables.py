"""Recipes of what customers owe: credit note, write-off, late recovery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    taken_back,
)
from groschen.core.ledger.reversals import Undone


def credit_note(currency: str, customer_id: UUID, undone: Undone) -> Journal:
    """A credit note against what is still open; shares fall in proportion (block C3)."""
    entries = [*undone.entries, credit(chart.AR, undone.money, customer_id)]
    return journal_of("credit_note", currency, entries)


def credit_paid_out(
    currency: str, customer_id: UUID, amount: Decimal, money_account: str = chart.PSP_CLEARING
) -> Journal:
    """Money back to the customer for what a credit note gave back; gross."""
    entries = [debit(chart.AR, amount, customer_id), credit(money_account, amount)]
    return journal_of("credit_paid_out", currency, entries)


@dataclass(frozen=True, slots=True)
class Lost:
    """What a customer does not pay, net and the tax on it, per tax key."""

    net: Decimal
    tax: Decimal
    tax_key: str


def write_off(
    currency: str, customer_id: UUID, lost: Sequence[Lost], pending: Sequence[PartyAmount]
) -> Journal:
    """A loss: the VAT is corrected, the pending shares fall away (block C4)."""
    expense = _expense(lost)
    entries = [
        *taken_back(expense),
        credit(chart.AR, gross_of(expense), customer_id),
        *(debit(chart.SHARE_PENDING, share.amount, share.party_id) for share in pending),
        credit(chart.COST_OF_SHARES, sum_of(pending)),
    ]
    return journal_of("write_off", currency, entries)


def recovery(
    currency: str,
    recovered: Sequence[Lost],
    shares: Sequence[PartyAmount],
    money_account: str = chart.BANK,
) -> Journal:
    """Money for what was written off: all comes back, shares are owed at once (block C5)."""
    income = _expense(recovered)
    entries = [
        debit(money_account, gross_of(income)),
        *earned(income),
        debit(chart.COST_OF_SHARES, sum_of(shares)),
        *(credit(chart.SHARE_RELEASED, share.amount, share.party_id) for share in shares),
    ]
    return journal_of("recovery", currency, entries)


def _expense(lost: Sequence[Lost]) -> list[Revenue]:
    return [Revenue(chart.EXP_BAD_DEBT, part.net, part.tax, part.tax_key) for part in lost]
