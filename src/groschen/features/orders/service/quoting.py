"""Quotes: a price and its split, promised for a while, before anything is bought."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from groschen.core.money import add_all
from groschen.core.sale import TaxTerms
from groschen.features.catalog import service as catalog
from groschen.features.orders import queries
from groschen.features.orders.model import (
    LineDraft,
    Quote,
    QuotedLine,
    QuoteExpired,
    QuoteNotFound,
    QuoteOfOtherAccount,
)
from groschen.features.orders.service.accounts import customer_account
from groschen.features.orders.service.pricing import Pricer, order_gross, price_lines
from groschen.features.parties import service as parties
from groschen.features.shares.service import agreements
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from groschen.kit.rows import json_rows

VALIDITY = timedelta(minutes=15)


async def quote(scope: Scope, account: str | None, drafts: Sequence[LineDraft]) -> Quote:
    """Price ``drafts`` and keep the promise for fifteen minutes; nothing is bought.

    ``account`` is the external id of the customer's account, if known.
    """
    account_id = await _account_id(scope, account)
    pricer = Pricer(scope, scope.now)
    await pricer.load(drafts)
    lines = await price_lines(pricer, drafts)
    promised = Quote(
        id=new_id(),
        account_id=account_id,
        currency=lines[0].sold.gross.currency,
        gross=order_gross(lines),
        lines=tuple(line.quoted() for line in lines),
        created_at=scope.now,
        expires_at=scope.now + VALIDITY,
    )
    await queries.insert_quote(scope, json_rows([_row(promised)]))
    return promised


async def _account_id(scope: Scope, account: str | None) -> UUID | None:
    if account is None:
        return None
    found = await parties.accounts_by_external_id(scope, [account])
    return customer_account(found, account).id


def _row(promised: Quote) -> dict[str, object]:
    return {
        "id": promised.id,
        "account_id": promised.account_id,
        "currency": promised.currency,
        "gross": promised.gross,
        "body": {"lines": promised.lines},
        "created_at": promised.created_at,
        "expires_at": promised.expires_at,
    }


async def read_quotes(scope: Scope, ids: Iterable[UUID]) -> dict[UUID, Quote]:
    """Read quotes by id; unknown ids are left out."""
    wanted = list(ids)
    rows = await queries.quotes(scope, wanted) if wanted else []
    return {row.id: _read(row) for row in rows}


async def find_quote(scope: Scope, quote_id: UUID) -> Quote:
    """Read one quote; raises QuoteNotFound.

    A quote shows how all partners will share, so to a party's actor there is none.
    """
    found = await read_quotes(scope, [quote_id])
    if quote_id not in found or scope.actor.party_id is not None:
        raise _not_found()
    return found[quote_id]


def check_running(quote: Quote | None, account_id: UUID, at: datetime) -> Quote:
    """The quote if its promise holds for this account at ``at``.

    Raises QuoteNotFound, QuoteOfOtherAccount, QuoteExpired.
    """
    if quote is None:
        raise _not_found()
    if quote.account_id not in (None, account_id):
        raise QuoteOfOtherAccount(
            "the quote was made for another account",
            field="quote_id",
            hint="order for the account it was made for, or ask for a quote of its own",
        )
    if at >= quote.expires_at:
        raise QuoteExpired(
            f"the quote has expired at {quote.expires_at.isoformat()}",
            field="quote_id",
            hint="ask for a new quote; the price may be the same",
        )
    return quote


async def pricers_of(scope: Scope, quotes: Iterable[Quote]) -> dict[UUID, Pricer]:
    """For each quote a pricer with the versions of plans and agreements that it pinned.

    One statement for each sort, however many quotes there are.
    """
    promised = list(quotes)
    lines = [line for quote in promised for line in quote.lines]
    if not lines:
        return {}
    offers = await catalog.offers_by_version(scope, {line.plan_version_id for line in lines})
    pinned = {line.agreement_version_id for line in lines} - {None}
    versions = await agreements.by_ids(scope, (one for one in pinned if one is not None))
    names = {share.party for line in lines for share in line.shares}
    partners = await parties.ids_by_external_id(scope, names)
    taxes: dict[tuple[str, date], TaxTerms] = {}
    return {
        quote.id: Pricer(
            scope,
            quote.created_at,
            offers={line.plan: offers[line.plan_version_id] for line in quote.lines},
            agreements={
                versions[line.agreement_version_id].agreement_external_id: versions[
                    line.agreement_version_id
                ]
                for line in quote.lines
                if line.agreement_version_id is not None
            },
            taxes=taxes,
            parties=partners,
        )
        for quote in promised
    }


def _not_found() -> QuoteNotFound:
    return QuoteNotFound("there is no such quote", field="quote_id", hint="ask for a new one")


def _read(row: queries.QuoteRow) -> Quote:
    lines = msgspec.convert(row.body["lines"], tuple[QuotedLine, ...], strict=False)
    return Quote(
        row.id,
        row.account_id,
        row.currency,
        order_total(lines),
        lines,
        row.created_at,
        row.expires_at,
    )


def order_total(lines: Iterable[QuotedLine]) -> Decimal:
    """The sum of quoted lines."""
    return add_all(line.gross for line in lines)
