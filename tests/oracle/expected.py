"""The oracle tells the same story in exact fractions. Nothing of the product is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from oracle import books
from oracle.drawing import Drawn
from oracle.exact import CENT, TWELFTH, step, steps, to_unit
from oracle.sharing import Line, Month, Shared, month, share

ZERO = Fraction(0)
COMMISSION_RATE = Fraction(19, 100)


def tax_inside(gross: Fraction, rate: Fraction, unit: Fraction) -> tuple[Fraction, Fraction]:
    """Net and tax of a gross amount."""
    tax = to_unit(gross - gross / (1 + rate), unit)
    return gross - tax, tax


class Expected:
    """One scenario in the oracle's hands."""

    def __init__(self, drawn: Drawn) -> None:
        self.drawn = drawn
        self.gross = Fraction(drawn.fare) * Fraction(drawn.quantity)
        self.vat_rate = Fraction(drawn.vat_rate)
        self.net, self.tax = tax_inside(self.gross, self.vat_rate, CENT)
        legs = tuple((name, Fraction(weight)) for name, weight in drawn.legs)
        self.shared: Shared = share(
            drawn.terms, Line(self.gross, self.net, Fraction(drawn.quantity), legs)
        )
        self.is_agent = drawn.terms["seller_role"] == "agent"
        self.shares = [
            (part.who, part.amount) for part in self.shared.parts if part.who != "seller"
        ]
        self.partners = sorted({who for who, _ in self.shares})
        if self.is_agent:
            kept = self.gross - sum((amount for _, amount in self.shares), start=ZERO)
            self.net, self.tax = tax_inside(kept, COMMISSION_RATE, TWELFTH)
        self.undone = ZERO
        self.back_share: dict[str, Fraction] = defaultdict(Fraction)
        self.back: dict[tuple[str, Fraction], Fraction] = defaultdict(Fraction)
        self.back_vat: dict[tuple[str, Fraction], Fraction] = defaultdict(Fraction)

    @property
    def revenue(self) -> tuple[str, str]:
        if self.is_agent:
            return "REV_COMMISSION", "DE-19"
        return "REV_TRANSPORT", books.tax_name(self.vat_rate)

    def rows(self) -> Iterator[tuple[str, books.Rows]]:
        """What every journal of the story should say."""
        if self.is_agent:
            yield "sale", books.sold_by_agent(self.gross, self.shares, self.net, self.tax)
        else:
            key = self.revenue[1]
            yield "sale", books.sold_by_principal(self.net, self.tax, key, self.shares)
        yield from self._payments()
        fee = Fraction(self.drawn.psp_fee)
        yield "provider", books.settled_by_provider(self.gross, fee)
        yield from self._months(1)
        for number, reached in enumerate(self.drawn.refunds):
            yield from self._refund(number, reached)
        yield from self._months(2)
        yield from self._chargeback()

    def _payments(self) -> Iterator[tuple[str, books.Rows]]:
        so_far = ZERO
        for number, part in enumerate(self.drawn.payments):
            reached = to_unit(self.gross * part, CENT)
            yield f"payment {number}", books.paid(reached - so_far)
            released = [
                (who, step(amount, so_far / self.gross, reached / self.gross))
                for who, amount in self.shares
            ]
            yield f"release {number}", books.released(released)
            so_far = reached

    def _undo(self, reached: Fraction) -> books.Rows:
        amounts = [amount for _, amount in self.shares]
        if self.is_agent:
            *shares, net, tax = steps([*amounts, self.net, self.tax], self.undone, reached)
        else:
            shares = steps(amounts, self.undone, reached)
            net, tax = steps([self.net, self.tax], self.undone, reached)
        undone = [(who, amount) for (who, _), amount in zip(self.shares, shares, strict=True)]
        return books.undone(undone, self.revenue, net, tax, cost=not self.is_agent)

    def _commissions(self, reached: Fraction) -> list[tuple[str, Fraction, Fraction, Fraction]]:
        return [
            (
                part.who,
                step(part.amount, self.undone, reached),
                step(part.vat, self.undone, reached),
                part.rate,
            )
            for part in self.shared.commissions
        ]

    def _refund(self, number: int, reached: Fraction) -> Iterator[tuple[str, books.Rows]]:
        back, commissions = self._undo(reached), self._commissions(reached)
        fee = Fraction(self.drawn.cancel_fee)
        if fee > sum(back.values()):
            fee = ZERO
        fee_net, fee_tax = tax_inside(fee, COMMISSION_RATE, TWELFTH)
        yield f"refund {number}", books.refunded(back, fee_net, fee_tax)
        yield f"commission {number}", books.commission_back(commissions)
        for (account, who, _), amount in back.items():
            if account == "SHARE_RELEASED":
                self.back_share[who] += amount
        for who, amount, vat, rate in commissions:
            self.back[who, rate] += amount
            self.back_vat[who, rate] += vat
        self.undone = reached

    def _chargeback(self) -> Iterator[tuple[str, books.Rows]]:
        back = self._undo(Fraction(1))
        commission = books.commission_back(self._commissions(Fraction(1)))
        yield "chargeback", books.charged_back(back, Fraction(self.drawn.chargeback_fee))
        yield "chargeback commission", commission
        yield "won", books.won_back(back, commission)

    def _months(self, number: int) -> Iterator[tuple[str, books.Rows]]:
        paid: list[tuple[str, Fraction]] = []
        for who in self.partners:
            figures = self.months(who, tickets=1)[number - 1]
            posted = {rate: -amount for (name, rate), amount in self.back.items() if name == who}
            vat = {rate: -amount for (name, rate), amount in self.back_vat.items() if name == who}
            if number == 1:
                posted = dict.fromkeys(figures.vat, ZERO)
                vat = posted
            yield f"statement {number} {who}", books.stated(who, figures, posted, vat)
            paid.append((who, figures.payout))
        yield f"payout {number}", books.transferred(paid)

    def months(self, who: str, tickets: int) -> tuple[Month, Month]:
        """The statements of two months: ``tickets`` such sales, then the reversals so far."""
        minimum = Fraction(self.drawn.terms["settlement"]["min_payout"])
        shares = sum((amount for name, amount in self.shares if name == who), start=ZERO)
        charged: dict[Fraction, Fraction] = defaultdict(Fraction)
        for part in self.shared.commissions:
            if part.who == who:
                charged[part.rate] += part.amount * tickets
        first = month(ZERO, ZERO, shares * tickets, charged, minimum)
        back = {rate: -amount for (name, rate), amount in self.back.items() if name == who}
        opening = first.total - first.payout
        second = month(opening, first.carried, -self.back_share[who], back, minimum)
        return first, second
