"""The endpoints that collect: one invoice, or several with one payment."""

from __future__ import annotations

from typing import Final

from groschen.features.invoices.model import (
    InvoiceNotFound,
    NothingToPay,
    StatementMixed,
    StatementNotFound,
)
from groschen.features.invoices.schemas.collecting import (
    CollectionOut,
    CollectiveStatementDetailOut,
    CollectiveStatementIn,
    CollectiveStatementOut,
    PayIn,
)
from groschen.features.invoices.schemas.documents import InvoiceOut
from groschen.features.invoices.schemas.ids import InvoiceId, StatementId
from groschen.features.invoices.service import paying, statements
from groschen.features.payments.model import ProviderUnknown
from groschen.features.payments.ports import PROVIDERS
from groschen.kit.http import (
    PageOut,
    Pages,
    Reader,
    Router,
    Surroundings,
    Writer,
    page_of,
    problems,
)

payments: Final = Router("invoice_payments", prefix="/v1/invoices")
collective: Final = Router("collective_statements", prefix="/v1/collective_statements")


@payments.post(
    "/{invoice_id}/pay",
    permission="invoices:write",
    verb="request",
    idempotent="required",
    status_code=202,
    responses=problems(InvoiceNotFound, NothingToPay, ProviderUnknown),
)
async def pay_invoice(
    invoice_id: InvoiceId, body: PayIn, scope: Writer, around: Surroundings
) -> CollectionOut:
    """Collect what is left of an invoice; the provider is called after this answer."""
    usable = _providers(scope, around)
    return CollectionOut.of(await paying.pay(scope, invoice_id, body.provider, body.method, usable))


@collective.post(
    "",
    permission="invoices:write",
    verb="issue",
    idempotent="required",
    responses=problems(InvoiceNotFound, StatementMixed),
)
async def issue_statement(body: CollectiveStatementIn, scope: Writer) -> CollectiveStatementOut:
    """Put unpaid invoices of one account together, to be collected with one payment."""
    return CollectiveStatementOut.of(await statements.collect(scope, body.invoices))


@collective.get("", permission="invoices:read", verb="list")
async def list_statements(scope: Reader, page: Pages) -> PageOut[CollectiveStatementOut]:
    """List collective statements, newest first. A customer sees its own."""
    found = await statements.page(scope, page)
    return page_of(page, found, identity=lambda one: one.id, show=CollectiveStatementOut.of)


@collective.get(
    "/{statement_id}",
    permission="invoices:read",
    verb="read",
    responses=problems(StatementNotFound),
)
async def read_statement(statement_id: StatementId, scope: Reader) -> CollectiveStatementDetailOut:
    """Read a collective statement with its documents."""
    found, held = await statements.find(scope, statement_id)
    return CollectiveStatementDetailOut(
        statement=CollectiveStatementOut.of(found), invoices=[InvoiceOut.of(one) for one in held]
    )


@collective.post(
    "/{statement_id}/pay",
    permission="invoices:write",
    verb="pay",
    idempotent="required",
    status_code=202,
    responses=problems(NothingToPay, ProviderUnknown, StatementNotFound),
)
async def pay_statement(
    statement_id: StatementId, body: PayIn, scope: Writer, around: Surroundings
) -> CollectionOut:
    """Collect what is left of all its documents with one payment."""
    usable = _providers(scope, around)
    return CollectionOut.of(
        await statements.pay(scope, statement_id, body.provider, body.method, usable)
    )


def _providers(scope: Writer, around: Surroundings) -> frozenset[str]:
    """The payment providers that the tenant can use: a live one none that only plays."""
    is_live = scope.tenant.mode == "live"
    return frozenset(
        name
        for name, provider in around.ports[PROVIDERS].items()
        if not (is_live and provider.is_test_only)
    )
