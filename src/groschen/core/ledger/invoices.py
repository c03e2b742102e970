"""Recipes of documents: an invoice turns what is unbilled into what a customer owes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from groschen.core.ledger import chart
from groschen.core.ledger.journal import Journal, journal_of
from groschen.core.ledger.parts import credit, credit_tax, debit
from groschen.core.money import add_all, subtract


@dataclass(frozen=True, slots=True)
class BilledTax:
    """The VAT of one group of a document, in currency digits, owed under ``tax_key``."""

    amount: Decimal
    tax_key: str


@dataclass(frozen=True, slots=True)
class Conceded:
    """Net in currency digits that is given back for good; negative, on its revenue account."""

    account: str
    net: Decimal


def invoice_issued(
    currency: str,
    customer_id: UUID,
    net: Decimal,
    unbilled: Decimal,
    taxes: Sequence[BilledTax],
    conceded: Sequence[Conceded] = (),
) -> Journal:
    """A document is issued: its gross is owed, its VAT is due, what was unbilled is billed.

    ``net`` is that of the document, in currency digits, ``unbilled`` the exact net of the same
    lines at twelve decimals; what rounding makes of it goes to ROUNDING. What is ``conceded`` is
    revenue given up: it is never billed again. All amounts are as the customer owes them:
    negative for a credit note, whose journal is then the mirror image.
    """
    given_up = add_all(part.net for part in conceded)
    entries = [
        debit(chart.AR, add_all([net, *(tax.amount for tax in taxes)]), customer_id),
        credit(chart.UNBILLED, unbilled, customer_id),
        *(credit_tax(chart.TAX_OUT, tax.amount, tax.tax_key) for tax in taxes),
        *(credit(part.account, part.net) for part in conceded),
        credit(chart.ROUNDING, subtract(net, unbilled, given_up)),
    ]
    return journal_of("invoice_issued", currency, entries)


def work_delivered(currency: str, customer_id: UUID, net: Decimal, revenue_account: str) -> Journal:
    """Something is charged by hand: it is revenue now and will be invoiced; net, twelve decimals.

    A negative ``net`` takes revenue back.
    """
    entries = [debit(chart.UNBILLED, net, customer_id), credit(revenue_account, net)]
    return journal_of("work_delivered", currency, entries)
