"""What the story must come to: computed from its numbers alone, in exact fractions.

Nothing of the product is used, so that a fault of the product cannot hide in its own proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from groschen.demo.exact import CENT, TWELFTH, ZERO, divide, tax_inside, to_unit

if TYPE_CHECKING:
    from decimal import Decimal

    from groschen.demo.numbers import EticketNumbers

VAT: Final = Fraction(19, 100)
LEAST_PAYOUT: Final = Fraction(1)
"""The agreement's minimum payout in EUR."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement's figures in EUR: cents, but ``share_exact`` and the carried residues."""

    opening: Fraction
    carried_in: Fraction
    share_exact: Fraction
    share: Fraction
    carried_out: Fraction
    commission: Fraction
    vat: Fraction
    payout: Fraction
    closing: Fraction


NOTHING_YET: Final = Statement(ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Partner:
    """One operator: its exact part of a ticket, what is booked of it, and its three statements.

    A statement is None when there is nothing to state.
    """

    exact: Fraction
    share: Fraction
    commission: Fraction
    statements: tuple[Statement | None, Statement | None, Statement | None]

    @property
    def last(self) -> Statement:
        """Where the partner's chain of statements ends."""
        made = [one for one in self.statements if one is not None]
        return made[-1] if made else NOTHING_YET


@dataclass(frozen=True, slots=True)
class ProviderPayout:
    """What the payment provider pays to the bank; ``net`` is negative when it takes money."""

    gross: Fraction
    fees: Fraction

    @property
    def net(self) -> Fraction:
        """What arrives at the bank."""
        return self.gross - self.fees


class Expected:
    """The whole story in figures."""

    def __init__(self, numbers: EticketNumbers) -> None:
        self.tickets = numbers.tickets
        self.fare = Fraction(numbers.fare)
        self.psp_fee = Fraction(numbers.psp_fee)
        self.cancel_fee = Fraction(numbers.cancel_fee)
        self.chargeback_fee = Fraction(numbers.chargeback_fee)
        self.rate = Fraction(numbers.commission) / 100
        self.partners = tuple(self._partners(numbers.legs))

    def _partners(self, legs: tuple[Decimal, ...]) -> list[Partner]:
        weights = [Fraction(leg) for leg in legs]
        whole = sum(weights, start=ZERO)
        shares = divide(self.fare, weights)
        return [
            self._partner(self.fare * weight / whole, share)
            for weight, share in zip(weights, shares, strict=True)
        ]

    def _partner(self, exact: Fraction, share: Fraction) -> Partner:
        commission = to_unit(share * self.rate, TWELFTH)
        if not share:
            return Partner(exact, share, commission, (None, None, None))
        first = _statement(NOTHING_YET, share * self.tickets, commission * self.tickets)
        # The refund gives share and commission back (A7, A8). Both chargebacks take the share and
        # keep the commission (A9), the one that is won brings its share back (A10).
        second = _statement(first, -2 * share, -commission)
        # A residue below a cent waits for the next share; an amount in cents is stated again.
        third = _statement(second, ZERO, ZERO) if second.closing else None
        return Partner(exact, share, commission, (first, second, third))

    @property
    def provider_payouts(self) -> tuple[ProviderPayout, ProviderPayout]:
        """A4 of the first month, and what the reversals of the second come to.

        The fees of chargebacks leave the clearing account with the chargebacks (A9).
        """
        sales = ProviderPayout(self.tickets * self.fare, self.tickets * self.psp_fee)
        refund = -(self.fare - self.cancel_fee)
        chargebacks = -2 * (self.fare + self.chargeback_fee) + self.fare
        return sales, ProviderPayout(refund + chargebacks, ZERO)

    @property
    def payout_total(self) -> Fraction:
        """What the payout file of the first month transfers."""
        return sum((one.payout for one in self._made(0)), start=ZERO)

    def _made(self, month: int) -> list[Statement]:
        found = [partner.statements[month] for partner in self.partners]
        return [one for one in found if one is not None]

    def ledger(self) -> dict[str, Fraction]:
        """The balance of every ledger account at the end: debit positive, zeros left out."""
        fee_net, fee_tax = tax_inside(self.cancel_fee, VAT, TWELFTH)
        stated = [one for month in range(3) for one in self._made(month)]
        lasts = [partner.last for partner in self.partners]
        sales, reversals = self.provider_payouts
        balances = {
            "BANK": sales.net + reversals.net - self.payout_total,
            "EXP_PSP_FEE": sales.fees,
            "EXP_CHARGEBACK_FEE": 2 * self.chargeback_fee,
            "REV_COMMISSION": -sum((one.commission for one in stated), start=ZERO),
            "REV_FEES": -fee_net,
            "TAX_OUT": -fee_tax - sum((one.vat for one in stated), start=ZERO),
            "SHARE_RELEASED": -sum((one.carried_out for one in lasts), start=ZERO),
            "PARTNER_PAYABLE": -sum((one.closing for one in lasts), start=ZERO),
        }
        return {account: balance for account, balance in balances.items() if balance}


def _statement(before: Statement, share_exact: Fraction, commission_exact: Fraction) -> Statement:
    reached = share_exact + before.carried_out
    share = to_unit(reached, CENT)
    commission = to_unit(commission_exact, CENT)
    vat = to_unit(commission * VAT, CENT)
    total = before.closing + share - commission - vat
    payout = total if total >= LEAST_PAYOUT else ZERO
    return Statement(
        opening=before.closing,
        carried_in=before.carried_out,
        share_exact=share_exact,
        share=share,
        carried_out=reached - share,
        commission=commission,
        vat=vat,
        payout=payout,
        closing=total - payout,
    )
