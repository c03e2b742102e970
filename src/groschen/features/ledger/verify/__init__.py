"""Checks that the ledger can make alone: one function and one statement for each rule."""

from __future__ import annotations

from typing import Final

from groschen.features.ledger.verify.books import (
    accounts_fit,
    days_agree,
    journals_balance,
    journals_have_postings,
    postings_have_journal,
    reversed_journals_exist,
    trial_balance_is_zero,
)
from groschen.features.ledger.verify.check import Check, no_fault

CHECKS: Final = (
    journals_balance,
    trial_balance_is_zero,
    journals_have_postings,
    postings_have_journal,
    accounts_fit,
    days_agree,
    reversed_journals_exist,
)

__all__ = [
    "CHECKS",
    "Check",
    "accounts_fit",
    "days_agree",
    "journals_balance",
    "journals_have_postings",
    "no_fault",
    "postings_have_journal",
    "reversed_journals_exist",
    "trial_balance_is_zero",
]
