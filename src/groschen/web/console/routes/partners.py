"""Partners: the list, and one with its agreements, claims and statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from groschen.core.money import Money
from groschen.core.shares import ShareRule
from groschen.features.catalog import service as catalog
from groschen.features.parties import service as parties
from groschen.features.parties.model import Party
from groschen.features.settlements.model import StatementFilter
from groschen.features.settlements.service import claims, statements
from groschen.features.settlements.service.claims import PartnerClaims
from groschen.features.shares.service import partnership, standing
from groschen.features.shares.service.partnership import Partnership
from groschen.features.shares.service.standing import factors_of
from groschen.features.shares.standing_model import LineBalances
from groschen.kit.db import Scope
from groschen.kit.http import Pages, Reader, Slice
from groschen.kit.ids import encode_id
from groschen.web.addresses import order_path, partner_path, statement_path
from groschen.web.console import partner as partner_page
from groschen.web.console import partners as list_page
from groschen.web.console.routes.statement_view import statement_rows
from groschen.web.page import page
from groschen.web.routing import Audience, PageNotFound, PageRouter, path_id
from groschen.web.ui.parts import Link
from groschen.web.values import local, page_of_rows
from groschen.web.words import words_of_factors, words_of_rule

pages: Final = PageRouter(Audience.CONSOLE)
PartyId = Annotated[UUID, Depends(path_id("pty", "party"))]
SHOWN: Final = 12


@pages.page("/partners", permission="shares:read")
async def show_partners(
    request: Request, scope: Reader, asked: Pages, q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """The list, newest first, narrowed by a part of the name."""
    found = await parties.partners(scope, asked, q.strip() or None)
    shown, pager = page_of_rows(request, asked, found, lambda party: party.id)
    view = list_page.PartnersView(await _rows(scope, shown), pager, text=q)
    return page(request, list_page.TEMPLATE, view)


@pages.page("/partners/{party}", permission="shares:read")
async def show_partner(request: Request, party: PartyId, scope: Reader) -> Response:
    """One partner."""
    found = await parties.get_party(scope, party)
    if "partner" not in found.roles:
        raise PageNotFound("there is no such partner")
    return page(request, partner_page.TEMPLATE, await _view(scope, found))


async def _rows(scope: Scope, shown: Sequence[Party]) -> tuple[list_page.PartnerRow, ...]:
    ids = [party.id for party in shown]
    names = await parties.labels(scope, ids)
    agreements = await partnership.names_by_partner(scope, ids)
    with_account = await parties.with_account(scope, ids)
    held = _in_home_currency(scope, await claims.claims_of(scope, ids))
    return tuple(
        _row(scope, party.id, names, agreements, held.get(party.id), party.id in with_account)
        for party in shown
    )


def _row(
    scope: Scope,
    party_id: UUID,
    names: Mapping[UUID, str],
    agreements: Mapping[UUID, tuple[str, ...]],
    held: PartnerClaims | None,
    has_account: bool,  # noqa: FBT001 - a column like the others
) -> list_page.PartnerRow:
    zero = Money.zero(scope.tenant.home_currency)
    return list_page.PartnerRow(
        name=names[party_id],
        href=partner_path(party_id),
        state="ready" if has_account else "bank_details_missing",
        agreements=agreements[party_id],
        pending=Money(held.pending.share, held.currency) if held else zero,
        released=Money(held.released.share, held.currency) if held else zero,
        payable=Money(held.on_its_way, held.currency) if held else zero,
        next_statement_on=held.next_statement_on if held else None,
    )


def _in_home_currency(scope: Scope, found: Sequence[PartnerClaims]) -> dict[UUID, PartnerClaims]:
    currency = scope.tenant.home_currency
    return {one.beneficiary_id: one for one in found if one.currency == currency}


async def _view(scope: Scope, party: Party) -> partner_page.PartnerView:
    accounts = await parties.list_payout_accounts(scope, party.id)
    held = _in_home_currency(scope, await claims.claims_of(scope, [party.id])).get(party.id)
    zero = Money.zero(scope.tenant.home_currency)
    names = await parties.labels(scope, [party.id])
    found = await statements.page(
        scope, StatementFilter(beneficiary_id=party.id), Slice(limit=SHOWN)
    )
    shares = await standing.of_partner(scope, party.id, Slice(limit=SHOWN))
    newest = {one.currency: one for one in reversed(accounts)}
    return partner_page.PartnerView(
        name=names[party.id],
        public_id=encode_id("pty", party.id),
        external_id=party.external_id,
        state="ready" if accounts else "bank_details_missing",
        banks=tuple(
            partner_page.BankDetails(
                one.currency, one.iban_last4, local(scope, one.created_at).date()
            )
            for one in newest.values()
        ),
        pending=Money(held.pending.share, held.currency) if held else zero,
        released=Money(held.released.share, held.currency) if held else zero,
        payable=Money(held.on_its_way, held.currency) if held else zero,
        paid=Money(held.paid_out, held.currency) if held else zero,
        agreements=await agreement_views(scope, party),
        statements=await statement_rows(scope, found[:SHOWN], statement_path),
        shares=tuple(_share(line) for line in shares[:SHOWN]),
    )


async def agreement_views(scope: Scope, party: Party) -> tuple[partner_page.AgreementView, ...]:
    """The agreements under which a partner earns, in plain words."""
    found = await partnership.of_partner(scope, party.id)
    products = await catalog.products_under(scope, [one.agreement.external_id for one in found])
    return tuple(
        _agreement(scope, one, party.external_id, products[one.agreement.external_id])
        for one in found
    )


def _agreement(
    scope: Scope, one: Partnership, external_id: str, products: tuple[str, ...]
) -> partner_page.AgreementView:
    version, terms = one.version, one.version.terms
    signed = version.signed_at
    return partner_page.AgreementView(
        name=one.agreement.name,
        version=version.version,
        products=products,
        valid_from=local(scope, version.valid_from).date(),
        valid_to=None if one.valid_until is None else local(scope, one.valid_until).date(),
        signed_on=None if signed is None else local(scope, signed).date(),
        hash=version.hash,
        release=terms.release,
        seller_role=terms.seller_role,
        minimum_payout=Money(terms.settlement.min_payout, terms.currency),
        rules=tuple(
            partner_page.RuleRow(words_of_rule(rule, terms.currency), rule.base)
            for rule in one.rules_of(external_id)
        ),
        deductions=tuple(_deduction(rule, terms.currency) for rule in terms.statement_rules),
    )


def _deduction(rule: ShareRule, currency: str) -> partner_page.DeductionRow:
    return partner_page.DeductionRow(words_of_rule(rule, currency), rule.base, rule.vat_rate)


def _share(line: LineBalances) -> partner_page.ShareRow:
    return partner_page.ShareRow(
        on=line.effective_on,
        order=Link(line.reference, order_path(line.sale_id)),
        rule=words_of_factors(factors_of(line.factors), line.currency),
        amount=Money(line.amount, line.currency),
        state=line.state,
    )
