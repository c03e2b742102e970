"""The figures of a partner's statement: the one place where shares become cents.

Positive amounts are what the seller owes the partner. Share and commission are each rounded
half up; VAT is the rounded commission times its rate, rounded half up. Only the residue of the
share is carried; commission and VAT are document amounts and carry none.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from groschen.core.currencies import currency_digits
from groschen.core.errors import invariant
from groschen.core.money import ZERO, add, add_all, multiply, round_currency, subtract


@dataclass(frozen=True, slots=True)
class CommissionSum:
    """The commissions of one VAT rate on a statement, at twelve decimals.

    ``exact`` is their net sum; positive lowers what the partner is paid. ``posted`` and
    ``vat_posted`` are what was posted before the statement: negative for commission that was
    given back at a reversal (A8), zero for all that is posted by the statement.
    """

    vat_rate: Decimal
    exact: Decimal
    posted: Decimal = ZERO
    vat_posted: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class StatementInput:
    """What a statement is made of.

    ``opening`` is the closing of the one before, in cents; ``carried_in`` its residue.
    ``shares_exact`` is the sum of the released movements of the period, twelve decimals.
    ``returned_payouts`` were paid by earlier statements, but the bank did not execute them.
    ``supply_vat_rate`` is the VAT the partner adds to its share (principal sellers only).
    """

    currency: str
    opening: Decimal
    carried_in: Decimal
    shares_exact: Decimal
    commissions: tuple[CommissionSum, ...]
    min_payout: Decimal
    supply_vat_rate: Decimal = ZERO
    returned_payouts: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class CommissionFigures:
    """Commission and VAT of one rate in cents, and what of both was posted before."""

    vat_rate: Decimal
    commission: Decimal
    vat: Decimal
    posted: Decimal
    vat_posted: Decimal


@dataclass(frozen=True, slots=True)
class StatementFigures:
    """A statement in figures, cents but ``share_exact`` and the carried residues.

    share_cents = share_exact + carried_in - carried_out
    net         = share_cents + supply_vat - commission - vat
    total_due   = opening + returned_payouts + net = payout + closing
    """

    share_exact: Decimal
    carried_in: Decimal
    share_cents: Decimal
    carried_out: Decimal
    commission: Decimal
    vat: Decimal
    net: Decimal
    opening: Decimal
    total_due: Decimal
    payout: Decimal
    closing: Decimal
    groups: tuple[CommissionFigures, ...]
    supply_vat: Decimal
    returned_payouts: Decimal


def statement(data: StatementInput) -> StatementFigures:
    """Compute a statement from the sums of its period.

    A total below ``min_payout`` (at least the smallest coin) is not paid but closes the
    statement and opens the next; so does a negative total.
    """
    reached = add(data.shares_exact, data.carried_in)
    share_cents = round_currency(reached, data.currency)
    carried_out = subtract(reached, share_cents)
    groups = tuple(_in_cents(group, data.currency) for group in data.commissions)
    commission = add_all(group.commission for group in groups)
    vat = add_all(group.vat for group in groups)
    supply_vat = round_currency(multiply(share_cents, data.supply_vat_rate), data.currency)
    net = subtract(add(share_cents, supply_vat), commission, vat)
    total_due = add(data.opening, data.returned_payouts, net)
    payout = total_due if total_due >= _least_payout(data) else ZERO
    return StatementFigures(
        share_exact=data.shares_exact,
        carried_in=data.carried_in,
        share_cents=share_cents,
        carried_out=carried_out,
        commission=commission,
        vat=vat,
        net=net,
        opening=data.opening,
        total_due=total_due,
        payout=payout,
        closing=subtract(total_due, payout),
        groups=groups,
        supply_vat=supply_vat,
        returned_payouts=data.returned_payouts,
    )


def _in_cents(group: CommissionSum, currency: str) -> CommissionFigures:
    commission = round_currency(group.exact, currency)
    vat = round_currency(multiply(commission, group.vat_rate), currency)
    return CommissionFigures(group.vat_rate, commission, vat, group.posted, group.vat_posted)


def _least_payout(data: StatementInput) -> Decimal:
    invariant(data.opening == round_currency(data.opening, data.currency), "opening in cents")
    coin = Decimal(1).scaleb(-currency_digits(data.currency))
    return max(data.min_payout, coin)
