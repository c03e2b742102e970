"""What recipes are made of: amounts with their party, revenue with its tax."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from groschen.core.ledger import chart
from groschen.core.ledger.journal import Entry
from groschen.core.money import ZERO, add, add_all, subtract


@dataclass(frozen=True, slots=True)
class PartyAmount:
    """An amount of one party, twelve decimals; positive as recorded by the sale."""

    party_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Revenue:
    """An amount on a revenue account and the tax on it; the tax is owed under ``tax_key``."""

    account: str
    net: Decimal
    tax: Decimal
    tax_key: str

    @property
    def gross(self) -> Decimal:
        """Net plus tax."""
        return add(self.net, self.tax)


def debit(account: str, amount: Decimal, party_id: UUID | None = None) -> Entry:
    """A posting on the debit side; a negative amount stands on the credit side."""
    return Entry(account, amount, party_id)


def credit(account: str, amount: Decimal, party_id: UUID | None = None) -> Entry:
    """A posting on the credit side; a negative amount stands on the debit side."""
    return Entry(account, subtract(ZERO, amount), party_id)


def debit_tax(account: str, amount: Decimal, tax_key: str) -> Entry:
    """A posting of tax on the debit side."""
    return Entry(account, amount, tax_key=tax_key)


def credit_tax(account: str, amount: Decimal, tax_key: str) -> Entry:
    """A posting of tax on the credit side."""
    return Entry(account, subtract(ZERO, amount), tax_key=tax_key)


def earned(revenue: Iterable[Revenue]) -> list[Entry]:
    """Revenue and its tax, as a sale posts them."""
    return [
        entry
        for part in revenue
        for entry in (
            credit(part.account, part.net),
            credit_tax(chart.TAX_OUT, part.tax, part.tax_key),
        )
    ]


def taken_back(revenue: Iterable[Revenue]) -> list[Entry]:
    """Revenue and its tax, as a reversal posts them."""
    return [
        entry
        for part in revenue
        for entry in (
            debit(part.account, part.net),
            debit_tax(chart.TAX_OUT, part.tax, part.tax_key),
        )
    ]


def sum_of(parts: Iterable[PartyAmount]) -> Decimal:
    """The sum of the amounts."""
    return add_all(part.amount for part in parts)


def gross_of(revenue: Iterable[Revenue]) -> Decimal:
    """The sum of net and tax."""
    return add_all(part.gross for part in revenue)
