"""The product tells the story of a drawn scenario: split, journals and statements, step by step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import NAMESPACE_OID, UUID, uuid5

from groschen.core.allocation import release_fraction
from groschen.core.ledger import (
    FeeExceedsRefund,
    Journal,
    PartyAmount,
    ReturnedCommission,
    Revenue,
    Undone,
    UndoneShare,
    chargeback,
    chargeback_won,
    commission_returned,
    payment_received,
    payout,
    psp_payout,
    refund,
    sale_agent,
    sale_principal,
    shares_released,
    statement_agent,
)
from groschen.core.money import Money, add, multiply, round_currency, subtract
from groschen.core.prices import Leg
from groschen.core.prices.route_table import Route, RouteTablePrice
from groschen.core.rating import rate
from groschen.core.shares import (
    CommissionSum,
    SellerRole,
    ShareBase,
    Split,
    StatementFigures,
    StatementInput,
    evaluate,
    parse_terms,
    portion_between,
    reverse,
    reverse_all,
)
from groschen.core.shares.statement import statement
from groschen.core.tax import split_gross, split_gross_exact, tax_key
from oracle.drawing import Drawn

EUR = "EUR"
COMMISSION_RATE = Decimal("0.19")


def party(name: str) -> UUID:
    return uuid5(NAMESPACE_OID, name)


@dataclass
class Reversed:
    """What the reversals gave back to one partner so far, as positive sums by VAT rate."""

    share: Decimal
    commission: dict[Decimal, Decimal]
    vat: dict[Decimal, Decimal]


class Product:
    """One scenario in the product's hands."""

    def __init__(self, drawn: Drawn) -> None:
        self.drawn = drawn
        self.terms = parse_terms(drawn.terms)
        self.vat_rate = Decimal(drawn.vat_rate)
        self.line = self._line()
        self.split: Split = evaluate(self.terms, self.line)
        self.is_agent = self.terms.seller_role is SellerRole.AGENT
        self.revenue = self._revenue()
        self.partners = sorted({part.beneficiary for part in self.split.partner_parts})
        self.undone = Fraction(0)
        self.back = {
            name: Reversed(Decimal(0), defaultdict(Decimal), defaultdict(Decimal))
            for name in self.partners
        }

    def _line(self) -> ShareBase:
        legs = tuple(Leg(name, Decimal(weight)) for name, weight in self.drawn.legs)
        price = RouteTablePrice(EUR, {"R": Route(Money(Decimal(self.drawn.fare), EUR), legs)})
        fact = {"quantity": Decimal(self.drawn.quantity), "route": "R"}
        gross = rate(price, [fact]).amount
        net = split_gross(gross, self.vat_rate).net
        return ShareBase(gross, net, Decimal(self.drawn.quantity), price.legs_for(fact))

    def _revenue(self) -> Revenue:
        if self.is_agent:
            net, tax = split_gross_exact(Money(self.split.kept, EUR), COMMISSION_RATE)
            return Revenue("REV_COMMISSION", net.amount, tax.amount, "DE-19")
        net, tax = split_gross(self.line.gross, self.vat_rate)
        return Revenue("REV_TRANSPORT", net.amount, tax.amount, tax_key("DE", self.vat_rate))

    def journals(self) -> Iterator[tuple[str, Journal]]:
        """All journals in the order of the story."""
        yield "sale", self._sale()
        yield from self._payments()
        fee = Decimal(self.drawn.psp_fee)
        yield "provider", psp_payout(EUR, self.line.gross.amount, fee)
        yield from self._months(1)
        for number, reached in enumerate(self.drawn.refunds):
            yield from self._refund(number, reached)
        yield from self._months(2)
        yield from self._chargeback()

    def _shares(self) -> list[PartyAmount]:
        return [
            PartyAmount(party(part.beneficiary), part.amount) for part in self.split.partner_parts
        ]

    def _sale(self) -> Journal:
        customer = party("customer")
        if self.is_agent:
            gross = self.line.gross.amount
            return sale_agent(EUR, customer, gross, self._shares(), [self.revenue])
        return sale_principal(EUR, customer, [self.revenue], self._shares())

    def _payments(self) -> Iterator[tuple[str, Journal]]:
        gross = self.line.gross
        so_far = Money.zero(EUR)
        for number, part in enumerate(self.drawn.payments):
            reached = Money(round_currency(Fraction(gross.amount) * part, EUR), EUR)
            before, after = release_fraction(so_far, gross), release_fraction(reached, gross)
            money = (reached - so_far).amount
            yield f"payment {number}", payment_received(EUR, party("customer"), money)
            released = [
                PartyAmount(share.party_id, portion_between(share.amount, before, after))
                for share in self._shares()
            ]
            yield f"release {number}", shares_released(EUR, released)
            so_far = reached

    def _undo(self, part: Fraction) -> Undone:
        amounts = [part.amount for part in self.split.partner_parts]
        revenue = self.revenue
        if self.is_agent:
            parts = reverse_all([*amounts, revenue.net, revenue.tax], part, self.undone)
            shares, (net, tax) = parts[:-2], parts[-2:]
        else:
            shares = reverse_all(amounts, part, self.undone)
            net, tax = reverse_all([revenue.net, revenue.tax], part, self.undone)
        undone = [
            UndoneShare(party(share.beneficiary), -amount, is_released=True)
            for share, amount in zip(self.split.partner_parts, shares, strict=True)
        ]
        given_up = [Revenue(revenue.account, -net, -tax, revenue.tax_key)]
        if self.is_agent:
            return Undone.agent(undone, given_up)
        return Undone.principal(given_up, undone)

    def _commissions(self, part: Fraction) -> list[ReturnedCommission]:
        return [
            ReturnedCommission(
                party(commission.beneficiary),
                -reverse(commission.amount, part, self.undone),
                -reverse(commission.vat_amount, part, self.undone),
                tax_key("DE", commission.vat_rate),
            )
            for commission in self.split.commissions
        ]

    def _refund(self, number: int, reached: Fraction) -> Iterator[tuple[str, Journal]]:
        part = reached - self.undone
        undone, commissions = self._undo(part), self._commissions(part)
        net, tax = split_gross_exact(Money(Decimal(self.drawn.cancel_fee), EUR), COMMISSION_RATE)
        fee = Revenue("REV_FEES", net.amount, tax.amount, "DE-19")
        try:
            yield f"refund {number}", refund(EUR, undone, [fee])
        except FeeExceedsRefund:
            yield f"refund {number}", refund(EUR, undone)
        yield f"commission {number}", commission_returned(EUR, commissions)
        self._remember(undone, commissions)
        self.undone = reached

    def _remember(self, undone: Undone, commissions: list[ReturnedCommission]) -> None:
        names = {party(name): name for name in self.partners}
        for share in undone.shares:
            back = self.back[names[share.party_id]]
            back.share = add(back.share, share.amount)
        for returned, of in zip(commissions, self.split.commissions, strict=True):
            back = self.back[names[returned.party_id]]
            back.commission[of.vat_rate] = add(back.commission[of.vat_rate], returned.amount)
            back.vat[of.vat_rate] = add(back.vat[of.vat_rate], returned.vat)

    def _chargeback(self) -> Iterator[tuple[str, Journal]]:
        part = 1 - self.undone
        undone, commissions = self._undo(part), self._commissions(part)
        fee = Decimal(self.drawn.chargeback_fee)
        yield "chargeback", chargeback(EUR, undone, fee)
        yield "chargeback commission", commission_returned(EUR, commissions)
        yield "won", chargeback_won(EUR, undone, commissions)

    def _months(self, number: int) -> Iterator[tuple[str, Journal]]:
        figures = {name: self.months(name, tickets=1)[number - 1] for name in self.partners}
        for name, figure in figures.items():
            yield f"statement {number} {name}", statement_agent(EUR, party(name), figure, "DE")
        paid = [PartyAmount(party(name), figure.payout) for name, figure in figures.items()]
        yield f"payout {number}", payout(EUR, paid)

    def months(self, name: str, tickets: int) -> list[StatementFigures]:
        """The statements of two months: ``tickets`` such sales, then the reversals so far."""
        shares = [part.amount for part in self.split.partner_parts if part.beneficiary == name]
        sold: dict[Decimal, Decimal] = defaultdict(Decimal)
        for part in self.split.commissions:
            if part.beneficiary == name:
                sold[part.vat_rate] = add(sold[part.vat_rate], part.amount)
        charged = tuple(
            CommissionSum(vat_rate, multiply(amount, Decimal(tickets)))
            for vat_rate, amount in sold.items()
        )
        first = self._statement(multiply(add(*shares), Decimal(tickets)), charged, None)
        back = self.back[name]
        returned = tuple(
            CommissionSum(vat_rate, -amount, -amount, -back.vat[vat_rate])
            for vat_rate, amount in back.commission.items()
        )
        return [first, self._statement(subtract(Decimal(0), back.share), returned, first)]

    def _statement(
        self,
        shares: Decimal,
        charged: tuple[CommissionSum, ...],
        before: StatementFigures | None,
    ) -> StatementFigures:
        return statement(
            StatementInput(
                currency=EUR,
                opening=before.closing if before else Decimal(0),
                carried_in=before.carried_out if before else Decimal(0),
                shares_exact=shares,
                commissions=charged,
                min_payout=self.terms.settlement.min_payout,
            )
        )
