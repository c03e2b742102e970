"""Recipes of a prepaid wallet: top-up, use, return, end.

PREPAID is what the customer sees, gross. With single-purpose credit the VAT is due when the
money comes; PREPAID_VAT, contra to PREPAID, holds it until the supply. With multi-purpose
credit the VAT is due with the supply. Amounts of tax have twelve decimals here: these are no
documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.ledger import chart
from groschen.core.ledger.journal import Entry, Journal, journal_of
from groschen.core.ledger.parts import credit, credit_tax, debit, debit_tax
from groschen.core.ledger.usage import UsageFunding, Used, usage_booked
from groschen.core.money import add, add_all, multiply, round12, round_currency, subtract
from groschen.core.tax import tax_key, tax_within


class VatMode(StrEnum):
    """When the VAT of prepaid credit is due; fixed when a wallet is created."""

    SINGLE_PURPOSE = "single_purpose"
    MULTI_PURPOSE = "multi_purpose"


@dataclass(frozen=True, slots=True)
class WalletTerms:
    """Whose wallet it is and how its VAT works."""

    currency: str
    party_id: UUID
    vat_mode: VatMode
    country: str
    vat_rate: Decimal

    @property
    def tax_key(self) -> str:
        """The tax key of the wallet's rate."""
        return tax_key(self.country, self.vat_rate)

    def vat_in(self, gross: Decimal) -> Decimal:
        """The VAT inside ``gross`` credit that is owed since the top-up; twelve decimals."""
        if self.vat_mode is VatMode.MULTI_PURPOSE:
            return Decimal(0)
        return round12(tax_within(gross, self.vat_rate))

    def vat_paid_in_advance(self, gross: Decimal) -> list[Entry]:
        """VAT becomes due on credit that is added; negative ``gross`` takes it back."""
        vat = self.vat_in(gross)
        return [
            debit_tax(chart.PREPAID_VAT, vat, self.tax_key),
            credit_tax(chart.TAX_OUT, vat, self.tax_key),
        ]


def top_up(
    wallet: WalletTerms,
    amount: Decimal,
    emergency_repaid: Decimal,
    money_account: str = chart.BANK,
) -> Journal:
    """Money for a wallet; used emergency credit is repaid first (blocks B1 and B11).

    ``money_account`` is where the money is: BANK after an instant transfer, PSP_CLEARING while
    a provider holds it. The VAT of the emergency part was due with the supply, so it is due on
    the rest only.
    """
    credited = subtract(amount, emergency_repaid)
    entries = [
        debit(money_account, amount),
        credit(chart.EMERGENCY_CREDIT, emergency_repaid, wallet.party_id),
        credit(chart.PREPAID, credited, wallet.party_id),
        *wallet.vat_paid_in_advance(credited),
    ]
    return journal_of("top_up", wallet.currency, entries)


def credit_granted(wallet: WalletTerms, amount: Decimal, vat: Decimal) -> Journal:
    """Credit that is given: what it will pay for costs the customer less, so less is earned.

    ``vat`` is the VAT in ``amount``: it is never due, neither now nor with the supply.
    """
    entries = [
        debit(chart.PROMOTION, subtract(amount, vat)),
        debit_tax(chart.PREPAID_VAT, vat, wallet.tax_key),
        credit(chart.PREPAID, amount, wallet.party_id),
    ]
    return journal_of("credit_granted", wallet.currency, entries)


def repayment_returned(wallet: WalletTerms, amount: Decimal, vat: Decimal) -> Journal:
    """Repaid emergency credit was not used after all: the top-up that repaid it is credit.

    As if the top-up had found that much less to repay; ``vat`` of it is due in advance.
    """
    entries = [
        debit(chart.EMERGENCY_CREDIT, amount, wallet.party_id),
        credit(chart.PREPAID, amount, wallet.party_id),
        debit_tax(chart.PREPAID_VAT, vat, wallet.tax_key),
        credit_tax(chart.TAX_OUT, vat, wallet.tax_key),
    ]
    return journal_of("repayment_returned", wallet.currency, entries)


def usage_charged(wallet: WalletTerms, used: Sequence[Used], from_credit: Decimal) -> Journal:
    """Use is charged to the wallet, what it lacks to emergency credit (blocks B3 and B10).

    ``from_credit`` is the gross that the wallet's own credit pays, at most the whole. Holds
    are no journals: what was reserved before does not matter here.
    """
    net = add_all(part.net for part in used)
    vat = round12(multiply(net, wallet.vat_rate))
    gross = add(net, vat)
    invariant(Decimal(0) <= from_credit <= gross, "credit pays more than was used")
    vat_prepaid = wallet.vat_in(from_credit) if from_credit < gross else _whole(wallet, vat)
    funding = UsageFunding(
        party_id=wallet.party_id,
        wallet=from_credit,
        prepaid_vat=vat_prepaid,
        overdraft=subtract(gross, from_credit),
        prepaid_tax_key=wallet.tax_key,
    )
    return usage_booked(wallet.currency, funding, used, wallet.tax_key)


def _whole(wallet: WalletTerms, vat: Decimal) -> Decimal:
    return vat if wallet.vat_mode is VatMode.SINGLE_PURPOSE else Decimal(0)


def top_up_returned(wallet: WalletTerms, amount: Decimal, left: Decimal, fee: Decimal) -> Journal:
    """A top-up is taken back by the customer's bank, the bank charges ``fee`` (block B12).

    ``left`` of it is still credit and goes; what was used is owed by the customer. The VAT of
    the used part stays due: that was supplied.
    """
    entries = [
        debit(chart.PREPAID, left, wallet.party_id),
        debit(chart.AR, subtract(amount, left), wallet.party_id),
        *wallet.vat_paid_in_advance(subtract(Decimal(0), left)),
        debit(chart.EXP_RETURN_FEE, fee),
        credit(chart.BANK, add(amount, fee)),
    ]
    return journal_of("top_up_returned", wallet.currency, entries)


def wallet_closed(wallet: WalletTerms, left: Decimal) -> Journal:
    """What is left is paid out in whole cents, the residue is rounding (block B13)."""
    paid = round_currency(left, wallet.currency)
    entries = [
        debit(chart.PREPAID, left, wallet.party_id),
        credit(chart.BANK, paid),
        credit(chart.ROUNDING, subtract(left, paid)),
        *wallet.vat_paid_in_advance(subtract(Decimal(0), left)),
    ]
    return journal_of("wallet_closed", wallet.currency, entries)
