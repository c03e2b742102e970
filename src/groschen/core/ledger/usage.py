"""Recipes of usage: what was supplied, and what of it credit paid or an invoice will ask for.

Amounts are differences at twelve decimals; a negative one is the mirror image. What usage owes
of tax is what its debits leave after revenue, shares held for others and prepaid VAT, so a
difference in the last decimal between these never unbalances a journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from groschen.core.ledger import chart
from groschen.core.ledger.journal import Entry, Journal, journal_of
from groschen.core.ledger.parts import (
    PartyAmount,
    Revenue,
    credit,
    credit_tax,
    debit,
    earned,
    sum_of,
)
from groschen.core.money import ZERO, add_all, subtract


@dataclass(frozen=True, slots=True)
class Used:
    """What was supplied: ``net`` at twelve decimals, on its revenue account."""

    account: str
    net: Decimal


@dataclass(frozen=True, slots=True)
class UsageFunding:
    """What pays for usage of one customer.

    ``wallet`` is gross, from credit of its own, with ``prepaid_vat`` in it that is owed since
    the top-up under ``prepaid_tax_key``. ``overdraft`` is gross, from emergency credit.
    ``unbilled`` is net, of what will be invoiced; ``claim`` is net, of what a reseller settles as
    a partner. All may be negative.
    """

    party_id: UUID
    wallet: Decimal = ZERO
    prepaid_vat: Decimal = ZERO
    overdraft: Decimal = ZERO
    unbilled: Decimal = ZERO
    prepaid_tax_key: str | None = None
    claim: Decimal = ZERO

    @property
    def debits(self) -> list[Entry]:
        """The customer's side."""
        return [
            debit(chart.PREPAID, self.wallet, self.party_id),
            debit(chart.EMERGENCY_CREDIT, self.overdraft, self.party_id),
            debit(chart.UNBILLED, self.unbilled, self.party_id),
            debit(chart.PARTNER_CLAIM, self.claim, self.party_id),
        ]


def usage_booked(
    currency: str, funding: UsageFunding, used: Sequence[Used], tax_key: str
) -> Journal:
    """Usage of what the seller supplies itself (blocks B3, B6, B10 and D1).

    VAT that the credit does not hold is due now under ``tax_key``, but for that of the unbilled
    part and of the claim: it comes with the invoice and the settlement.
    """
    revenue = [credit(part.account, part.net) for part in used]
    return _usage(currency, funding, revenue, tax_key)


def usage_accrued(currency: str, party_id: UUID, used: Sequence[Used]) -> Journal:
    """Usage that is invoiced as a whole later; no VAT is due yet (block D2)."""
    unbilled = add_all(part.net for part in used)
    entries = [
        debit(chart.UNBILLED, unbilled, party_id),
        *(credit(part.account, part.net) for part in used),
    ]
    return journal_of("usage", currency, entries)


def usage_for_others(
    currency: str,
    funding: UsageFunding,
    shares: Sequence[PartyAmount],
    kept: Sequence[Revenue],
    tax_key: str,
) -> Journal:
    """Usage sold for others: the shares are money held for the partners (block D3).

    ``kept`` is the seller's commission with the VAT in it. The VAT inside the shares is the
    partners' affair: what credit or the invoice holds of it under ``tax_key`` is taken back.
    """
    entries = [
        *(credit(chart.SHARE_PENDING, share.amount, share.party_id) for share in shares),
        *earned(kept),
    ]
    return _usage(currency, funding, entries, tax_key)


def shares_accrued(currency: str, shares: Sequence[PartyAmount]) -> Journal:
    """What partners get of usage that the seller supplies in its own name: cost, pending."""
    entries = [
        debit(chart.COST_OF_SHARES, sum_of(shares)),
        *(credit(chart.SHARE_PENDING, share.amount, share.party_id) for share in shares),
    ]
    return journal_of("shares_accrued", currency, entries)


def _usage(
    currency: str, funding: UsageFunding, supplied: Sequence[Entry], tax_key: str
) -> Journal:
    prepaid_vat = Entry(
        chart.PREPAID_VAT, subtract(ZERO, funding.prepaid_vat), tax_key=funding.prepaid_tax_key
    )
    entries = [*funding.debits, *supplied, prepaid_vat]
    tax = add_all(entry.amount for entry in entries)
    return journal_of("usage", currency, [*entries, credit_tax(chart.TAX_OUT, tax, tax_key)])
