"""Sharing money between partners: rules (one file each), terms, splits, reversals, statements."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from groschen.core.shares.reversal import (
    ReversalTooLarge,
    portion_between,
    portions_between,
    reverse,
    reverse_all,
)
from groschen.core.shares.rule import (
    ALL,
    SELLER,
    Base,
    DeductedFrom,
    OnReversal,
    Portion,
    ShareBase,
    ShareFormula,
    ShareRule,
    share_kinds,
    share_rule,
)
from groschen.core.shares.split import (
    CommissionPart,
    Excess,
    SharePart,
    SharesExceedBase,
    Split,
    evaluate,
)
from groschen.core.shares.statement import (
    CommissionFigures,
    CommissionSum,
    StatementFigures,
    StatementInput,
)
from groschen.core.shares.terms import (
    AgreementTerms,
    Release,
    SellerRole,
    Settlement,
    SettlementPeriod,
    ShareKindUnknown,
    parse_terms,
)

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = [
    "ALL",
    "SELLER",
    "AgreementTerms",
    "Base",
    "CommissionFigures",
    "CommissionPart",
    "CommissionSum",
    "DeductedFrom",
    "Excess",
    "OnReversal",
    "Portion",
    "Release",
    "ReversalTooLarge",
    "SellerRole",
    "Settlement",
    "SettlementPeriod",
    "ShareBase",
    "ShareFormula",
    "ShareKindUnknown",
    "SharePart",
    "ShareRule",
    "SharesExceedBase",
    "Split",
    "StatementFigures",
    "StatementInput",
    "evaluate",
    "parse_terms",
    "portion_between",
    "portions_between",
    "reverse",
    "reverse_all",
    "share_kinds",
    "share_rule",
]
