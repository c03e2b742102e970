"""The endpoints of quotes and orders."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query

from groschen.core.ledger import FeeExceedsRefund
from groschen.core.money import CurrencyMismatch, WeightsAllZero
from groschen.core.prices import FactIncomplete
from groschen.core.prices.route_table import RouteUnknown
from groschen.core.shares import SharesExceedBase
from groschen.core.shares.apportion import LegsMissing
from groschen.core.tax import TaxRateUnknown
from groschen.features.catalog.model import PlanUnknown
from groschen.features.orders import service
from groschen.features.orders.model import (
    CurrencyNotAccepted,
    CustomerAccountUnknown,
    ExternalIdReused,
    ItemNotFound,
    LinesMissing,
    MixedCurrencies,
    Order,
    OrderFilter,
    OrderNotFound,
    OrderNotRefundable,
    OrderState,
    OrderTooLarge,
    PlanNotForOrders,
    QuantityInvalid,
    QuoteChanged,
    QuoteExpired,
    QuoteNotFound,
    QuoteOfOtherAccount,
)
from groschen.features.orders.schemas.ids import AccountId, QuoteId
from groschen.features.orders.schemas.orders import (
    OrderDetailOut,
    OrderOut,
    RefundIn,
    RefundOut,
    TicketOut,
    TicketsOut,
)
from groschen.features.orders.schemas.placing import BulkIn, BulkOut, OrderIn
from groschen.features.orders.schemas.quotes import QuoteIn, QuoteOut
from groschen.features.orders.schemas.timeline import TimelineEntryOut, TimelineOut
from groschen.features.orders.schemas.tracing import MoneyTraceOut
from groschen.features.payments.model import (
    PaymentNotRefundable,
    ProviderUnknown,
    RefundTooLarge,
)
from groschen.features.payments.ports import PROVIDERS
from groschen.features.shares.model import AgreementNotInForce, BeneficiaryUnknown
from groschen.kit.http import (
    PageOut,
    Pages,
    Reader,
    Reference,
    ReferenceTo,
    Router,
    Surroundings,
    Writer,
    page_of,
    problems,
)
from groschen.kit.http.references import id_or_external

quotes: Final = Router("quotes", prefix="/v1/quotes")
orders: Final = Router("orders", prefix="/v1/orders")
routers: Final = (quotes, orders)

PRICING: Final = (
    AgreementNotInForce,
    BeneficiaryUnknown,
    CurrencyMismatch,
    CustomerAccountUnknown,
    FactIncomplete,
    LegsMissing,
    MixedCurrencies,
    OrderTooLarge,
    PlanNotForOrders,
    PlanUnknown,
    QuantityInvalid,
    RouteUnknown,
    SharesExceedBase,
    TaxRateUnknown,
    WeightsAllZero,
)
PLACING: Final = (
    CurrencyNotAccepted,
    ExternalIdReused,
    LinesMissing,
    ProviderUnknown,
    QuoteChanged,
    QuoteExpired,
    QuoteNotFound,
    QuoteOfOtherAccount,
)
OrderRef = Annotated[
    Reference,
    ReferenceTo("ord"),
    Path(description="The order, by id or as ext:<external id>."),
]


@quotes.post("", permission="orders:write", verb="make", responses=problems(*PRICING))
async def make_quote(body: QuoteIn, scope: Writer) -> QuoteOut:
    """Show price, tax and every partner's part before anything is bought.

    The prices hold for fifteen minutes: order with `quote_id` to take them.
    """
    drafts = [line.draft() for line in body.lines]
    return QuoteOut.of(await service.quote(scope, body.account, drafts))


@quotes.get("/{quote_id}", permission="orders:read", responses=problems(QuoteNotFound))
async def read_quote(quote_id: QuoteId, scope: Reader) -> QuoteOut:
    """Read a quote."""
    return QuoteOut.of(await service.find_quote(scope, quote_id))


@orders.post(
    "",
    permission="orders:write",
    verb="place",
    idempotent="required",
    responses=problems(*PRICING, *PLACING),
)
async def place_order(body: OrderIn, scope: Writer, around: Surroundings) -> OrderOut:
    """Place an order: its price and split are frozen, its payment is asked for.

    The same order again answers what exists.
    """
    (placed,) = await service.place(scope, [body.draft()], _providers(scope, around))
    if placed.error is not None:
        raise placed.error
    return OrderOut.of(await service.find(scope, placed.order_id, None))


@orders.post(
    "/bulk",
    permission="orders:write",
    verb="place_many",
    idempotent="required",
    status_code=200,
)
async def place_orders(body: BulkIn, scope: Writer, around: Surroundings) -> BulkOut:
    """Place up to 1,000 orders, each exactly once by its `external_id`.

    An order that is wrong is rejected by itself and named; the others are placed.
    """
    drafts = [order.draft() for order in body.orders]
    return BulkOut.of(await service.place(scope, drafts, _providers(scope, around)))


@orders.get("", permission="orders:read", verb="list")
async def list_orders(
    scope: Reader,
    page: Pages,
    state: Annotated[OrderState | None, Query(description="Only orders in this state.")] = None,
    account_id: Annotated[AccountId | None, Query(description="Only of this account.")] = None,
) -> PageOut[OrderOut]:
    """List orders, newest first."""
    found = await service.page(scope, OrderFilter(state, account_id), page)
    return page_of(page, found, identity=lambda order: order.id, show=OrderOut.of)


@orders.get("/{order}", permission="orders:read", verb="read", responses=problems(OrderNotFound))
async def read_order(order: OrderRef, scope: Reader) -> OrderDetailOut:
    """Read an order with its lines, payments, refunds, chargebacks and delivery."""
    return OrderDetailOut.of(await service.detail(scope, await _find(scope, order)))


@orders.get(
    "/{order}/money",
    permission="orders:read",
    verb="follow_money",
    responses=problems(OrderNotFound),
)
async def follow_money(order: OrderRef, scope: Reader) -> MoneyTraceOut:
    """Follow the money of an order: shares, statements, and the partners' bank lines."""
    return MoneyTraceOut.of(await service.money(scope, await _find(scope, order)))


@orders.get(
    "/{order}/timeline",
    permission="orders:read",
    verb="read_timeline",
    responses=problems(OrderNotFound),
)
async def read_timeline(order: OrderRef, scope: Reader) -> TimelineOut:
    """Read what happened to an order, from its sale to the partners' bank lines."""
    found = await service.timeline(scope, await _find(scope, order))
    return TimelineOut(data=[TimelineEntryOut.of(entry) for entry in found])


@orders.get(
    "/{order}/tickets",
    permission="orders:read",
    verb="read_tickets",
    responses=problems(OrderNotFound),
)
async def read_tickets(order: OrderRef, scope: Reader) -> TicketsOut:
    """Read the signed tickets that were delivered for an order."""
    found = await service.tickets(scope, await _find(scope, order))
    return TicketsOut(data=[TicketOut(item_id=item_id, text=text) for item_id, text in found])


@orders.post(
    "/{order}/refund",
    permission="orders:write",
    verb="refund",
    idempotent="required",
    responses=problems(
        OrderNotFound,
        OrderNotRefundable,
        ItemNotFound,
        PaymentNotRefundable,
        RefundTooLarge,
        FeeExceedsRefund,
        TaxRateUnknown,
    ),
)
async def refund_order(order: OrderRef, body: RefundIn, scope: Writer) -> RefundOut:
    """Ask for an order, one of its lines, or part of it to be refunded.

    The provider is called after this answer; the refund is `done` when the money went back.
    """
    found = await _find(scope, order)
    return RefundOut.of(
        await service.refund(scope, found, body.item_id, body.amount, body.fee, body.reason)
    )


async def _find(scope: Reader, reference: Reference) -> Order:
    return await service.find(scope, *id_or_external(reference))


def _providers(scope: Writer, around: Surroundings) -> frozenset[str]:
    """The payment providers that the tenant can use: a live one none that only plays."""
    is_live = scope.tenant.mode == "live"
    return frozenset(
        name
        for name, provider in around.ports[PROVIDERS].items()
        if not (is_live and provider.is_test_only)
    )
