"""Issuing a document: number, content, entries, journal and open item in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from groschen.core.canonical import canonical_json
from groschen.core.invoicing import (
    DocumentFigures,
    DocumentType,
    Effect,
    content_hash,
    content_of,
)
from groschen.core.ledger import BilledTax, Conceded, Journal, Revenue, invoice_issued
from groschen.core.money import ZERO, Money, add, add_all, multiply, round_currency
from groschen.core.sale import Basis
from groschen.core.tax import split_net_exact
from groschen.features.invoices.model import Invoice
from groschen.features.invoices.queries import billables as billable_queries
from groschen.features.invoices.queries import documents as queries
from groschen.features.invoices.queries import sellers as seller_queries
from groschen.features.invoices.service import setting_off
from groschen.features.invoices.service.news import invoice_news
from groschen.features.invoices.service.sellers import buyer, seller
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.parties import service as parties
from groschen.features.shares import service as shares
from groschen.features.shares.model import Concession
from groschen.features.tenants import vault
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import publish
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from groschen.features.invoices.model import Seller
    from groschen.features.invoices.service.drafting import Draft, DraftLine
    from groschen.kit.db import Scope

SERIES: Final = "invoice"
CREDIT_SERIES: Final = "credit_note"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a document is issued: a bill run, or the correction of ``corrects`` with a reason.

    ``refund_id`` is a refund that has paid the credit note out.
    """

    run_id: UUID | None = None
    corrects: Invoice | None = None
    reason: str | None = None
    refund_id: UUID | None = None


async def issue(scope: Scope, draft: Draft, cause: Cause) -> Invoice:
    """Issue a draft. The caller holds the account's lock.

    Raises ``SellerUnknown``, ``BuyerNameMissing`` and ``BuyerAddressMissing``.
    """
    invoice, sealed = await _make(scope, draft, cause)
    await queries.insert_invoice(scope, json_rows([_invoice_row(invoice)]), sealed)
    figures = draft.figures
    await queries.insert_lines(scope, json_rows(_line_rows(invoice, draft, figures)))
    await queries.insert_taxes(scope, json_rows(_tax_rows(invoice, figures)))
    await billable_queries.count_billed(scope, json_rows(_entry_rows(invoice, draft)))
    await _post(scope, invoice, draft, figures)
    await shares.concede(scope, invoice.id, _concessions(draft, figures))
    await setting_off.open_item(scope, invoice, cause.refund_id)
    kind = "credit_note.issued" if invoice.is_credit_note else "invoice.issued"
    await publish(scope, [invoice_news(kind, invoice)])
    return invoice


async def _make(scope: Scope, draft: Draft, cause: Cause) -> tuple[Invoice, bytes]:
    """The document with its number, and its content sealed with the customer's key."""
    issuer = await seller(scope)
    customer = await buyer(scope, draft.party_id)
    figures = draft.figures
    is_credit = figures.type is DocumentType.CREDIT_NOTE
    number = await _draw(scope, issuer, is_credit=is_credit)
    invoice_id = new_id()
    due_on = scope.today if is_credit else scope.today + timedelta(days=issuer.payment_days)
    service = [(line.content.service_from, line.content.service_to) for line in draft.lines]
    period_from, period_to = min(one for one, _ in service), max(one for _, one in service)
    head = {
        "id": encode_id("inv", invoice_id),
        "number": number,
        "issued_on": scope.today.isoformat(),
        "due_on": due_on.isoformat(),
        "period": {"from": period_from.isoformat(), "to": period_to.isoformat()},
        "account": encode_id("acc", draft.account_id),
        "account_name": (await parties.get_account(scope, draft.account_id)).external_id,
        "seller": issuer.to_json(),
        "buyer": customer,
        "corrects": _corrected(cause.corrects),
        "reason": cause.reason,
    }
    content = content_of(head, draft.content_lines, draft.basis, draft.currency)
    sealed = await vault.encrypt_for(scope, draft.party_id, canonical_json(content).encode())
    invoice = Invoice(
        id=invoice_id,
        number=number,
        type=figures.type,
        account_id=draft.account_id,
        party_id=draft.party_id,
        run_id=cause.run_id,
        corrects_id=cause.corrects.id if cause.corrects else None,
        currency=draft.currency,
        basis=draft.basis,
        period_from=period_from,
        period_to=period_to,
        issued_on=scope.today,
        due_on=due_on,
        net=figures.net,
        tax=figures.vat,
        gross=figures.gross,
        content_hash=content_hash(content),
        issued_at=scope.now,
    )
    return invoice, sealed


async def _draw(scope: Scope, issuer: Seller, *, is_credit: bool) -> str:
    series, prefix = (CREDIT_SERIES, issuer.credit_prefix) if is_credit else (SERIES, issuer.prefix)
    return f"{prefix}{await seller_queries.draw_number(scope, series):06d}"


def _corrected(invoice: Invoice | None) -> dict[str, str] | None:
    if invoice is None:
        return None
    return {
        "id": encode_id("inv", invoice.id),
        "number": invoice.number,
        "issued_on": invoice.issued_on.isoformat(),
    }


def _invoice_row(invoice: Invoice) -> dict[str, Any]:
    return {name: getattr(invoice, name) for name in Invoice.__slots__}


def _line_rows(
    invoice: Invoice, draft: Draft, figures: DocumentFigures
) -> Iterable[dict[str, Any]]:
    amounts = zip(draft.lines, figures.line_amounts, figures.line_nets, strict=True)
    for position, (line, amount, net) in enumerate(amounts, start=1):
        content = line.content
        yield {
            "invoice_id": invoice.id,
            "position": position,
            "billable_id": line.billable.id,
            "reverses": line.reverses,
            "effect": content.effect,
            "label": content.label,
            "quantity": content.proof.quantity,
            "unit": content.unit,
            "amount": amount,
            "net": net,
            "unbilled": line.unbilled,
            "tax_key": content.tax.key,
            "tax_category": content.tax.category,
            "rate": content.tax.rate,
            "service_from": content.service_from,
            "service_to": content.service_to,
            "proof": content.proof.to_json(),
        }


def _tax_rows(invoice: Invoice, figures: DocumentFigures) -> Iterable[dict[str, Any]]:
    for group in figures.groups:
        yield {
            "invoice_id": invoice.id,
            "tax_category": group.tax.category,
            "rate": group.tax.rate,
            "tax_key": group.tax.key,
            "net": group.net,
            "tax": group.vat,
        }


def _entry_rows(invoice: Invoice, draft: Draft) -> Iterable[dict[str, Any]]:
    for position, line in enumerate(draft.lines, start=1):
        amount = line.content.proof.line
        yield {
            "billable_id": line.billable.id,
            "sequence": line.billable.entries + 1,
            "effect": line.content.effect,
            "amount": amount,
            "net": line.unbilled,
            "invoice_id": invoice.id,
            "position": position,
            "counted": amount if Effect(line.content.effect).counts else ZERO,
            "rounded": round_currency(line.billable.should, line.billable.currency),
            "should": line.billable.should,
            "should_net": line.billable.should_net,
        }


async def _post(scope: Scope, invoice: Invoice, draft: Draft, figures: DocumentFigures) -> None:
    journal = _journal(invoice, draft, figures)
    if journal.entries:
        reference = f"invoice:{invoice.id}"
        await ledger.post_new(scope, [NewJournal(new_id(), journal, reference, invoice.id)])


def _journal(invoice: Invoice, draft: Draft, figures: DocumentFigures) -> Journal:
    conceded = [
        Conceded(line.conceded_on, _owed(net, figures))
        for line, net in zip(draft.lines, figures.line_nets, strict=True)
        if line.conceded_on is not None
    ]
    return invoice_issued(
        invoice.currency,
        invoice.party_id,
        _owed(figures.net, figures),
        add_all(line.unbilled for line in draft.lines),
        [BilledTax(_owed(one.vat, figures), one.tax.key) for one in figures.groups],
        conceded,
    )


def _concessions(draft: Draft, figures: DocumentFigures) -> list[Concession]:
    """What the document gives back of totals for good, so that their shares follow."""
    amounts = zip(draft.lines, figures.line_amounts, figures.line_nets, strict=True)
    return [
        _concession(line, line.billable.total_id, line.conceded_on, amount, net)
        for line, amount, net in amounts
        if line.conceded_on is not None and line.billable.total_id is not None
    ]


def _concession(
    line: DraftLine, total_id: UUID, account: str, amount: Decimal, net: Decimal
) -> Concession:
    """``amount`` in the basis and ``net`` as the credit note shows them, above zero."""
    tax, is_net = line.content.tax, line.billable.basis is Basis.NET
    currency = line.billable.currency
    vat = split_net_exact(Money(net, currency), tax.rate).tax.amount
    gross = add(net, vat) if is_net else amount
    return Concession(total_id, gross, Revenue(account, net, vat, tax.key))


def _owed(amount: Decimal, figures: DocumentFigures) -> Decimal:
    """A figure of the document as the customer owes it."""
    return multiply(amount, Decimal(figures.sign))
