"""The oracle's own postings: what each event does to the accounts, debit positive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from oracle.sharing import Month

Place = tuple[str, str, str]
"""Account, party, tax key; empty when there is none."""
Rows = dict[Place, Fraction]
Amounts = Iterable[tuple[str, Fraction]]


def together(*rows: tuple[Place, Fraction]) -> Rows:
    """Sums by place, without those that are zero."""
    sums: Rows = {}
    for place, amount in rows:
        sums[place] = sums.get(place, Fraction(0)) + amount
    return {place: amount for place, amount in sums.items() if amount}


def at(account: str, amount: Fraction, party: str = "", tax: str = "") -> tuple[Place, Fraction]:
    return (account, party, tax), amount


def tax_name(rate: Fraction) -> str:
    percent = rate * 100
    text = str(percent.numerator) if percent.denominator == 1 else f"{float(percent):g}"
    return f"DE-{text}"


def sold_by_agent(gross: Fraction, shares: Amounts, net: Fraction, tax: Fraction) -> Rows:
    """The customer owes the fare; partners' money is pending, the rest is commission."""
    return together(
        at("AR", gross, "customer"),
        *(at("SHARE_PENDING", -amount, who) for who, amount in shares),
        at("REV_COMMISSION", -net),
        at("TAX_OUT", -tax, tax="DE-19"),
    )


def sold_by_principal(net: Fraction, tax: Fraction, key: str, shares: Amounts) -> Rows:
    """The customer owes the fare; it is revenue, and the shares are cost."""
    parts = list(shares)
    return together(
        at("AR", net + tax, "customer"),
        at("REV_TRANSPORT", -net),
        at("TAX_OUT", -tax, tax=key),
        at("COST_OF_SHARES", sum((amount for _, amount in parts), start=Fraction(0))),
        *(at("SHARE_PENDING", -amount, who) for who, amount in parts),
    )


def paid(amount: Fraction) -> Rows:
    return together(at("PSP_CLEARING", amount), at("AR", -amount, "customer"))


def released(shares: Amounts) -> Rows:
    parts = list(shares)
    return together(
        *(at("SHARE_PENDING", amount, who) for who, amount in parts),
        *(at("SHARE_RELEASED", -amount, who) for who, amount in parts),
    )


def settled_by_provider(gross: Fraction, fee: Fraction) -> Rows:
    return together(at("BANK", gross - fee), at("EXP_PSP_FEE", fee), at("PSP_CLEARING", -gross))


def undone(
    shares: Amounts, revenue: tuple[str, str], net: Fraction, tax: Fraction, *, cost: bool
) -> Rows:
    """The sale on the other side, without the money; ``revenue`` is account and tax key."""
    parts = list(shares)
    total = sum((amount for _, amount in parts), start=Fraction(0))
    account, key = revenue
    return together(
        *(at("SHARE_RELEASED", amount, who) for who, amount in parts),
        at(account, net),
        at("TAX_OUT", tax, tax=key),
        at("COST_OF_SHARES", -total if cost else Fraction(0)),
    )


def refunded(back: Rows, fee_net: Fraction, fee_tax: Fraction) -> Rows:
    money = sum(back.values(), start=Fraction(0)) - fee_net - fee_tax
    return together(
        *back.items(),
        at("REV_FEES", -fee_net),
        at("TAX_OUT", -fee_tax, tax="DE-19"),
        at("PSP_CLEARING", -money),
    )


def charged_back(back: Rows, fee: Fraction) -> Rows:
    money = sum(back.values(), start=Fraction(0))
    return together(*back.items(), at("EXP_CHARGEBACK_FEE", fee), at("PSP_CLEARING", -money - fee))


def won_back(back: Rows, commission: Rows) -> Rows:
    money = sum(back.values(), start=Fraction(0))
    mirrored = [(place, -amount) for place, amount in (*back.items(), *commission.items())]
    return together(*mirrored, at("PSP_CLEARING", money))


def commission_back(parts: Iterable[tuple[str, Fraction, Fraction, Fraction]]) -> Rows:
    """``parts`` are who, commission, VAT on it, and the rate."""
    rows: list[tuple[Place, Fraction]] = []
    for who, amount, vat, rate in parts:
        rows.append(at("REV_COMMISSION", amount))
        rows.append(at("TAX_OUT", vat, tax=tax_name(rate)))
        rows.append(at("SHARE_RELEASED", -amount - vat, who))
    return together(*rows)


def stated(
    who: str,
    figures: Month,
    posted: Mapping[Fraction, Fraction],
    vat_posted: Mapping[Fraction, Fraction],
) -> Rows:
    """The documents' figures, less what reversals posted before, by VAT rate."""
    commission, vat = total(figures.commission), total(figures.vat)
    before = total(posted) + total(vat_posted)
    return together(
        at("SHARE_RELEASED", figures.share - before, who),
        at("PARTNER_PAYABLE", commission + vat - figures.share, who),
        at("REV_COMMISSION", total(posted) - commission),
        *(
            at("TAX_OUT", vat_posted[rate] - tax, tax=tax_name(rate))
            for rate, tax in figures.vat.items()
        ),
    )


def total(amounts: Mapping[Fraction, Fraction]) -> Fraction:
    return sum(amounts.values(), start=Fraction(0))


def transferred(payouts: Amounts) -> Rows:
    parts = list(payouts)
    return together(
        *(at("PARTNER_PAYABLE", amount, who) for who, amount in parts),
        at("BANK", -sum((amount for _, amount in parts), start=Fraction(0))),
    )
