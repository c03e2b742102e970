"""Collective statements: one collection over several documents of an account.

Each document stays what it is, with its own seller and number; the statement only says what is
to be paid together. The payment is set against each document by what is open of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.core.money import add_all
from groschen.features.invoices.model import (
    CollectiveStatement,
    InvoiceNotFound,
    StatementMixed,
    StatementNotFound,
)
from groschen.features.invoices.queries import documents, sellers
from groschen.features.invoices.queries import statements as queries
from groschen.features.invoices.service import paying
from groschen.features.payments.model import PaymentPurpose
from groschen.features.receivables import service as receivables
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from groschen.features.invoices.model import Invoice
    from groschen.features.payments.model import Payment
    from groschen.features.receivables.model import OpenItem
    from groschen.kit.db import Scope
    from groschen.kit.http import Slice

SERIES: Final = "collective_statement"
PREFIX: Final = "CST-"


async def collect(scope: Scope, invoice_ids: Sequence[UUID]) -> CollectiveStatement:
    """Put unpaid documents of one account together.

    Raises ``InvoiceNotFound`` and ``StatementMixed``.
    """
    wanted = sorted(set(invoice_ids))
    invoices = await documents.invoices(scope, wanted)
    if len(invoices) != len(wanted):
        raise InvoiceNotFound("one of the documents does not exist", field="invoices")
    items = {item.source_id: item for item in await receivables.of_sources(scope, wanted)}
    _check(invoices, items)
    first = invoices[0]
    number = await sellers.draw_number(scope, SERIES)
    made = CollectiveStatement(
        id=new_id(),
        number=f"{PREFIX}{number:06d}",
        account_id=first.account_id,
        party_id=first.party_id,
        currency=first.currency,
        gross=add_all(items[one.id].open_amount for one in invoices),
        issued_on=scope.today,
        due_on=max(scope.today, min(one.due_on for one in invoices)),
        issued_at=scope.now,
    )
    held = [
        {
            "statement_id": made.id,
            "invoice_id": one.id,
            "open_amount": items[one.id].open_amount,
        }
        for one in invoices
    ]
    await queries.insert_statement(scope, json_rows([made]), json_rows(held))
    data = {"statement": encode_id("cst", made.id), "number": made.number}
    await publish(scope, [Event("collective_statement.issued", made.id, data)])
    return made


def _check(invoices: Sequence[Invoice], items: dict[UUID, OpenItem]) -> None:
    accounts = {(one.account_id, one.currency) for one in invoices}
    unpaid = [one for one in invoices if one.id in items and items[one.id].open_amount > 0]
    if len(accounts) != 1 or len(unpaid) != len(invoices):
        raise StatementMixed(
            "the documents are not all unpaid ones of one account and currency",
            field="invoices",
            hint="name invoices of one account that are still open",
        )


async def find(scope: Scope, statement_id: UUID) -> tuple[CollectiveStatement, list[Invoice]]:
    """Read a statement with its documents; raises ``StatementNotFound``."""
    found = await queries.statement(scope, statement_id)
    if found is None or scope.actor.party_id not in (None, found.party_id):
        raise StatementNotFound(
            "there is no such collective statement",
            field="statement_id",
            hint="list them with GET /v1/collective_statements",
        )
    held = await queries.invoices_of(scope, statement_id)
    return found, await documents.invoices(scope, held)


async def page(scope: Scope, asked: Slice) -> list[CollectiveStatement]:
    """Statements, newest first; a customer's own."""
    return await queries.page_of_statements(scope, scope.actor.party_id, asked)


async def pay(
    scope: Scope, statement_id: UUID, provider: str, method: str, providers: Collection[str]
) -> Payment:
    """Ask for all that is still open of a statement's documents, with one payment.

    Raises ``StatementNotFound``, ``NothingToPay`` and ``ProviderUnknown``.
    """
    _, invoices = await find(scope, statement_id)
    items = await receivables.of_sources(scope, [one.id for one in invoices])
    return await paying.request(
        scope, PaymentPurpose.COLLECTIVE, statement_id, items, (provider, method), providers
    )
