"""What is to be billed: lines written by hand, and the amounts that follow from totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.core.ledger import work_delivered
from groschen.core.money import Money, amount_text, round12, round_currency, subtract
from groschen.core.prices.model import QUANTITY
from groschen.core.sale import Basis
from groschen.core.tax import split_gross_exact, tax_within
from groschen.core.totals import NO_WINDOW
from groschen.features.catalog import service as catalog
from groschen.features.invoices.model import MANUAL, Billable, LineInvalid, ManualLine
from groschen.features.invoices.queries import billables as queries
from groschen.features.invoices.service.sources import of_total, rule_of
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.parties import service as parties
from groschen.features.usage.service.billing import billed_totals
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Collection
    from decimal import Decimal
    from typing import Any
    from uuid import UUID

    from groschen.core.ledger import Journal
    from groschen.features.usage.service.billing import BilledTotal
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference, Slice

UNIT_PRICE: Final = "unit_price"


async def refresh_billables(scope: Scope, total_ids: Collection[UUID]) -> None:
    """Bring what should be billed to what totals come to now; a total's first time makes it.

    Raises ``TaxRateUnknown``.
    """
    rows = [await _total_row(scope, total) for total in await billed_totals(scope, total_ids)]
    if rows:
        await queries.put_billables(scope, json_rows(rows))


async def _total_row(scope: Scope, total: BilledTotal) -> dict[str, object]:
    should = of_total(total).should
    rate = await catalog.tax_rate(scope, total.offer.tax_class, total.tax_on)
    return {
        "id": new_id(),
        "account_id": total.account_id,
        "party_id": total.party_id,
        "owner_id": total.owner_id,
        "component": total.component.id,
        "kind": total.component.kind,
        "window_id": total.window_id,
        "segment": total.segment,
        "group_key": total.group,
        "tax_class": total.offer.tax_class,
        "currency": total.currency,
        "basis": total.offer.terms.basis,
        "total_id": total.id,
        "facts": None,
        "service_from": total.service_from,
        "service_to": total.service_to,
        "tax_on": total.tax_on,
        "due_at": total.due_at,
        "should": should,
        "should_net": unbilled_of(total.receivable, rate.rate),
        "rounded": round_currency(should, total.currency),
    }


def unbilled_of(receivable: Decimal, rate: Decimal) -> Decimal:
    """What posting puts on UNBILLED for a gross ``receivable``: its net, at twelve decimals."""
    return subtract(receivable, round12(tax_within(receivable, rate)))


async def charge_by_hand(scope: Scope, account: Reference, line: ManualLine) -> Billable:
    """Charge something by hand: revenue now, a line of the next bill.

    Raises ``AccountNotFound``, ``LineInvalid``, ``TaxRateUnknown`` and ``AccountUnknown``.
    """
    owner = await parties.get_account(scope, account)
    _check(line, owner.currency)
    rate = await catalog.tax_rate(scope, line.tax_class, line.service_to)
    facts: dict[str, Any] = {
        "label": line.label,
        "unit": line.unit,
        QUANTITY: f"{line.quantity:f}",
        "price": _spec(line.unit_price, line.currency),
        "revenue_account": line.revenue_account,
    }
    should = rule_of(facts).amount({QUANTITY: line.quantity})
    should_net = net_of(should, line.basis, line.currency, rate.rate)
    billable_id = new_id()
    row: dict[str, object] = {
        "id": billable_id,
        "account_id": owner.id,
        "party_id": owner.party_id,
        "owner_id": billable_id,
        "component": MANUAL,
        "kind": MANUAL,
        "window_id": NO_WINDOW,
        "segment": 0,
        "group_key": "",
        "tax_class": line.tax_class,
        "currency": line.currency,
        "basis": line.basis,
        "total_id": None,
        "facts": facts,
        "service_from": line.service_from,
        "service_to": line.service_to,
        "tax_on": line.service_to,
        "due_at": scope.now,
        "should": should,
        "should_net": should_net,
        "rounded": round_currency(should, line.currency),
    }
    await queries.put_billables(scope, json_rows([row]))
    journal = work_delivered(line.currency, owner.party_id, should_net, line.revenue_account)
    await _post(scope, billable_id, f"billable:{billable_id}", journal)
    data = {"billable": encode_id("bil", billable_id), "account": encode_id("acc", owner.id)}
    await publish(scope, [Event("billable.charged", billable_id, data)])
    return (await queries.billables(scope, [billable_id]))[0]


async def page(
    scope: Scope, account: Reference | None, *, due: bool, asked: Slice
) -> list[Billable]:
    """Billables, newest first; raises ``AccountNotFound``. A party's actor sees none."""
    if scope.actor.party_id is not None:
        return []
    account_id = None if account is None else (await parties.get_account(scope, account)).id
    return await queries.page_of_billables(scope, account_id, due=due, asked=asked)


async def lower(scope: Scope, billable: Billable, amount: Decimal) -> Billable:
    """Let a line by hand cost ``amount`` (in its basis) less; its revenue falls too.

    Its facts become one unit at the new price; what they were is kept.
    """
    rate = await catalog.tax_rate(scope, billable.tax_class, billable.tax_on)
    should = subtract(billable.should, amount)
    should_net = net_of(should, billable.basis, billable.currency, rate.rate)
    was = billable.facts or {}
    facts = {**was, QUANTITY: "1" if should else "0", "was": was}
    facts["price"] = _spec(should, billable.currency)
    row = {
        "id": billable.id,
        "facts": facts,
        "should": should,
        "should_net": should_net,
        "rounded": round_currency(should, billable.currency),
    }
    await queries.set_should(scope, json_rows([row]))
    net = subtract(should_net, billable.should_net)
    journal = work_delivered(billable.currency, billable.party_id, net, was["revenue_account"])
    reference = f"billable:{billable.id}:{billable.entries}"
    await _post(scope, billable.id, reference, journal)
    return (await queries.billables(scope, [billable.id]))[0]


def net_of(amount: Decimal, basis: Basis, currency: str, rate: Decimal) -> Decimal:
    """The exact net of an amount in its basis, at twelve decimals."""
    if basis is Basis.NET:
        return amount
    return split_gross_exact(Money(amount, currency), rate).net.amount


def _spec(unit_price: Decimal, currency: str) -> dict[str, object]:
    params = {"currency": currency, UNIT_PRICE: amount_text(unit_price, currency)}
    return {"kind": "per_unit", "params": params}


async def _post(scope: Scope, billable_id: UUID, reference: str, journal: Journal) -> None:
    if journal.entries:
        await ledger.post_new(scope, [NewJournal(new_id(), journal, reference, billable_id)])


def _check(line: ManualLine, currency: str) -> None:
    if line.currency != currency:
        raise LineInvalid(
            f"the account is kept in {currency}",
            field="currency",
            hint=f"give the price in {currency}",
        )
    if line.service_to < line.service_from:
        raise LineInvalid(
            "the service ends before it starts",
            field="service_to",
            hint="give the first and the last day of the service",
        )
    if not line.quantity:
        raise LineInvalid(
            "nothing is charged", field="quantity", hint="give a quantity other than zero"
        )
