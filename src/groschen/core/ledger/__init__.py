"""Double entry: the chart of accounts, journals, and the recipes that make them.

A recipe is a pure function that returns a balanced journal; debit is positive. The letters in
their docstrings name the worked examples in ``tests/golden/ledger``.
"""

from __future__ import annotations

from groschen.core.ledger.chart import (
    Account,
    AccountType,
    AccountUnknown,
    Chart,
    Side,
    standard_chart,
)
from groschen.core.ledger.invoices import BilledTax, Conceded, invoice_issued, work_delivered
from groschen.core.ledger.journal import (
    Entry,
    EntryIncomplete,
    Journal,
    JournalUnbalanced,
    balanced,
    check,
    condensed,
    journal_of,
    merged,
    reversed_journal,
)
from groschen.core.ledger.parts import PartyAmount, Revenue
from groschen.core.ledger.prepaid import (
    VatMode,
    WalletTerms,
    credit_granted,
    repayment_returned,
    top_up,
    top_up_returned,
    usage_charged,
    wallet_closed,
)
from groschen.core.ledger.receivables import Lost, credit_note, recovery, write_off
from groschen.core.ledger.reversals import (
    FeeExceedsRefund,
    ReturnedCommission,
    Undone,
    UndoneShare,
    chargeback,
    chargeback_won,
    commission_returned,
    refund,
    sale_cancelled,
)
from groschen.core.ledger.sales import (
    payment_received,
    payment_unallocated,
    psp_payout,
    sale_agent,
    sale_principal,
    shares_released,
)
from groschen.core.ledger.settlement import (
    netting,
    payout,
    payout_returned,
    statement_agent,
    statement_principal,
    wholesale_cost,
    wholesale_revenue,
)
from groschen.core.ledger.usage import (
    UsageFunding,
    Used,
    shares_accrued,
    usage_accrued,
    usage_booked,
    usage_for_others,
)

__all__ = [
    "Account",
    "AccountType",
    "AccountUnknown",
    "BilledTax",
    "Chart",
    "Conceded",
    "Entry",
    "EntryIncomplete",
    "FeeExceedsRefund",
    "Journal",
    "JournalUnbalanced",
    "Lost",
    "PartyAmount",
    "ReturnedCommission",
    "Revenue",
    "Side",
    "Undone",
    "UndoneShare",
    "UsageFunding",
    "Used",
    "VatMode",
    "WalletTerms",
    "balanced",
    "chargeback",
    "chargeback_won",
    "check",
    "commission_returned",
    "condensed",
    "credit_granted",
    "credit_note",
    "invoice_issued",
    "journal_of",
    "merged",
    "netting",
    "payment_received",
    "payment_unallocated",
    "payout",
    "payout_returned",
    "psp_payout",
    "recovery",
    "refund",
    "repayment_returned",
    "reversed_journal",
    "sale_agent",
    "sale_cancelled",
    "sale_principal",
    "shares_accrued",
    "shares_released",
    "standard_chart",
    "statement_agent",
    "statement_principal",
    "top_up",
    "top_up_returned",
    "usage_accrued",
    "usage_booked",
    "usage_charged",
    "usage_for_others",
    "wallet_closed",
    "wholesale_cost",
    "wholesale_revenue",
    "work_delivered",
    "write_off",
]
