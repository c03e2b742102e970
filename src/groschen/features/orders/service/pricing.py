"""Pricing lines: what each would cost and who would get what, the same for quote and order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from groschen.core.errors import GroschenError
from groschen.core.money import LIMIT, add_all
from groschen.core.prices import Leg
from groschen.core.sale import SaleTerms, SoldLine, TaxTerms, sell
from groschen.core.shares import CommissionPart, SharePart, Split
from groschen.core.shares.rule import SELLER
from groschen.features.catalog import service as catalog
from groschen.features.catalog.model import Offer, PlanUnknown
from groschen.features.orders.model import (
    LineDraft,
    MixedCurrencies,
    OrderTooLarge,
    PlanNotForOrders,
    QuantityInvalid,
    QuotedLine,
    QuotedShare,
)
from groschen.features.parties import service as parties
from groschen.features.shares.model import AgreementVersion
from groschen.features.shares.service import agreements
from groschen.kit.db import Scope

SERVICE_TAX_CLASS = "standard"


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with all that was used to price it; ``sold`` holds the figures."""

    draft: LineDraft
    offer: Offer
    component: str
    fact: Mapping[str, object]
    service_on: date
    sold: SoldLine
    tax_key: str
    agreement: AgreementVersion | None

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Who carries what, for the ticket; empty for a price without legs."""
        return self.offer.terms.component.priced.legs_for(self.fact)

    def as_chosen(self, *, is_day_chosen: bool) -> PricedLine:
        """The same line as its customer asked for it: with or without a day of travel."""
        if is_day_chosen:
            return self
        return replace(self, draft=replace(self.draft, service_on=None))

    def quoted(self) -> QuotedLine:
        """The line as people and the API see it."""
        sold = self.sold
        return QuotedLine(
            plan=self.draft.plan,
            plan_version_id=self.offer.plan_version_id,
            plan_hash=self.offer.hash,
            route=self.draft.route,
            quantity=self.draft.quantity,
            service_on=self.service_on,
            is_day_chosen=self.draft.service_on is not None,
            gross=sold.gross.amount,
            net=sold.net.amount,
            tax=sold.tax.amount,
            tax_key=self.tax_key,
            agreement_version_id=self.agreement.id if self.agreement else None,
            agreement_hash=self.agreement.hash if self.agreement else None,
            shares=_quoted_shares(sold.split) if sold.split else (),
            retained=sold.split.kept if sold.split else sold.net.amount,
            proof=sold.rated.proof.to_json(),
        )


@dataclass(slots=True)
class Pricer:
    """Prices many lines in one transaction; equal lines are computed once.

    ``at`` is the instant whose plan and agreement versions apply. What was loaded before is kept:
    call ``load`` with all lines first, then ``price`` each.
    """

    scope: Scope
    at: datetime
    offers: dict[str, Offer] = field(default_factory=dict)
    agreements: dict[str, AgreementVersion] = field(default_factory=dict)
    taxes: dict[tuple[str, date], TaxTerms] = field(default_factory=dict)
    parties: dict[str, UUID] = field(default_factory=dict)
    known: dict[LineDraft, PricedLine | GroschenError] = field(default_factory=dict)

    async def load(self, drafts: Sequence[LineDraft]) -> None:
        """Read the plans, agreements and partners of ``drafts``, each sort at once.

        What is missing is refused where it is needed, when its line is priced.
        """
        plans = {draft.plan for draft in drafts} - self.offers.keys()
        self.offers |= await catalog.offers(self.scope, plans, self.at)
        shared = {offer.terms.agreement for offer in self.offers.values()}
        names = {name for name in shared if name is not None} - self.agreements.keys()
        self.agreements |= await agreements.found_in_force(self.scope, names, self.at)
        await self._load_partners(drafts)

    async def _load_partners(self, drafts: Iterable[LineDraft]) -> None:
        names = {name for draft in drafts for name in self._partners_of(draft)}
        if missing := names - self.parties.keys():
            self.parties |= await parties.ids_by_external_id(self.scope, missing)

    def _partners_of(self, draft: LineDraft) -> set[str]:
        """Who may get a part of a line, as far as its plan and agreement are known."""
        offer = self.offers.get(draft.plan)
        version = self.agreements.get((offer and offer.terms.agreement) or "")
        if offer is None or version is None or not offer.terms.is_for_orders:
            return set()
        named = agreements.named_beneficiaries(version.terms) - {"", SELLER}
        try:
            legs = offer.terms.component.priced.legs_for({"route": draft.route})
        except GroschenError:
            return named  # pricing the line will say what is wrong with it
        return named | {leg.operator for leg in legs}

    async def price(self, draft: LineDraft) -> PricedLine:
        """Price one line; raises what is wrong with it. A second call for an equal line is free."""
        if draft not in self.known:
            try:
                self.known[draft] = await self._price(draft)
            except GroschenError as refusal:
                self.known[draft] = refusal
        found = self.known[draft]
        if isinstance(found, GroschenError):
            raise found
        return found

    async def _price(self, draft: LineDraft) -> PricedLine:
        offer = self._offer(draft)
        agreement = self._agreement(offer)
        service_on = draft.service_on or self.scope.today
        tax = await self._tax(offer.tax_class, service_on)
        component = offer.terms.component
        fact = {"quantity": draft.quantity, "route": draft.route}
        terms = SaleTerms(
            price=component.priced,
            basis=offer.terms.basis,
            tax=tax,
            service_tax=await self._tax(SERVICE_TAX_CLASS, service_on),
            revenue_account=component.revenue_account or offer.terms.revenue_account,
            agreement=agreement.terms if agreement else None,
            component=component.id,
        )
        sold = sell(terms, fact)
        check_size(sold.gross.amount, "quantity")
        await self._find_parties(sold.split)
        return PricedLine(draft, offer, component.id, fact, service_on, sold, tax.key, agreement)

    def _offer(self, draft: LineDraft) -> Offer:
        if draft.quantity <= 0:
            raise QuantityInvalid(
                "the quantity must be above zero", field="quantity", hint='order at least "1"'
            )
        offer = self.offers.get(draft.plan)
        if offer is None:
            raise PlanUnknown(
                f"no plan {draft.plan!r} is on sale at {self.at.isoformat()}",
                field="plan",
                hint="list the plans with GET /v1/plans; a plan needs a version that has started",
            )
        if not offer.terms.is_for_orders:
            raise PlanNotForOrders(
                f"the plan {draft.plan!r} is subscribed to, not ordered",
                field="plan",
                hint="subscribe to it with POST /v1/subscriptions, or order another plan",
            )
        return offer

    def _agreement(self, offer: Offer) -> AgreementVersion | None:
        name = offer.terms.agreement
        if name is None:
            return None
        if name not in self.agreements:
            raise agreements.not_in_force(name, self.at)
        return self.agreements[name]

    async def _tax(self, tax_class: str, service_on: date) -> TaxTerms:
        if (tax_class, service_on) not in self.taxes:
            rate = await catalog.tax_rate(self.scope, tax_class, service_on)
            self.taxes[tax_class, service_on] = TaxTerms(rate.rate, rate.key)
        return self.taxes[tax_class, service_on]

    async def _find_parties(self, split: Split | None) -> None:
        if split is None:
            return
        names = {part.beneficiary for part in split.partner_parts} - self.parties.keys()
        if names:
            self.parties |= await agreements.beneficiaries(self.scope, names)


def _quoted_shares(split: Split) -> tuple[QuotedShare, ...]:
    return tuple(
        QuotedShare(
            party=part.beneficiary,
            rule=part.rule_id,
            amount=part.amount,
            commission=add_all(one.amount for one in _commissions(split, part)),
            commission_vat=add_all(one.vat_amount for one in _commissions(split, part)),
        )
        for part in split.partner_parts
    )


def _commissions(split: Split, part: SharePart) -> Sequence[CommissionPart]:
    return [
        one
        for one in split.commissions
        if (one.of_rule_id, one.beneficiary) == (part.rule_id, part.beneficiary)
    ]


def order_gross(lines: Sequence[PricedLine]) -> Decimal:
    """The sum of the lines, each rounded already; raises OrderTooLarge."""
    gross = add_all(line.sold.gross.amount for line in lines)
    check_size(gross, "lines")
    return gross


def check_size(gross: Decimal, field: str) -> None:
    """Raise OrderTooLarge for an amount that the books cannot hold."""
    if gross >= LIMIT:
        raise OrderTooLarge(
            f"{gross:f} is more than the books can hold",
            field=field,
            hint=f"stay below {LIMIT:f}, or make several orders",
        )


async def price_lines(pricer: Pricer, drafts: Sequence[LineDraft]) -> list[PricedLine]:
    """Price the lines of one quote or order; a refusal names the line.

    Raises MixedCurrencies beside what ``Pricer.price`` raises.
    """
    lines: list[PricedLine] = []
    for position, draft in enumerate(drafts):
        try:
            lines.append(await pricer.price(draft))
        except GroschenError as refusal:
            raise _of_line(refusal, position) from refusal
    _check_currency(lines)
    return lines


def _of_line(refusal: GroschenError, position: int) -> GroschenError:
    """The same refusal with the place of the line before its field."""
    located = copy(refusal)
    located.field = ".".join(filter(None, ("lines", str(position), refusal.field)))
    return located


def _check_currency(lines: Sequence[PricedLine]) -> None:
    currencies = sorted({line.sold.gross.currency for line in lines})
    if len(currencies) > 1:
        raise MixedCurrencies(
            f"the lines are in {' and '.join(currencies)}",
            field="lines",
            hint="make one order for each currency",
        )
