"""The chart of accounts: what each account means and what its postings must say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from groschen.core.errors import GroschenError, Kind


class AccountUnknown(GroschenError):
    """The chart has no such account."""

    code = "account_unknown"
    kind = Kind.UNPROCESSABLE


class AccountType(StrEnum):
    """Where an account stands in the trial balance."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"


class Side(StrEnum):
    """The side on which an account grows. Debit amounts are positive, credit negative."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Account:
    """One account. ``needs_party``: whose it is; ``needs_tax_key``: which tax, such as DE-19."""

    code: str
    type: AccountType
    normal_side: Side
    needs_party: bool = False
    needs_tax_key: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """All accounts of a tenant by code."""

    accounts: Mapping[str, Account]

    def __iter__(self) -> Iterator[Account]:
        return iter(self.accounts.values())

    def account(self, code: str) -> Account:
        """The account called ``code``; raises ``AccountUnknown``."""
        account = self.accounts.get(code)
        if account is None:
            raise AccountUnknown(
                f"the chart has no account {code!r}",
                field="account",
                hint="add the account to the chart, or use one of its codes",
            )
        return account


BANK = "BANK"
PSP_CLEARING = "PSP_CLEARING"
AR = "AR"
UNBILLED = "UNBILLED"
EMERGENCY_CREDIT = "EMERGENCY_CREDIT"
PARTNER_CLAIM = "PARTNER_CLAIM"
TAX_IN = "TAX_IN"
PREPAID = "PREPAID"
PREPAID_VAT = "PREPAID_VAT"
UNALLOCATED = "UNALLOCATED"
SHARE_PENDING = "SHARE_PENDING"
SHARE_RELEASED = "SHARE_RELEASED"
PARTNER_PAYABLE = "PARTNER_PAYABLE"
TAX_OUT = "TAX_OUT"
REVENUE = "REVENUE"
REV_TRANSPORT = "REV_TRANSPORT"
REV_COMMISSION = "REV_COMMISSION"
REV_FEES = "REV_FEES"
REV_ENERGY = "REV_ENERGY"
REV_BASE = "REV_BASE"
REV_WHOLESALE = "REV_WHOLESALE"
COST_OF_SHARES = "COST_OF_SHARES"
EXP_PSP_FEE = "EXP_PSP_FEE"
EXP_CHARGEBACK_FEE = "EXP_CHARGEBACK_FEE"
EXP_RETURN_FEE = "EXP_RETURN_FEE"
EXP_BAD_DEBT = "EXP_BAD_DEBT"
EXP_SHARES_KEPT = "EXP_SHARES_KEPT"
PROMOTION = "PROMOTION"
ROUNDING = "ROUNDING"


def _asset(code: str, **needs: bool) -> Account:
    return Account(code, AccountType.ASSET, Side.DEBIT, **needs)


def _liability(code: str, **needs: bool) -> Account:
    return Account(code, AccountType.LIABILITY, Side.CREDIT, **needs)


def _income(code: str) -> Account:
    return Account(code, AccountType.INCOME, Side.CREDIT)


def _expense(code: str) -> Account:
    return Account(code, AccountType.EXPENSE, Side.DEBIT)


def standard_chart() -> Chart:
    """The accounts every tenant starts with.

    UNBILLED is what customers will be invoiced for what they had already, net: its VAT is due
    with the invoice, which moves it to AR.
    UNALLOCATED is customers' money that pays nothing and goes back.
    PREPAID is what customers see, gross; PREPAID_VAT is contra to it: the VAT in it that is
    already owed to the state. EXP_SHARES_KEPT is what the seller pays back to a customer
    although a partner keeps its share of it, PROMOTION credit that is given, net.
    """
    accounts = (
        _asset(BANK),
        _asset(PSP_CLEARING),
        _asset(AR, needs_party=True),
        _asset(UNBILLED, needs_party=True),
        _asset(EMERGENCY_CREDIT, needs_party=True),
        _asset(PARTNER_CLAIM, needs_party=True),
        _asset(TAX_IN, needs_tax_key=True),
        _liability(PREPAID, needs_party=True),
        Account(PREPAID_VAT, AccountType.LIABILITY, Side.DEBIT, needs_tax_key=True),
        _liability(UNALLOCATED, needs_party=True),
        _liability(SHARE_PENDING, needs_party=True),
        _liability(SHARE_RELEASED, needs_party=True),
        _liability(PARTNER_PAYABLE, needs_party=True),
        _liability(TAX_OUT, needs_tax_key=True),
        *(
            _income(code)
            for code in (
                REVENUE,
                REV_TRANSPORT,
                REV_COMMISSION,
                REV_FEES,
                REV_ENERGY,
                REV_BASE,
                REV_WHOLESALE,
            )
        ),
        *(
            _expense(code)
            for code in (
                COST_OF_SHARES,
                EXP_PSP_FEE,
                EXP_CHARGEBACK_FEE,
                EXP_RETURN_FEE,
                EXP_BAD_DEBT,
                EXP_SHARES_KEPT,
                PROMOTION,
                ROUNDING,
            )
        ),
    )
    return Chart({account.code: account for account in accounts})
