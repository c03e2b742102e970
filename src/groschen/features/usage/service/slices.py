"""From slices to changes of shares: each day takes its total from what is posted to what is.

All figures of a change are of the total up to and with its day, so that differences telescope
and the sums do not depend on how slices were put into portions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from groschen.core.canonical import EventHash
from groschen.core.ledger import UsageFunding, WalletTerms
from groschen.core.money import ZERO, Money, add, add_all, round12, subtract
from groschen.core.sale import COMMISSION_ACCOUNT, Basis, TaxTerms
from groschen.core.shares import Excess, SellerRole, ShareBase, Split, evaluate
from groschen.core.tax import split_gross_exact, tax_within
from groschen.core.totals import TotalKey
from groschen.features.shares.model import Change, Sale, Supply

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from groschen.features.shares.model import AgreementVersion
    from groschen.features.usage.queries.posting import PostedSum, Slice
    from groschen.features.wallets.service import PaidPart


@dataclass(frozen=True, slots=True)
class PostingTerms:
    """All that decides how a total is posted; the same for each of its days.

    ``service_tax`` is that of the commission which an agent keeps. ``wallet`` is None where
    nothing is funded by one. ``is_claimed`` says that a reseller settles it as a partner.
    """

    basis: Basis
    revenue_account: str
    tax: TaxTerms
    service_tax: TaxTerms
    wallet: WalletTerms | None
    agreement: AgreementVersion | None
    beneficiaries: Mapping[str, UUID]
    reference: str
    is_claimed: bool = False

    @property
    def is_agent(self) -> bool:
        """Whether the total is sold for others."""
        return self.agreement is not None and self.agreement.terms.seller_role is SellerRole.AGENT

    def net_of(self, gross: Decimal) -> Decimal:
        """``gross`` without its VAT, at twelve decimals."""
        return subtract(gross, round12(tax_within(gross, self.tax.rate)))


@dataclass(frozen=True, slots=True)
class Figures:
    """What a total comes to; all gross but ``amount``, which is in the plan's basis.

    ``promo`` is the part of ``wallet`` that given credit paid.
    """

    quantity: Decimal
    amount: Decimal
    gross: Decimal
    wallet: Decimal
    overdraft: Decimal
    receivable: Decimal
    promo: Decimal

    @property
    def is_from_credit(self) -> bool:
        """Whether nothing of it is lent or still to be invoiced."""
        return not self.overdraft and not self.receivable


@dataclass(frozen=True, slots=True)
class PaidFor:
    """What was paid of a total beside its use of credit: ``promo`` by day, the rest as a sum."""

    promo: Mapping[date, Decimal]
    repaid: Decimal
    received: Decimal

    @classmethod
    def of(cls, parts: Iterable[PaidPart], received: Decimal) -> PaidFor:
        """Put together what wallets and invoices know."""
        known = list(parts)
        promo = {one.day: one.promo for one in known if one.promo}
        return cls(promo, add_all(one.repaid for one in known), received)


@dataclass(frozen=True, slots=True)
class Posting:
    """The changes of one total in a portion, and how it stands after them."""

    changes: tuple[Change, ...]
    before: Figures
    after: Figures
    terms: PostingTerms
    paid_for: PaidFor

    @property
    def must_release(self) -> bool:
        """Whether what is released has to be worked out from what was released before."""
        if self.terms.agreement is None or (
            self.before.is_from_credit and self.after.is_from_credit
        ):
            return False
        paid, _ = self.released
        return bool(paid or self.before.wallet or self.before.overdraft)

    @property
    def released(self) -> tuple[Decimal, Decimal]:
        """What is paid, and of what, once the portion is posted."""
        return released_of(self.after, self.paid_for, is_agent=self.terms.is_agent)


def released_of(figures: Figures, paid_for: PaidFor, *, is_agent: bool) -> tuple[Decimal, Decimal]:
    """What of a total is paid, and the gross that its shares are taken of.

    A principal's gifts are in neither: they lower the price. An agent pays its gifts itself.
    """
    paid = paid_of(figures, paid_for)
    if is_agent:
        return paid, figures.gross
    return subtract(paid, figures.promo), subtract(figures.gross, figures.promo)


def paid_of(figures: Figures, paid_for: PaidFor) -> Decimal:
    """What of a total is paid: from credit, of emergency credit repaid, of invoices received."""
    return add(
        figures.wallet,
        _at_most(paid_for.repaid, figures.overdraft),
        _at_most(paid_for.received, figures.receivable),
    )


def _at_most(paid: Decimal, owed: Decimal) -> Decimal:
    return min(paid, max(owed, ZERO)) if paid > 0 else paid


def posting_of(
    slices: Sequence[Slice],
    posted: PostedSum,
    terms: PostingTerms,
    paid_for: PaidFor,
    booking_id: UUID,
) -> Posting:
    """The changes that post ``slices``, the waiting days of one total in their order.

    Raises what sharing raises: ``CurrencyMismatch``, ``WeightsAllZero``, ``LegsMissing``.
    """
    before = now = posted_figures(posted, paid_for)
    changes: list[Change] = []
    was_promo = {day: paid_for.promo.get(day, ZERO) for day in posted.days}
    for one in slices:
        promo = _promo_on(one, paid_for)
        after = _moved(now, one, subtract(promo, was_promo.get(one.day, ZERO)))
        is_paid = before.is_from_credit and after.is_from_credit
        supply = _supply(one, now, after, terms, booking_id, is_paid=is_paid)
        changes.append(_change(one, after, terms, supply))
        now = after
    return Posting(tuple(changes), before, now, terms, paid_for)


def posted_figures(posted: PostedSum, paid_for: PaidFor) -> Figures:
    """What of a total is posted."""
    return Figures(
        posted.quantity,
        posted.amount,
        posted.gross,
        posted.wallet,
        posted.overdraft,
        posted.receivable,
        add_all(paid_for.promo.get(day, ZERO) for day in posted.days),
    )


def _promo_on(one: Slice, paid_for: PaidFor) -> Decimal:
    """What given credit paid on the day, as far as the slice knows of it already."""
    return min(paid_for.promo.get(one.day, ZERO), max(one.wallet, ZERO))


def _moved(before: Figures, one: Slice, promo: Decimal) -> Figures:
    return Figures(
        add(before.quantity, subtract(one.quantity, one.posted_quantity)),
        add(before.amount, subtract(one.amount, one.posted_amount)),
        add(before.gross, subtract(one.gross, one.posted_gross)),
        add(before.wallet, subtract(one.wallet, one.posted_wallet)),
        add(before.overdraft, subtract(one.overdraft, one.posted_overdraft)),
        add(before.receivable, subtract(one.receivable, one.posted_receivable)),
        add(before.promo, promo),
    )


def _supply(
    one: Slice,
    before: Figures,
    after: Figures,
    terms: PostingTerms,
    booking_id: UUID,
    *,
    is_paid: bool,
) -> Supply:
    owed = subtract(terms.net_of(after.receivable), terms.net_of(before.receivable))
    funding = UsageFunding(
        party_id=one.party_id,
        wallet=subtract(after.wallet, before.wallet),
        prepaid_vat=subtract(one.wallet_vat, one.posted_wallet_vat),
        overdraft=subtract(after.overdraft, before.overdraft),
        unbilled=ZERO if terms.is_claimed else owed,
        claim=owed if terms.is_claimed else ZERO,
        prepaid_tax_key=terms.wallet.tax_key if terms.wallet else terms.tax.key,
    )
    return Supply(booking_id, one.account_id, one.day, funding, terms.tax.key, is_paid)


def _change(one: Slice, after: Figures, terms: PostingTerms, supply: Supply) -> Change:
    split = _split(one, after, terms)
    return Change(
        key=TotalKey(one.owner_id, one.component, one.window_id, one.segment, one.group_key),
        total_id=one.total_id,
        sale_id=one.total_id,
        reference=terms.reference,
        rule_hash=one.rule_hash,
        state={"quantity": after.quantity},
        facts=EventHash.of(one.event_count, one.event_hash),
        currency=one.currency,
        amount=after.amount,
        sale=_sale(one, after, terms, split),
        agreement=terms.agreement,
        split=split,
        beneficiaries=terms.beneficiaries,
        supply=supply,
    )


def _split(one: Slice, after: Figures, terms: PostingTerms) -> Split | None:
    """Who gets what of the total so far.

    What a principal gave away lowers what it shares; an agent bears what it gave away itself.
    """
    if terms.agreement is None:
        return None
    gross, net = after.gross, _net(after, terms)
    if not terms.is_agent:
        gross = subtract(gross, after.promo)
        net = subtract(net, terms.net_of(after.promo))
    base = ShareBase(Money(gross, one.currency), Money(net, one.currency), after.quantity)
    return evaluate(terms.agreement.terms, base, one.component, Excess.BEAR)


def _net(after: Figures, terms: PostingTerms) -> Decimal:
    return after.amount if terms.basis is Basis.NET else terms.net_of(after.gross)


def _sale(one: Slice, after: Figures, terms: PostingTerms, split: Split | None) -> Sale:
    """A principal's revenue is all of it; an agent's is what it keeps, as commission."""
    if split is not None and terms.is_agent:
        kept = split_gross_exact(Money(split.kept, one.currency), terms.service_tax.rate)
        own = (COMMISSION_ACCOUNT, kept.net.amount, kept.tax.amount, terms.service_tax.key)
    else:
        net = _net(after, terms)
        own = (terms.revenue_account, net, subtract(after.gross, net), terms.tax.key)
    return Sale(one.party_id, after.gross, *own)
