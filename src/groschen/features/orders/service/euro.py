"""Where did this euro go: every cent of an order at its recipient, and on to the bank line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from groschen.core.money import ZERO, add, add_all, round_currency, subtract
from groschen.features.orders.model import Order
from groschen.features.orders.service.reading import MoneyTrace, OrderDetail
from groschen.features.payments.model import Refund, RefundState
from groschen.features.settlements.model import PaidStatement
from groschen.features.shares.model import SaleTrace
from groschen.features.shares.service import standing
from groschen.features.shares.standing_model import Parts, Standing, UndoneOfSale
from groschen.kit.db import Scope


class RowKind(StrEnum):
    """Who has this part of the order: a partner, the seller, or the customer again."""

    PARTNER = "partner"
    OWN = "own"
    FEE = "fee"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"
    CANCELLED = "cancelled"


UNDONE_AS = {
    "refund": RowKind.REFUNDED,
    "chargeback": RowKind.CHARGED_BACK,
    "reinstatement": RowKind.CHARGED_BACK,
    "cancellation": RowKind.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class EuroRow:
    """What one recipient has of the order now; ``standing`` is set for partners.

    The shares of all rows add up to the order's gross.
    """

    kind: RowKind
    parts: Parts
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """What rows rounded to currency digits lack to the rounded sum, column by column."""

    share: Decimal
    commission: Decimal
    vat: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class TrailStep:
    """What one statement took over for one partner, and the transfer that pays it."""

    beneficiary_id: UUID
    parts: Parts
    statement: PaidStatement


@dataclass(frozen=True, slots=True)
class WhereItWent:
    """An order's money by recipient. ``chargeback_fees`` are the seller's own cost besides."""

    order: Order
    rows: tuple[EuroRow, ...]
    sums: Parts
    rounding: Columns
    chargeback_fees: Decimal
    trail: tuple[TrailStep, ...]


async def where_it_went(scope: Scope, detail: OrderDetail, money: MoneyTrace) -> WhereItWent:
    """Follow every cent of an order. A partner sees its own rows only."""
    order = detail.order
    rows = [
        EuroRow(RowKind.PARTNER, one.holds, one) for one in await standing.of_sale(scope, order.id)
    ]
    if scope.actor.party_id is None:
        causes = [
            *(one.id for one in detail.refunds),
            *(one.id for one in detail.disputes),
            *(one.id for one in detail.payments),
        ]
        undone = await standing.undone(scope, causes)
        rows += _own_rows(money.shares, undone) + _undone_rows(detail.refunds, undone)
    sums = _sum(row.parts for row in rows)
    return WhereItWent(
        order=order,
        rows=tuple(rows),
        sums=sums,
        rounding=_rounding(rows, sums, order.currency),
        chargeback_fees=add_all(one.fee for one in detail.disputes),
        trail=tuple(_trail(money)),
    )


def _own_rows(trace: SaleTrace, undone: Iterable[UndoneOfSale]) -> list[EuroRow]:
    """The seller's own revenue with its tax, less what it pays for shares that partners keep."""
    booked = add_all(add(total.net, total.tax) for total in trace.totals)
    given_up = add_all(add(one.own, one.borne) for one in undone)
    own = subtract(booked, given_up)
    return [EuroRow(RowKind.OWN, Parts(share=own))] if own else []


def _undone_rows(refunds: Sequence[Refund], undone: Iterable[UndoneOfSale]) -> list[EuroRow]:
    """What went back to the customer, and what of it the seller kept as fee."""
    amounts: dict[RowKind, Decimal] = {}
    for one in undone:
        kind = UNDONE_AS[one.event]
        amounts[kind] = add(amounts.get(kind, ZERO), one.amount)
    fees = add_all(one.fee for one in refunds if one.state is RefundState.DONE)
    if fees:
        amounts[RowKind.REFUNDED] = subtract(amounts.get(RowKind.REFUNDED, ZERO), fees)
        amounts[RowKind.FEE] = fees
    return [EuroRow(kind, Parts(share=amount)) for kind, amount in amounts.items() if amount]


def _sum(parts: Iterable[Parts]) -> Parts:
    total = Parts()
    for one in parts:
        total = total.plus(one)
    return total


def _rounding(rows: Sequence[EuroRow], sums: Parts, currency: str) -> Columns:
    def lacks(total: Decimal, amounts: Iterable[Decimal]) -> Decimal:
        shown = add_all(round_currency(amount, currency) for amount in amounts)
        return subtract(round_currency(total, currency), shown)

    return Columns(
        share=lacks(sums.share, (row.parts.share for row in rows)),
        commission=lacks(sums.commission, (row.parts.commission for row in rows)),
        vat=lacks(sums.vat, (row.parts.vat for row in rows)),
        net=lacks(sums.net, (row.parts.net for row in rows)),
    )


def _trail(money: MoneyTrace) -> list[TrailStep]:
    """The statements that took the order's shares over, with their transfers."""
    lines = [(line.id, line.beneficiary_id, line.kind) for line in money.shares.lines]
    stated = standing.stated_parts(lines, money.shares.movements)
    by_id = {one.id: one for one in money.statements}
    return [
        TrailStep(one.beneficiary_id, one.parts, by_id[one.statement_id])
        for one in stated
        if one.statement_id in by_id
    ]
