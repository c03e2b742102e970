"""Bill runs: start, preview, progress, and accounts that were left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Form, Query, Request, Response

from groschen.core.errors import GroschenError
from groschen.core.money import Money, multiply
from groschen.features.invoices.model import BillingFailure, BillRun, InvoiceFilter
from groschen.features.invoices.service import reading, runs
from groschen.features.invoices.service.drafting import Draft
from groschen.features.parties import service as parties
from groschen.features.tenants import service as tenants
from groschen.kit.db import Scope
from groschen.kit.http import External, Pages, Reader, Slice, Writer
from groschen.kit.ids import encode_id
from groschen.web.addresses import account_path, bill_run_name, bill_run_path, invoice_path
from groschen.web.console import bill_runs as runs_page
from groschen.web.console.routes.invoice_view import invoice_rows
from groschen.web.forms import attempt, see_other, sent
from groschen.web.page import page
from groschen.web.routing import Audience, PageRouter, path_id
from groschen.web.ui.parts import Link
from groschen.web.ui.refusals import Refusal
from groschen.web.values import local, local_or_none, page_of_rows

pages: Final = PageRouter(Audience.CONSOLE)
RunId = Annotated[UUID, Depends(path_id("brn", "run"))]
Text = Annotated[str, Form(max_length=200)]
MOST_FAILURES: Final = 50


@pages.page("/bill_runs", permission="invoices:read")
async def show_runs(request: Request, scope: Reader, asked: Pages) -> Response:
    """The list, with what waits for a repair."""
    return await _list_page(request, scope, asked)


@pages.form("/bill_runs", permission="invoices:write")
async def start_run(request: Request, scope: Writer, account: Text = "") -> Response:
    """Bill all that is due now, of one account or all."""
    async with attempt(scope) as tried:
        named = External(account.strip()) if account.strip() else None
        made = await runs.start(scope, None, named)
        return see_other(bill_run_path(made.id))
    return await _list_page(request, scope, Slice(), account=account, refusal=tried.refusal)


@pages.page("/bill_runs/preview", permission="invoices:read")
async def show_preview(
    request: Request,
    scope: Reader,
    asked: Pages,
    account: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """What an account would get now; nothing is stored."""
    try:
        drafts, problem = await runs.preview(scope, None, External(account.strip()))
        found = await parties.get_account(scope, External(account.strip()))
    except GroschenError as refusal:
        return await _list_page(request, scope, asked, account=account, refusal=refusal)
    names = await parties.labels(scope, [found.party_id])
    view = runs_page.PreviewView(
        account=Link(found.external_id, account_path(found.id)),
        customer=names[found.party_id],
        drafts=tuple(_draft(one) for one in drafts),
        problem=None if problem is None else Refusal.of(problem),
    )
    return page(request, runs_page.PREVIEW_TEMPLATE, view)


@pages.page("/bill_runs/{run}", permission="invoices:read")
async def show_run(request: Request, run: RunId, scope: Reader, asked: Pages) -> Response:
    """One run."""
    found = await runs.find(scope, run)
    made = await reading.page(scope, InvoiceFilter(run_id=run), asked)
    shown, pager = page_of_rows(request, asked, made, lambda one: one.id)
    names = await tenants.actor_names(scope, [found.created_by] if found.created_by else [])
    failed = await runs.failures(scope, run, None, MOST_FAILURES)
    view = runs_page.BillRunView(
        row=_row(scope, found),
        public_id=encode_id("brn", found.id),
        account=None if found.account_id is None else await _account(scope, found.account_id),
        created_by=names.get(found.created_by) if found.created_by else None,
        done_at=local_or_none(scope, found.done_at),
        invoices=await invoice_rows(scope, shown, invoice_path),
        pager=pager,
        failures=await _failures(scope, failed),
    )
    return page(request, runs_page.TEMPLATE, view)


async def _list_page(
    request: Request,
    scope: Scope,
    asked: Slice,
    *,
    account: str = "",
    refusal: GroschenError | None = None,
) -> Response:
    found = await runs.page(scope, asked)
    shown, pager = page_of_rows(request, asked, found, lambda one: one.id)
    failed = await runs.failures(scope, None, None, MOST_FAILURES)
    at_field = refusal is not None and refusal.field == "account"
    view = runs_page.BillRunsView(
        rows=tuple(_row(scope, one) for one in shown),
        pager=pager,
        failures=await _failures(scope, failed),
        account=sent(account, refusal, "account"),
        may_start=scope.actor.may("invoices:write"),
        refusal=None if refusal is None or at_field else Refusal.of(refusal),
    )
    status = 200 if refusal is None else 422
    return page(request, runs_page.LIST_TEMPLATE, view, status=status)


def _row(scope: Scope, run: BillRun) -> runs_page.RunRow:
    return runs_page.RunRow(
        name=bill_run_name(run.id),
        href=bill_run_path(run.id),
        state=run.state,
        cutoff=local(scope, run.cutoff),
        created_at=local(scope, run.created_at),
        accounts=run.accounts,
        invoices=run.invoices,
        failures=run.failures,
    )


async def _failures(
    scope: Scope, failed: Sequence[BillingFailure]
) -> tuple[runs_page.FailureRow, ...]:
    return tuple(
        [
            runs_page.FailureRow(
                await _account(scope, one.account_id),
                one.code,
                one.detail,
                one.hint,
                local(scope, one.recorded_at),
            )
            for one in failed
        ]
    )


async def _account(scope: Scope, account_id: UUID) -> Link:
    account = await parties.get_account(scope, account_id)
    return Link(account.external_id, account_path(account.id))


def _draft(draft: Draft) -> runs_page.DraftView:
    figures, currency = draft.figures, draft.currency
    return runs_page.DraftView(
        is_credit_note=figures.sign < 0,
        lines=tuple(
            runs_page.DraftRow(
                line.label,
                line.service_from,
                line.service_to,
                line.proof.quantity,
                Money(amount, currency),
            )
            for line, amount in zip(draft.content_lines, figures.line_amounts, strict=True)
        ),
        net=Money(figures.net, currency),
        tax=Money(figures.vat, currency),
        owed=Money(multiply(figures.gross, Money.zero(currency).amount + figures.sign), currency),
    )
