"""Placing orders, one or a thousand: each exactly once, each with frozen price and split.

A draft that is wrong is refused by itself; the others are placed. All of it is one transaction:
orders, items, the sale in the ledger (A1), open items, requested payments, planned delivery.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from groschen.core.canonical import EventHash
from groschen.core.errors import GroschenError
from groschen.core.totals import TotalKey
from groschen.features.delivery import service as delivery
from groschen.features.delivery.model import ItemToDeliver
from groschen.features.orders import queries
from groschen.features.orders.model import (
    CurrencyNotAccepted,
    ExternalIdReused,
    LineDraft,
    LinesMissing,
    OrderDraft,
    Placed,
    PlacedAs,
    Quote,
    QuoteChanged,
)
from groschen.features.orders.service import progress
from groschen.features.orders.service.accounts import customer_account
from groschen.features.orders.service.pricing import (
    PricedLine,
    Pricer,
    order_gross,
    price_lines,
)
from groschen.features.orders.service.quoting import check_running, read_quotes
from groschen.features.parties import service as parties
from groschen.features.parties.model import Account
from groschen.features.payments import service as payments
from groschen.features.payments.model import PaymentRequest, ProviderUnknown
from groschen.features.receivables import service as receivables
from groschen.features.receivables.model import OpenItem
from groschen.features.shares import service as shares
from groschen.features.shares.model import Change, Sale
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows


@dataclass(frozen=True, slots=True)
class NewItem:
    """One line of an order that is about to be stored."""

    id: UUID
    total_id: UUID
    position: int
    line: PricedLine


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order that is about to be stored, with everything it writes."""

    id: UUID
    open_item_id: UUID
    draft: OrderDraft
    account: Account
    currency: str
    gross: Decimal
    items: tuple[NewItem, ...]


@dataclass(slots=True)
class _Loaded:
    """What the drafts of one call refer to, read once for all of them."""

    accounts: Mapping[str, Account]
    quotes: Mapping[UUID, Quote]
    providers: Collection[str]
    pricers: dict[object, Pricer]


async def place(
    scope: Scope, drafts: Sequence[OrderDraft], providers: Collection[str]
) -> list[Placed]:
    """Place every draft that can be; the answers are in the order of ``drafts``.

    ``external_id`` makes each exactly once: the same draft again is a duplicate and changes
    nothing, even when it could not be placed any more; another draft under a known id is
    rejected. ``providers`` are the payment providers that the tenant can use.
    """
    # somebody bound to a party learns nothing of ids before it is known that the account is theirs
    before: Mapping[str, queries.KnownOrder] = {}
    if scope.actor.party_id is None:
        before = await _known(scope, drafts)
    answers = {
        index: _repeated(draft, before[draft.external_id])
        for index, draft in enumerate(drafts)
        if draft.external_id in before
    }
    fresh = {index: draft for index, draft in enumerate(drafts) if index not in answers}
    loaded = await _load(scope, list(fresh.values()), providers)
    prepared: dict[int, NewOrder] = {}
    for index, draft in fresh.items():
        try:
            prepared[index] = await _prepare(scope, draft, loaded)
        except GroschenError as refusal:
            answers[index] = Placed(draft.external_id, PlacedAs.REJECTED, None, refusal)
    new_ids = await _store_orders(scope, list(prepared.values()))
    created = {index: order for index, order in prepared.items() if order.id in new_ids}
    await _store_details(scope, list(created.values()), loaded)
    meanwhile = await _known(scope, [drafts[index] for index in prepared if index not in created])
    for index, order in prepared.items():
        answers[index] = (
            Placed(order.draft.external_id, PlacedAs.CREATED, order.id)
            if index in created
            else _repeated(order.draft, meanwhile[order.draft.external_id])
        )
    return [answers[index] for index in range(len(drafts))]


async def _load(scope: Scope, drafts: Sequence[OrderDraft], providers: Collection[str]) -> _Loaded:
    names = {draft.account for draft in drafts}
    quote_ids = {draft.quote_id for draft in drafts if draft.quote_id is not None}
    loaded = _Loaded(
        accounts=await parties.accounts_by_external_id(scope, sorted(names)),
        quotes=await read_quotes(scope, quote_ids),
        providers=providers,
        pricers={},
    )
    now = Pricer(scope, scope.now)
    await now.load(line for draft in drafts for line in draft.lines)
    loaded.pricers[scope.now] = now
    return loaded


async def _prepare(scope: Scope, draft: OrderDraft, loaded: _Loaded) -> NewOrder:
    account = customer_account(loaded.accounts, draft.account)
    _check_provider(draft, loaded.providers)
    lines = await _lines(scope, draft, account, loaded)
    currency = lines[0].sold.gross.currency
    if currency != account.currency:
        raise CurrencyNotAccepted(
            f"the plan is sold in {currency}, the account is kept in {account.currency}",
            field="account",
            hint=f"order for an account in {currency}, or choose a plan in {account.currency}",
        )
    items = tuple(
        NewItem(new_id(), new_id(), position, line) for position, line in enumerate(lines, start=1)
    )
    return NewOrder(new_id(), new_id(), draft, account, currency, order_gross(lines), items)


def _check_provider(draft: OrderDraft, providers: Collection[str]) -> None:
    if draft.payment.provider not in providers:
        raise ProviderUnknown(
            f"no payment provider {draft.payment.provider!r} can be used here",
            field="payment.provider",
            hint=f"use one of: {', '.join(sorted(providers)) or 'none is connected'}",
        )


async def _lines(
    scope: Scope, draft: OrderDraft, account: Account, loaded: _Loaded
) -> list[PricedLine]:
    if bool(draft.lines) == (draft.quote_id is not None):
        raise LinesMissing(
            "an order needs either lines or a quote",
            field="lines",
            hint="give lines, or the id of a quote that has not expired",
        )
    if draft.quote_id is None:
        return await price_lines(loaded.pricers[scope.now], draft.lines)
    quote = check_running(loaded.quotes.get(draft.quote_id), account.id, scope.now)
    return await _promised(scope, quote, loaded)


async def _promised(scope: Scope, quote: Quote, loaded: _Loaded) -> list[PricedLine]:
    """The lines of a quote, priced again at its instant and for its days, as promised.

    Raises QuoteChanged when they do not come out the same.
    """
    pricer = loaded.pricers.setdefault(quote.created_at, Pricer(scope, quote.created_at))
    drafts = [
        LineDraft(line.plan, line.route, line.quantity, line.service_on) for line in quote.lines
    ]
    await pricer.load(drafts)
    lines = [
        line.as_chosen(is_day_chosen=promised.is_day_chosen)
        for promised, line in zip(quote.lines, await price_lines(pricer, drafts), strict=True)
    ]
    for promised, line in zip(quote.lines, lines, strict=True):
        if promised != line.quoted():
            raise QuoteChanged(
                f"plan {promised.plan} cannot be sold any more as it was quoted",
                field="quote_id",
                hint="a tax rate or an agreement was added for that day; ask for a new quote",
            )
    return lines


async def _store_orders(scope: Scope, prepared: Sequence[NewOrder]) -> set[UUID]:
    if not prepared:
        return set()
    in_order = sorted(prepared, key=lambda order: order.draft.external_id)
    return await queries.insert_orders(scope, json_rows([_order_row(one) for one in in_order]))


async def _store_details(scope: Scope, created: Sequence[NewOrder], loaded: _Loaded) -> None:
    if not created:
        return
    rows = [_item_row(order, item) for order in created for item in order.items]
    await queries.insert_items(scope, json_rows(rows))
    parties_of = {
        name: party for pricer in loaded.pricers.values() for name, party in pricer.parties.items()
    }
    await shares.book_differences(
        scope, [_change(order, item, parties_of) for order in created for item in order.items]
    )
    payable = [order for order in created if order.gross]
    await receivables.open_items(scope, [_open_item(scope, order) for order in payable])
    await payments.request(scope, [_payment(order) for order in payable])
    await delivery.plan(
        scope, [_delivery(scope, order, item) for order in created for item in order.items]
    )
    await publish(scope, [_news(order) for order in created])
    if free := {order.id: order.gross for order in created if not order.gross}:
        await progress.begin(scope, free)


async def _known(scope: Scope, drafts: Sequence[OrderDraft]) -> Mapping[str, queries.KnownOrder]:
    names = sorted({draft.external_id for draft in drafts})
    found = await queries.known_orders(scope, names) if names else []
    return {order.external_id: order for order in found}


def _repeated(draft: OrderDraft, known: queries.KnownOrder) -> Placed:
    """The answer to an order whose external id is known."""
    if known.body_hash == draft.body_hash:
        return Placed(draft.external_id, PlacedAs.DUPLICATE, known.id)
    refusal = ExternalIdReused(
        f"order {draft.external_id} exists and says something else",
        field="external_id",
        hint="give a new order an id of its own, or repeat the first one unchanged",
    )
    return Placed(draft.external_id, PlacedAs.REJECTED, None, refusal)


def _order_row(order: NewOrder) -> dict[str, object]:
    return {
        "id": order.id,
        "external_id": order.draft.external_id,
        "account_id": order.account.id,
        "party_id": order.account.party_id,
        "quote_id": order.draft.quote_id,
        "body_hash": order.draft.body_hash,
        "currency": order.currency,
        "gross": order.gross,
    }


def _item_row(order: NewOrder, item: NewItem) -> dict[str, object]:
    sold = item.line.sold
    return {
        "id": item.id,
        "order_id": order.id,
        "position": item.position,
        "plan_version_id": item.line.offer.plan_version_id,
        "attributes": {"route": item.line.draft.route},
        "quantity": item.line.draft.quantity,
        "gross": sold.gross.amount,
        "net": sold.net.amount,
        "tax": sold.tax.amount,
        "tax_key": item.line.tax_key,
        "service_on": item.line.service_on,
    }


def _change(order: NewOrder, item: NewItem, parties_of: Mapping[str, UUID]) -> Change:
    line, sold = item.line, item.line.sold
    return Change(
        key=TotalKey.of_order_line(item.id, line.component),
        total_id=item.total_id,
        sale_id=order.id,
        reference=order.draft.external_id,
        rule_hash=sold.rated.proof.rule_hash,
        state=sold.rated.state,
        facts=EventHash().plus(line.fact),
        currency=order.currency,
        amount=sold.rated.amount.amount,
        sale=Sale(
            customer_id=order.account.party_id,
            gross=sold.gross.amount,
            revenue_account=sold.own.account,
            net=sold.own.net,
            tax=sold.own.tax,
            tax_key=sold.own.tax_key,
        ),
        agreement=line.agreement,
        split=sold.split,
        beneficiaries=parties_of,
    )


def _open_item(scope: Scope, order: NewOrder) -> OpenItem:
    return OpenItem(
        id=order.open_item_id,
        account_id=order.account.id,
        party_id=order.account.party_id,
        source_id=order.id,
        currency=order.currency,
        amount=order.gross,
        open_amount=order.gross,
        opened_on=scope.today,
        due_on=scope.today,
    )


def _payment(order: NewOrder) -> PaymentRequest:
    return PaymentRequest(
        id=new_id(),
        account_id=order.account.id,
        party_id=order.account.party_id,
        open_item_id=order.open_item_id,
        source_id=order.id,
        provider=order.draft.payment.provider,
        method=order.draft.payment.method,
        currency=order.currency,
        amount=order.gross,
    )


def _delivery(scope: Scope, order: NewOrder, item: NewItem) -> ItemToDeliver:
    line = item.line
    valid_from, valid_to = _validity(scope, line)
    return ItemToDeliver(
        order_id=order.id,
        item_id=item.id,
        steps=line.offer.terms.delivery,
        attributes={
            "order": order.draft.external_id,
            "product": line.offer.product_external_id,
            "plan": line.draft.plan,
            "route": line.draft.route,
            "legs": [
                {"operator": leg.operator, "distance_km": f"{leg.weight:f}"} for leg in line.legs
            ],
            "quantity": line.draft.quantity,
            "service_on": line.service_on,
            "valid_from": valid_from,
            "valid_to": valid_to,
        },
    )


def _validity(scope: Scope, line: PricedLine) -> tuple[datetime, datetime | None]:
    """From the sale on, or from the start of the day of travel if one was chosen."""
    start = scope.now
    if line.draft.service_on is not None:
        zone = ZoneInfo(scope.tenant.time_zone)
        start = datetime.combine(line.service_on, time(), zone).astimezone(UTC)
    minutes = line.offer.terms.valid_minutes
    return start, None if minutes is None else start + timedelta(minutes=minutes)


def _news(order: NewOrder) -> Event:
    data = {"external_id": order.draft.external_id, "gross": order.gross, "state": "accepted"}
    return Event("order.accepted", order.id, data)
