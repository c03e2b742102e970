"""Selling one line: price, tax and split, by the same function for quote, order and explanation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from groschen.core.money import Money
from groschen.core.prices import Fact, PriceModel
from groschen.core.prices.model import quantity_of
from groschen.core.rating import Rated, rate
from groschen.core.shares import AgreementTerms, SellerRole, ShareBase, Split, evaluate
from groschen.core.tax import split_gross, split_gross_exact, split_net

COMMISSION_ACCOUNT = "REV_COMMISSION"


class Basis(StrEnum):
    """Whether the prices of a plan contain the tax."""

    GROSS = "gross"
    NET = "net"


@dataclass(frozen=True, slots=True)
class TaxTerms:
    """A rate as a factor (0.07) and the key its postings carry (DE-7)."""

    rate: Decimal
    key: str


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """All that decides what a line costs and who gets what; pinned when it is sold.

    ``tax`` is that of the product; ``service_tax`` that of the seller's own service, which an
    agent keeps as commission. Without ``agreement`` all of it is the seller's. ``component`` is
    the price component, for rules that share in some components only.
    """

    price: PriceModel
    basis: Basis
    tax: TaxTerms
    service_tax: TaxTerms
    revenue_account: str
    agreement: AgreementTerms | None
    component: str | None = None


@dataclass(frozen=True, slots=True)
class OwnRevenue:
    """What of a line is the seller's own: ``net`` on ``account`` and ``tax`` under ``tax_key``."""

    account: str
    net: Decimal
    tax: Decimal
    tax_key: str


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A priced line. ``gross`` = ``net`` + ``tax``, each rounded once to currency digits.

    ``split`` divides the gross (agent) or the net (principal) exactly; ``own`` is the seller's.
    """

    rated: Rated
    gross: Money
    net: Money
    tax: Money
    split: Split | None
    own: OwnRevenue


def sell(terms: SaleTerms, fact: Fact) -> SoldLine:
    """Price one fact, take the tax out or put it on, and split what results.

    The line is rounded once, half up on the absolute value; the tax per line. Raises what the
    price model and the share rules raise.
    """
    rated = rate(terms.price, [fact])
    amount = rated.amount.rounded()
    if terms.basis is Basis.GROSS:
        net, tax = split_gross(amount, terms.tax.rate)
    else:
        net, tax = split_net(amount, terms.tax.rate)
    gross = net + tax
    split = _split(terms, fact, gross, net)
    return SoldLine(rated, gross, net, tax, split, _own(terms, net, tax, split))


def _split(terms: SaleTerms, fact: Fact, gross: Money, net: Money) -> Split | None:
    if terms.agreement is None:
        return None
    legs = terms.price.legs_for(fact)
    line = ShareBase(gross, net, quantity_of(fact), legs)
    return evaluate(terms.agreement, line, terms.component)


def _own(terms: SaleTerms, net: Money, tax: Money, split: Split | None) -> OwnRevenue:
    """A principal's revenue is the whole line; an agent's is what it keeps, as commission."""
    if split is None or not _sells_for_others(terms.agreement):
        return OwnRevenue(terms.revenue_account, net.amount, tax.amount, terms.tax.key)
    kept = split_gross_exact(Money(split.kept, net.currency), terms.service_tax.rate)
    return OwnRevenue(COMMISSION_ACCOUNT, kept.net.amount, kept.tax.amount, terms.service_tax.key)


def _sells_for_others(agreement: AgreementTerms | None) -> bool:
    return agreement is not None and agreement.seller_role is SellerRole.AGENT
