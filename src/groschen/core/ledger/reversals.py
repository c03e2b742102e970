"""Recipes of going back: refund, chargeback, chargeback won, returned commission.

They post recorded amounts again on the other side, never newly computed ones. ``Undone`` is
the part of a sale that is undone; what happens to the money is the recipe's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from groschen.core.errors import GroschenError, Kind
from groschen.core.ledger import chart
from groschen.core.ledger.journal import Entry, Journal, journal_of, mirrored
from groschen.core.ledger.parts import (
    Revenue,
    credit,
    debit,
    debit_tax,
    earned,
    gross_of,
    taken_back,
)
from groschen.core.money import ZERO, add_all, subtract


class FeeExceedsRefund(GroschenError):
    """The fee that is kept is larger than what would be given back."""

    code = "fee_exceeds_refund"
    kind = Kind.UNPROCESSABLE


@dataclass(frozen=True, slots=True)
class UndoneShare:
    """The part of a share that is undone, positive; out of released or out of pending."""

    party_id: UUID
    amount: Decimal
    is_released: bool

    @property
    def account(self) -> str:
        """Where the share stands."""
        return chart.SHARE_RELEASED if self.is_released else chart.SHARE_PENDING


@dataclass(frozen=True, slots=True)
class Undone:
    """The part of a sale that is undone, in recorded amounts, all positive.

    ``revenue`` is what the seller gives up: all of a principal's revenue, an agent's kept
    commission. ``borne`` is what an agent pays itself because a partner keeps its share.
    ``cost`` is how much of the shares was the seller's cost: a principal's shares are, an
    agent's are not. One sale may have lines of both. ``lost`` is money that went back although
    nothing of the sale was left to undo.
    """

    shares: tuple[UndoneShare, ...]
    revenue: tuple[Revenue, ...] = ()
    borne: Decimal = ZERO
    cost: Decimal = ZERO
    lost: Decimal = ZERO

    @classmethod
    def agent(
        cls,
        shares: Iterable[UndoneShare],
        kept: Iterable[Revenue] = (),
        borne: Decimal = ZERO,
    ) -> Undone:
        """Undo a sale for others."""
        return cls(tuple(shares), tuple(kept), borne)

    @classmethod
    def principal(cls, revenue: Iterable[Revenue], shares: Iterable[UndoneShare]) -> Undone:
        """Undo a sale in the seller's own name."""
        undone = tuple(shares)
        return cls(undone, tuple(revenue), cost=add_all(share.amount for share in undone))

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The postings of the sale on the other side, without those of the money."""
        return (
            *(debit(share.account, share.amount, share.party_id) for share in self.shares),
            *taken_back(self.revenue),
            debit(chart.EXP_SHARES_KEPT, self.borne),
            debit(chart.EXP_BAD_DEBT, self.lost),
            credit(chart.COST_OF_SHARES, self.cost),
        )

    @property
    def money(self) -> Decimal:
        """What the customer gets back, or owes no more."""
        return add_all(entry.amount for entry in self.entries)


def refund(
    currency: str,
    undone: Undone,
    fee: Sequence[Revenue] = (),
    money_account: str = chart.PSP_CLEARING,
) -> Journal:
    """Money back to the customer, less a cancellation fee the seller keeps (block A7).

    Raises ``FeeExceedsRefund``.
    """
    money = subtract(undone.money, gross_of(fee))
    if money < ZERO:
        raise FeeExceedsRefund(
            f"a fee of {gross_of(fee):f} is more than the refund of {undone.money:f}",
            field="fee",
            hint="lower the fee, or refund more",
        )
    entries = [*undone.entries, *earned(fee), credit(money_account, money)]
    return journal_of("refund", currency, entries)


def sale_cancelled(currency: str, customer_id: UUID, undone: Undone) -> Journal:
    """A sale that was not paid is undone: nothing is owed any more."""
    entries = [*undone.entries, credit(chart.AR, undone.money, customer_id)]
    return journal_of("sale_cancelled", currency, entries)


def conceded_shares(currency: str, undone: Undone, given_up: Sequence[Revenue] = ()) -> Journal:
    """Partners give up their part of what a credit note has given back for good.

    ``given_up`` is what the note took from the seller although it belongs to others: net and the
    VAT in it, positive. Its difference to what is undone, less than a cent a line, is rounding.
    """
    rest = subtract(gross_of(given_up), undone.money)
    entries = [*undone.entries, *earned(given_up), debit(chart.ROUNDING, rest)]
    return journal_of("shares_conceded", currency, entries)


def chargeback(
    currency: str, undone: Undone, fee: Decimal, fee_account: str = chart.EXP_CHARGEBACK_FEE
) -> Journal:
    """The customer's bank took the money back; the seller bears the ``fee`` (block A9)."""
    entries = [
        *undone.entries,
        debit(fee_account, fee),
        credit(chart.PSP_CLEARING, add_all((undone.money, fee))),
    ]
    return journal_of("chargeback", currency, entries)


@dataclass(frozen=True, slots=True)
class ReturnedCommission:
    """Commission of one partner that is given back, net and VAT, both positive."""

    party_id: UUID
    amount: Decimal
    vat: Decimal
    tax_key: str


def commission_returned(currency: str, commissions: Sequence[ReturnedCommission]) -> Journal:
    """Commission and its VAT go back to the partners (block A8)."""
    return journal_of("commission_returned", currency, _given_back(commissions))


def _given_back(commissions: Sequence[ReturnedCommission]) -> list[Entry]:
    entries = [debit(chart.REV_COMMISSION, add_all(part.amount for part in commissions))]
    for key in sorted({part.tax_key for part in commissions}):
        vat = add_all(part.vat for part in commissions if part.tax_key == key)
        entries.append(debit_tax(chart.TAX_OUT, vat, key))
    entries += [credit(chart.SHARE_RELEASED, part.amount, part.party_id) for part in commissions]
    entries += [credit(chart.SHARE_RELEASED, part.vat, part.party_id) for part in commissions]
    return entries


def chargeback_won(
    currency: str, undone: Undone, commissions: Sequence[ReturnedCommission] = ()
) -> Journal:
    """The money came back after all; the fee stays lost (block A10).

    ``commissions`` is what the chargeback had given back and is charged again.
    """
    entries = [
        debit(chart.PSP_CLEARING, undone.money),
        *(mirrored(entry) for entry in undone.entries),
        *(mirrored(entry) for entry in _given_back(commissions)),
    ]
    return journal_of("chargeback_won", currency, entries)
