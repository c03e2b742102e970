"""Payout runs: made, approved by a second person, sent, answered by the bank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Form, Request, Response

from groschen.core.money import Money
from groschen.features.parties import service as parties
from groschen.features.settlements.model import LeftOut, Payout, PayoutRun, PayoutRunState
from groschen.features.settlements.ports import FILE_WRITER
from groschen.features.settlements.service import runs
from groschen.features.settlements.service.runs import RunDetails
from groschen.features.tenants import service as tenants
from groschen.kit.db import Scope
from groschen.kit.http import Pages, Reader, Slice, Writer
from groschen.web.addresses import partner_path, run_name, run_path, statement_path
from groschen.web.console import payouts as payout_page
from groschen.web.forms import Attempt, attempt, see_other
from groschen.web.page import page
from groschen.web.routing import Around, Audience, PageRouter, path_id
from groschen.web.ui.parts import Link
from groschen.web.ui.refusals import Refusal
from groschen.web.values import local, local_or_none, page_of_rows

pages: Final = PageRouter(Audience.CONSOLE)
RunId = Annotated[UUID, Depends(path_id("run", "run"))]


@pages.page("/payouts", permission="settlements:read")
async def show_runs(request: Request, scope: Reader, asked: Pages) -> Response:
    """The list, newest first, with what could be paid out now."""
    return await _runs_page(request, scope, asked)


@pages.form("/payouts", permission="settlements:write")
async def create_run(
    request: Request,
    scope: Writer,
    around: Around,
    asked: Pages,
    currency: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Make a draft of everything that is approved in a currency."""
    async with attempt(scope) as tried:
        made = await runs.create(scope, currency, around.ports[FILE_WRITER])
        return see_other(run_path(made.run.id))
    return await _runs_page(request, scope, asked, tried)


@pages.page("/payouts/{run}", permission="settlements:read")
async def show_run(request: Request, run: RunId, scope: Reader) -> Response:
    """One run."""
    return await _run_page(request, scope, run)


@pages.page("/payouts/{run}/file.xml", permission="settlements:write")
async def download_file(run: RunId, scope: Reader) -> Response:
    """The payment file, byte for byte as it goes to the bank."""
    file = await runs.file(scope, run)
    headers = {"content-disposition": f'attachment; filename="{file.message_id}.xml"'}
    return Response(file.content, media_type="application/xml", headers=headers)


@pages.form("/payouts/{run}/approve", permission="payouts:approve")
async def approve_run(request: Request, run: RunId, scope: Writer) -> Response:
    """Approve a draft; above the limit somebody else than its maker has to."""
    async with attempt(scope) as tried:
        await runs.approve(scope, run)
        return see_other(run_path(run))
    return await _run_page(request, scope, run, tried)


@pages.form("/payouts/{run}/send", permission="settlements:write")
async def send_run(request: Request, run: RunId, scope: Writer) -> Response:
    """Have an approved run handed to the bank."""
    async with attempt(scope) as tried:
        await runs.request_sending(scope, run)
        return see_other(run_path(run))
    return await _run_page(request, scope, run, tried)


@pages.form("/payouts/{run}/answers", permission="settlements:write")
async def fetch_answers(request: Request, run: RunId, scope: Writer) -> Response:
    """Have the bank asked what became of the transfers."""
    async with attempt(scope) as tried:
        await runs.request_answers(scope, run)
        return see_other(run_path(run))
    return await _run_page(request, scope, run, tried)


async def _runs_page(
    request: Request, scope: Scope, asked: Slice, tried: Attempt | None = None
) -> Response:
    found = await runs.page(scope, asked)
    shown, pager = page_of_rows(request, asked, found, lambda run: run.id)
    ready = await runs.ready(scope)
    names = await parties.labels(scope, {one.beneficiary_id for r in ready for one in r.left_out})
    view = payout_page.RunsView(
        rows=tuple(_row(scope, run) for run in shown),
        pager=pager,
        waiting=tuple(
            payout_page.WaitingView(
                one.currency,
                Money(one.total, one.currency),
                one.count,
                _left_out(one.left_out, names, one.currency),
            )
            for one in ready
        ),
        may_create=scope.actor.may("settlements:write"),
        refusal=tried.told if tried else None,
    )
    return page(request, payout_page.LIST_TEMPLATE, view, status=tried.status if tried else 200)


def _row(scope: Scope, run: PayoutRun) -> payout_page.RunRow:
    return payout_page.RunRow(
        name=run_name(run.id),
        href=run_path(run.id),
        created_at=local(scope, run.created_at),
        state=run.state,
        count=run.count,
        total=Money(run.total, run.currency),
    )


async def _run_page(
    request: Request, scope: Scope, run_id: UUID, tried: Attempt | None = None
) -> Response:
    details = await runs.find(scope, run_id)
    view = await _view(scope, details, tried.told if tried else None)
    return page(request, payout_page.TEMPLATE, view, status=tried.status if tried else 200)


async def _view(scope: Scope, details: RunDetails, refusal: Refusal | None) -> payout_page.RunView:
    run, may = details.run, scope.actor.may
    paid = {one.beneficiary_id for one in details.payouts}
    names = await parties.labels(scope, paid | {one.beneficiary_id for one in details.left_out})
    actors = [run.created_by] + ([run.approved_by] if run.approved_by else [])
    people = await tenants.actor_names(scope, actors)
    limit = (await runs.terms(scope, run.currency)).second_person_above
    is_draft = run.state is PayoutRunState.DRAFT
    needs_other = is_draft and run.created_by == scope.actor.id and run.total > limit
    is_idle = run.next_attempt_at is None
    path = run_path(run.id)
    can_approve = is_draft and may("payouts:approve") and not needs_other
    can_send = run.state is PayoutRunState.APPROVED and is_idle and may("settlements:write")
    can_ask = run.state is PayoutRunState.SENT and may("settlements:write")
    return payout_page.RunView(
        name=run_name(run.id),
        message_id=run.message_id,
        state=run.state,
        total=Money(run.total, run.currency),
        count=run.count,
        execute_on=run.execute_on,
        created_at=local(scope, run.created_at),
        created_by=people.get(run.created_by),
        approved_by=people.get(run.approved_by) if run.approved_by else None,
        sent_at=local_or_none(scope, run.sent_at),
        file_schema=run.schema,
        file_hash=run.file_hash,
        transfers=tuple(_transfer(one, names) for one in details.payouts),
        left_out=_left_out(details.left_out, names, run.currency) if is_draft else (),
        limit=Money(limit, run.currency),
        needs_other=needs_other and may("payouts:approve"),
        is_asked=run.state is PayoutRunState.APPROVED and not is_idle,
        approve_at=f"{path}/approve" if can_approve else None,
        send_at=f"{path}/send" if can_send else None,
        fetch_at=f"{path}/answers" if can_ask else None,
        file_at=f"{path}/file.xml" if may("settlements:write") else None,
        refusal=refusal,
    )


def _transfer(one: Payout, names: Mapping[UUID, str]) -> payout_page.TransferRow:
    return payout_page.TransferRow(
        partner=Link(names[one.beneficiary_id], partner_path(one.beneficiary_id)),
        statement=Link(one.statement_number, statement_path(one.statement_id)),
        amount=Money(one.amount, one.currency),
        end_to_end_id=one.end_to_end_id,
        state=one.state,
        reason=one.reason,
        booked_on=one.booked_on,
    )


def _left_out(
    left: Sequence[LeftOut], names: Mapping[UUID, str], currency: str
) -> tuple[payout_page.LeftOutRow, ...]:
    return tuple(
        payout_page.LeftOutRow(
            partner=Link(names[one.beneficiary_id], partner_path(one.beneficiary_id)),
            statement=Link(one.statement_number, statement_path(one.statement_id)),
            amount=Money(one.amount, currency),
            code=one.code,
        )
        for one in left
    )
