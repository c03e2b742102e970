"""Collecting invoices: one by one or several with one payment, and what was paid of each line.

The provider is called after commit, by payments. When the money is there, it is set against the
invoices, oldest first; what is too much stays as credit of the account. The shares of usage are
released as far as their lines are paid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.money import ZERO, add_all, subtract
from groschen.features.invoices.model import NothingToPay
from groschen.features.invoices.queries import billables as billable_queries
from groschen.features.invoices.queries import statements as statement_queries
from groschen.features.invoices.service import reading, setting_off
from groschen.features.invoices.service.settling import settle
from groschen.features.payments import service as payments
from groschen.features.payments.model import (
    PaymentPurpose,
    PaymentRequest,
    PaymentState,
    ProviderUnknown,
)
from groschen.features.receivables import service as receivables
from groschen.features.receivables.model import Allocation, AllocationKind, OpenItem
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from decimal import Decimal
    from uuid import UUID

    from groschen.features.payments.model import Payment
    from groschen.kit.db import Scope


async def pay(
    scope: Scope, invoice_id: UUID, provider: str, method: str, providers: Collection[str]
) -> Payment:
    """Ask for the rest of an invoice.

    Raises ``InvoiceNotFound``, ``NothingToPay`` and ``ProviderUnknown``.
    """
    invoice = await reading.find(scope, invoice_id)
    items = await receivables.of_sources(scope, [invoice.id])
    means = (provider, method)
    return await request(scope, PaymentPurpose.INVOICE, invoice.id, items, means, providers)


async def request(
    scope: Scope,
    purpose: PaymentPurpose,
    source_id: UUID,
    items: Sequence[OpenItem],
    means: tuple[str, str],
    providers: Collection[str],
) -> Payment:
    """Ask for all that is open of ``items`` by provider and method, once at a time."""
    provider, method = means
    if provider not in providers:
        raise ProviderUnknown(
            f"no payment provider {provider!r} is connected",
            field="provider",
            hint=f"use one of: {', '.join(sorted(providers)) or 'none is connected'}",
        )
    open_items = [item for item in items if item.open_amount > 0]
    running = [
        one
        for one in await payments.of_source(scope, source_id)
        if one.state is PaymentState.REQUESTED
    ]
    if not open_items or running:
        raise NothingToPay(
            "a payment is on its way" if running else "nothing is left to pay",
            field="invoice_id",
            hint="read the document: open_amount says what is left",
        )
    first = open_items[0]
    asked = PaymentRequest(
        id=new_id(),
        account_id=first.account_id,
        party_id=first.party_id,
        open_item_id=first.id,
        source_id=source_id,
        provider=provider,
        method=method,
        currency=first.currency,
        amount=add_all(item.open_amount for item in open_items),
        purpose=purpose,
    )
    await payments.request(scope, [asked])
    return await payments.payment(scope, asked.id)


async def received(scope: Scope, payment_id: UUID) -> None:
    """Set captured money against the invoices it was asked for, then the account's oldest.

    What is too much becomes credit of the account. Releases the shares of what is paid.
    """
    payment = await payments.payment(scope, payment_id)
    await billable_queries.lock_account(scope, payment.account_id)
    wanted = await _invoices_of(scope, payment)
    items = await setting_off.debts(scope, payment.account_id, payment.currency)
    items.sort(key=lambda item: (item.source_id not in wanted, item.id))
    left = payment.amount
    paid: dict[UUID, Decimal] = {}
    for item in items:
        amount = min(left, item.open_amount)
        if amount > 0:
            left = subtract(left, amount)
            paid[item.id] = amount
    await receivables.allocate(
        scope,
        [
            Allocation(item_id, payment.id, AllocationKind.PAYMENT, amount)
            for item_id, amount in paid.items()
        ],
    )
    if left:
        await _keep_credit(scope, payment, left)
    sources = {item.id: item.source_id for item in items}
    by_invoice = {sources[item_id]: amount for item_id, amount in paid.items()}
    await settle(scope, payment.id, by_invoice)


async def _invoices_of(scope: Scope, payment: Payment) -> set[UUID]:
    if payment.purpose is PaymentPurpose.COLLECTIVE:
        return set(await statement_queries.invoices_of(scope, payment.source_id))
    return {payment.source_id}


async def _keep_credit(scope: Scope, payment: Payment, amount: Decimal) -> None:
    """More was paid than was owed any more: the account has it to its credit."""
    owed = subtract(ZERO, amount)
    item = OpenItem(
        id=new_id(),
        account_id=payment.account_id,
        party_id=payment.party_id,
        source_id=payment.id,
        currency=payment.currency,
        amount=owed,
        open_amount=owed,
        opened_on=scope.today,
        due_on=scope.today,
    )
    await receivables.open_items(scope, [item])
