"""What the page of an invoice shows, for the console and the customer portal alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias, cast
from uuid import UUID

from groschen.core.money import Money
from groschen.features.invoices.model import Invoice, InvoiceLine
from groschen.features.invoices.service import reading
from groschen.features.invoices.service.reading import InvoiceDetail
from groschen.features.parties import service as parties
from groschen.features.receivables import service as receivables
from groschen.features.receivables.model import OpenItem
from groschen.kit.db import Scope
from groschen.kit.ids import encode_id
from groschen.web.addresses import account_path, bill_run_name, bill_run_path
from groschen.web.console import invoices as invoices_page
from groschen.web.console.subscription import UsageLine
from groschen.web.ui.parts import Link
from groschen.web.values import local

Path: TypeAlias = Callable[[UUID], str]


async def invoice_rows(
    scope: Scope, found: Sequence[Invoice], path: Path
) -> tuple[invoices_page.InvoiceRow, ...]:
    """Documents as rows of a list, with what is open of each."""
    names = await parties.labels(scope, [one.party_id for one in found])
    items: list[OpenItem] = []
    if scope.actor.may("receivables:read"):
        items = await receivables.of_sources(scope, [one.id for one in found])
    open_items = {item.source_id: item for item in items}
    return tuple(_row(scope, one, names, open_items.get(one.id), path) for one in found)


def _row(
    scope: Scope,
    one: Invoice,
    names: Mapping[UUID, str],
    item: OpenItem | None,
    path: Path,
) -> invoices_page.InvoiceRow:
    href = None if scope.actor.party_id is not None else account_path(one.account_id)
    return invoices_page.InvoiceRow(
        number=one.number,
        href=path(one.id),
        customer=Link(names[one.party_id], href),
        state=_state(scope, one, item),
        issued_on=one.issued_on,
        due_on=one.due_on,
        first_day=one.period_from,
        last_day=one.period_to,
        owed=Money(one.owed, one.currency),
        open=None if item is None else Money(item.open_amount, one.currency),
    )


def _state(scope: Scope, one: Invoice, item: OpenItem | None) -> str:
    if one.is_credit_note:
        return "credit_note"
    if item is None or not item.open_amount:
        return "paid"
    return "overdue" if item.due_on < local(scope, scope.now).date() else "open"


async def invoice_view(
    scope: Scope,
    detail: InvoiceDetail,
    path: Path,
    *,
    back: Link,
    credit_at: str | None = None,
    done: str | None = None,
) -> invoices_page.InvoiceView:
    """One document with everything that belongs to it; ``path`` leads to others."""
    one = detail.invoice
    (row, *corrections) = await invoice_rows(scope, [one, *detail.corrections], path)
    is_guest = scope.actor.party_id is not None
    return invoices_page.InvoiceView(
        row=row,
        public_id=encode_id("inv", one.id),
        is_credit_note=one.is_credit_note,
        basis=one.basis,
        back=back,
        account=None if is_guest else await _account(scope, one),
        run=_run(one) if not is_guest else None,
        corrects=await _corrected(scope, one, path),
        corrections=tuple(corrections),
        lines=tuple(_line(line, one.currency) for line in detail.lines),
        taxes=tuple(
            invoices_page.TaxRow(
                tax.rate,
                tax.tax_category,
                Money(tax.net, one.currency),
                Money(tax.tax, one.currency),
            )
            for tax in detail.taxes
        ),
        net=Money(one.net, one.currency),
        tax=Money(one.tax, one.currency),
        gross=Money(one.gross, one.currency),
        content_hash=one.content_hash,
        issued_at=local(scope, one.issued_at),
        pdf_at=f"{path(one.id)}/pdf" if scope.actor.may("invoice_documents:read") else None,
        credit_at=None if one.is_credit_note or not one.gross else credit_at,
        done=done,
    )


async def _account(scope: Scope, one: Invoice) -> Link:
    account = await parties.get_account(scope, one.account_id)
    return Link(account.external_id, account_path(account.id))


def _run(one: Invoice) -> Link | None:
    if one.run_id is None:
        return None
    return Link(bill_run_name(one.run_id), bill_run_path(one.run_id))


async def _corrected(scope: Scope, one: Invoice, path: Path) -> Link | None:
    if one.corrects_id is None:
        return None
    corrected = await reading.find(scope, one.corrects_id)
    return Link(corrected.number, path(corrected.id))


def _line(line: InvoiceLine, currency: str) -> invoices_page.LineRow:
    return invoices_page.LineRow(
        position=line.position,
        label=line.label,
        effect=line.effect,
        quantity=line.quantity,
        unit=line.unit,
        first_day=line.service_from,
        last_day=line.service_to,
        rate=line.rate,
        amount=Money(line.amount, currency),
        proof=proof_of(line.proof, currency),
    )


def proof_of(proof: Mapping[str, Any], currency: str) -> invoices_page.Proof:
    """The proof of a line as the page tells it; all figures stand in the stored tree."""
    if proof["kind"] == "reversal":
        return invoices_page.Proof(
            reverses=f"{proof['invoice']}, {proof['position']}",
            amount=_money(proof["amount"], currency),
            should=_money(proof["back"], currency),
        )
    inputs = cast("Mapping[str, Any]", proof["inputs"])
    credit = cast("Mapping[str, Any]", proof["credit"])
    count = inputs.get("count")
    digest = inputs.get("hash")
    return invoices_page.Proof(
        steps=tuple(_step(step, currency) for step in proof["steps"]),
        quantity=Decimal(proof["quantity"]),
        amount=_money(proof["amount"], currency),
        gross=_money(credit["gross"], currency),
        receivable=_money(credit["receivable"], currency),
        should=_money(proof["should"], currency),
        rounded=_money(proof["rounded"], currency),
        billed_before=_money(proof["billed_before"], currency),
        events=None if count is None else str(count),
        events_hash=None if digest is None else str(digest),
        rule_hash=str(proof["rule_hash"]),
    )


def _step(step: Mapping[str, Any], currency: str) -> UsageLine:
    above, up_to = step.get("above"), step.get("up_to")
    return UsageLine(
        Decimal(step["quantity"]),
        _money(step["unit_price"], currency),
        _money(step["amount"], currency),
        None if above is None else Decimal(above),
        None if up_to is None else Decimal(up_to),
    )


def _money(text: object, currency: str) -> Money:
    return Money(Decimal(str(text)), currency)
