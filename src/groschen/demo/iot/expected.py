"""What the story must come to: computed from its messages alone, in exact fractions.

Nothing of the product is used, so that a fault of the product cannot hide in its own proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from groschen.demo.exact import CENT, ZERO, to_unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from groschen.demo.iot.numbers import Message, Plot, Tariff

VAT: Final = Fraction(19, 100)
PLATFORM: Final = Fraction("1.50")
MIDDLE: Final = Fraction("0.02")
LARGE: Final = Fraction("0.01")
PACKAGE: Final = Fraction("1.20")
COMMISSION: Final = Fraction(15, 100)
SETUP: Final = Fraction(1_000)
PSP_FEE: Final = Fraction("0.43")
COMPONENTS: Final = ("platform", "messages", "volume", "minimum")


@dataclass(frozen=True, slots=True)
class Use:
    """What one company used."""

    messages: int
    kilobytes: int


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice, or a credit note if ``net`` is below zero: net by component, VAT on their sum."""

    lines: dict[str, Fraction]

    @property
    def net(self) -> Fraction:
        """The sum of its lines."""
        return sum(self.lines.values(), start=ZERO)

    @property
    def vat(self) -> Fraction:
        """VAT on the sum, in cents."""
        return to_unit(self.net * VAT, CENT)

    @property
    def gross(self) -> Fraction:
        """What is owed for it."""
        return self.net + self.vat


@dataclass(frozen=True, slots=True)
class Statement:
    """The marketplace's statement in EUR."""

    opening: Fraction
    share: Fraction
    vat: Fraction
    payout: Fraction
    closing: Fraction


class Expected:
    """The whole story in figures. Companies are numbered as in the plot."""

    def __init__(self, plot: Plot) -> None:
        self.devices = [len(owned) for owned in plot.devices]
        self.tariff = plot.tariff
        first = _used(plot.messages, len(plot.devices))
        kept = [one for one in plot.all if one != plot.voided]
        self.used = _used(kept, len(plot.devices))
        before = [self._amounts(company, use) for company, use in enumerate(first)]
        self.amounts = [self._amounts(company, use) for company, use in enumerate(self.used)]
        self.first = [Document(_nonzero(amounts)) for amounts in before]
        self.second = [
            Document(_nonzero({name: now[name] - was[name] for name in COMPONENTS}))
            for now, was in zip(self.amounts, before, strict=True)
        ]

    def _amounts(self, company: int, use: Use) -> dict[str, Fraction]:
        messages = _tiered(use.messages, self.tariff)
        volume = _packaged(use.kilobytes, self.tariff)
        minimum = self.tariff.minimum_cents * CENT
        return {
            "platform": PLATFORM * self.devices[company],
            "messages": messages,
            "volume": volume,
            "minimum": max(ZERO, minimum - messages - volume),
        }

    @property
    def documents(self) -> list[Document]:
        """All invoices and credit notes; a run makes none of which every line is zero."""
        return [one for one in (*self.first, *self.second) if one.lines]

    @property
    def revenue(self) -> Fraction:
        """What all companies were charged, net."""
        return sum((sum(one.values(), start=ZERO) for one in self.amounts), start=ZERO)

    @property
    def received(self) -> Fraction:
        """What companies paid for their invoices, credit notes set off."""
        return sum((one.gross for one in self.documents), start=ZERO)

    @property
    def statements(self) -> tuple[Statement, Statement, Statement]:
        """The sale, its refund after the payout, and the month in which invoices were paid."""
        sale = _statement(ZERO, SETUP * COMMISSION)
        refund = _statement(sale.closing, -SETUP * COMMISSION)
        return sale, refund, _statement(refund.closing, self.revenue * COMMISSION)

    def ledger(self) -> dict[str, Fraction]:
        """The balance of every account at the end: debit positive, zeros left out."""
        made = self.statements
        vat = sum((one.vat for one in self.documents), start=ZERO)
        stated = sum((one.share for one in made), start=ZERO)
        payouts = sum((one.payout for one in made), start=ZERO)
        share = self.revenue * COMMISSION
        balances = {
            "BANK": self.received - PSP_FEE - payouts,
            "EXP_PSP_FEE": PSP_FEE,
            "REVENUE": -self.revenue,
            "TAX_OUT": -vat,
            "TAX_IN": sum((one.vat for one in made), start=ZERO),
            "COST_OF_SHARES": share,
            "SHARE_RELEASED": stated - share,
            "PARTNER_PAYABLE": -made[-1].closing,
        }
        return {account: balance for account, balance in balances.items() if balance}


def _used(messages: Iterable[Message], companies: int) -> list[Use]:
    count, kilobytes = [0] * companies, [0] * companies
    for one in messages:
        count[one.company] += 1
        kilobytes[one.company] += one.kilobytes
    return [Use(*use) for use in zip(count, kilobytes, strict=True)]


def _tiered(count: int, tariff: Tariff) -> Fraction:
    in_the_middle = max(0, min(count, tariff.middle) - tariff.free)
    return in_the_middle * MIDDLE + max(0, count - tariff.middle) * LARGE


def _packaged(kilobytes: int, tariff: Tariff) -> Fraction:
    paid = max(0, kilobytes - tariff.free_kilobytes)
    return -(-paid // tariff.package_kilobytes) * PACKAGE


def _nonzero(amounts: dict[str, Fraction]) -> dict[str, Fraction]:
    return {name: amount for name, amount in amounts.items() if amount}


def _statement(opening: Fraction, exact: Fraction) -> Statement:
    share = to_unit(exact, CENT)
    vat = to_unit(share * VAT, CENT)
    total = opening + share + vat
    payout = max(total, ZERO)
    return Statement(opening, share, vat, payout, total - payout)
