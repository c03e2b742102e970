"""The endpoints of settlement."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from groschen.core.lifecycle import IllegalTransition
from groschen.features.settlements.model import (
    DebtorAccountMissing,
    FundsModelMissing,
    FundsModelPaysElsewhere,
    NothingToPayOut,
    PartnerNotFound,
    PayoutRunNotFound,
    PayoutTerms,
    PeriodAlreadyClosed,
    PeriodNotOver,
    PeriodStillClosing,
    SecondPersonNeeded,
    StatementFilter,
    StatementNotFound,
    StatementState,
)
from groschen.features.settlements.ports import FILE_WRITER
from groschen.features.settlements.schemas.claims import PartnerClaimsListOut, PartnerClaimsOut
from groschen.features.settlements.schemas.ids import PartyId, PayoutRunId, StatementId
from groschen.features.settlements.schemas.payouts import (
    PayoutOut,
    PayoutRunIn,
    PayoutRunOut,
    PayoutRunSummaryOut,
    PayoutTermsIn,
    PayoutTermsOut,
)
from groschen.features.settlements.schemas.statements import CloseIn, CloseOut, StatementOut
from groschen.features.settlements.service import (
    claims,
    closing,
    runs,
    statements,
)
from groschen.kit.http import (
    CurrencyCode,
    PageOut,
    Pages,
    Reader,
    Router,
    Surroundings,
    Writer,
    page_of,
    problems,
)

settlements: Final = Router("settlements", prefix="/v1/settlements")
statement_routes: Final = Router("statements", prefix="/v1/statements")
payout_runs: Final = Router("payout_runs", prefix="/v1/payout_runs")
payouts: Final = Router("payouts", prefix="/v1/payouts")
payout_terms: Final = Router("payout_terms", prefix="/v1/payout_terms")
partner_claims: Final = Router("partner_claims", prefix="/v1/partner_claims")


@settlements.post(
    "/close",
    permission="settlements:write",
    idempotent="required",
    status_code=202,
    exclusive=True,
    verb="close",
    responses={
        200: {"model": CloseOut, "description": "Every statement is made."},
        **problems(PeriodNotOver, PeriodAlreadyClosed, PeriodStillClosing),
    },
)
async def close_period(body: CloseIn, scope: Writer, response: Response) -> CloseOut:
    """Close the books up to a day and make the partners' statements.

    Answers 200 when every statement exists, else 202: the statements are being made; ask
    `GET /v1/settlements/close` for the progress, or close the same day again.
    """
    progress = await closing.close_period(scope, body.period_to)
    if progress.done:
        response.status_code = 200
    return CloseOut.of(progress)


@settlements.get("/close", permission="settlements:read", verb="progress")
async def closing_progress(scope: Reader) -> CloseOut:
    """Show how far the latest closing is."""
    period_to = scope.tenant.books_open_from
    if period_to is None:
        return CloseOut(period_to=None, state="open", statements_made=0, statements_left=0)
    return CloseOut.of(await closing.progress(scope, period_to))


@statement_routes.get("", permission="settlements:read", verb="list")
async def list_statements(
    scope: Reader,
    pages: Pages,
    beneficiary_id: Annotated[
        PartyId | None, Query(description="Only this partner's statements.")
    ] = None,
    state: Annotated[
        StatementState | None, Query(description="Only statements in this state.")
    ] = None,
) -> PageOut[StatementOut]:
    """List statements, newest first. A partner sees its own."""
    wanted = StatementFilter(beneficiary_id, None if state is None else (state,))
    rows = await statements.page(scope, wanted, pages)
    return page_of(pages, rows, identity=lambda row: row.id, show=StatementOut.of)


@statement_routes.get(
    "/{statement_id}",
    permission="settlements:read",
    verb="get",
    responses=problems(StatementNotFound),
)
async def get_statement(statement_id: StatementId, scope: Reader) -> StatementOut:
    """Show one statement."""
    return StatementOut.of(await statements.find(scope, statement_id))


@statement_routes.get(
    "/{statement_id}/lines.csv",
    permission="settlements:read",
    verb="lines",
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
        **problems(StatementNotFound),
    },
    response_class=StreamingResponse,
)
async def get_lines(
    statement_id: StatementId, scope: Reader, runtime: Surroundings
) -> StreamingResponse:
    """Download the line file: one row per movement of a share, its hash is in the statement."""
    found = await statements.find(scope, statement_id)
    return StreamingResponse(
        statements.line_file(runtime.database, scope, statement_id),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{found.number}.csv"'},
    )


@statement_routes.post(
    "/{statement_id}/approve",
    permission="payouts:approve",
    status_code=200,
    verb="approve",
    responses=problems(StatementNotFound, IllegalTransition),
)
async def approve_statement(statement_id: StatementId, scope: Writer) -> StatementOut:
    """Approve a statement for payout."""
    return StatementOut.of(await statements.approve(scope, statement_id))


@payout_runs.post(
    "",
    permission="settlements:write",
    idempotent="required",
    verb="create",
    responses=problems(
        FundsModelMissing, FundsModelPaysElsewhere, DebtorAccountMissing, NothingToPayOut
    ),
)
async def create_run(body: PayoutRunIn, scope: Writer, runtime: Surroundings) -> PayoutRunOut:
    """Make a draft of a payment file from all approved statements of a currency.

    Partners without a payout account are named in `left_out`. Nothing is sent yet.
    """
    details = await runs.create(scope, body.currency, runtime.ports[FILE_WRITER])
    return PayoutRunOut.detailed(details)


@payout_runs.get("", permission="settlements:read", verb="list")
async def list_runs(scope: Reader, pages: Pages) -> PageOut[PayoutRunSummaryOut]:
    """List payout runs, newest first."""
    rows = await runs.page(scope, pages)
    return page_of(pages, rows, identity=lambda row: row.id, show=PayoutRunSummaryOut.of)


@payout_runs.get(
    "/{run_id}", permission="settlements:read", verb="get", responses=problems(PayoutRunNotFound)
)
async def get_run(run_id: PayoutRunId, scope: Reader) -> PayoutRunOut:
    """Show one payout run with its transfers."""
    return PayoutRunOut.detailed(await runs.find(scope, run_id))


@payout_runs.get(
    "/{run_id}/file.xml",
    permission="settlements:write",
    verb="file",
    responses={
        200: {"content": {"application/xml": {"schema": {"type": "string"}}}},
        **problems(PayoutRunNotFound),
    },
    response_class=Response,
)
async def get_file(run_id: PayoutRunId, scope: Reader) -> Response:
    """Download the payment file, byte for byte as it goes to the bank."""
    file = await runs.file(scope, run_id)
    return Response(
        file.content,
        media_type="application/xml",
        headers={"content-disposition": f'attachment; filename="{file.message_id}.xml"'},
    )


@payout_runs.post(
    "/{run_id}/approve",
    permission="payouts:approve",
    status_code=200,
    verb="approve",
    responses=problems(PayoutRunNotFound, IllegalTransition, SecondPersonNeeded),
)
async def approve_run(run_id: PayoutRunId, scope: Writer) -> PayoutRunOut:
    """Approve a draft; above the tenant's limit somebody else than its maker has to."""
    return PayoutRunOut.detailed(await runs.approve(scope, run_id))


@payout_runs.post(
    "/{run_id}/send",
    permission="settlements:write",
    idempotent="required",
    status_code=202,
    verb="send",
    responses=problems(PayoutRunNotFound, IllegalTransition),
)
async def send_run(run_id: PayoutRunId, scope: Writer) -> PayoutRunOut:
    """Have an approved run handed to the bank, once, by a job after this answer."""
    return PayoutRunOut.detailed(await runs.request_sending(scope, run_id))


@payout_runs.post(
    "/{run_id}/fetch_answers",
    permission="settlements:write",
    status_code=202,
    verb="fetch_answers",
    responses=problems(PayoutRunNotFound),
)
async def fetch_answers(run_id: PayoutRunId, scope: Writer) -> PayoutRunOut:
    """Have the bank asked now what became of the transfers; a job does so regularly anyway."""
    return PayoutRunOut.detailed(await runs.request_answers(scope, run_id))


@payouts.get("", permission="settlements:read", verb="list")
async def list_payouts(scope: Reader, pages: Pages) -> PageOut[PayoutOut]:
    """List transfers to partners, newest first. A partner sees its own."""
    rows = await runs.payouts(scope, pages)
    return page_of(pages, rows, identity=lambda row: row.id, show=PayoutOut.of)


@payout_terms.get("/{currency}", permission="settlements:read", verb="get")
async def get_terms(currency: CurrencyCode, scope: Reader) -> PayoutTermsOut:
    """Show from which total on a payout run needs a second person."""
    return PayoutTermsOut.of(await runs.terms(scope, currency))


@payout_terms.put("/{currency}", permission="tenants:admin", verb="set")
async def set_terms(currency: CurrencyCode, body: PayoutTermsIn, scope: Writer) -> PayoutTermsOut:
    """Set from which total on a payout run needs a second person."""
    wanted = PayoutTerms(currency, body.second_person_above)
    return PayoutTermsOut.of(await runs.set_terms(scope, wanted))


@partner_claims.get(
    "/{beneficiary_id}",
    permission="settlements:read",
    verb="get",
    responses=problems(PartnerNotFound),
)
async def get_claims(beneficiary_id: PartyId, scope: Reader) -> PartnerClaimsListOut:
    """Show what a partner has pending, released, stated and paid at this moment."""
    found = await claims.partner_claims(scope, beneficiary_id)
    return PartnerClaimsListOut(data=[PartnerClaimsOut.of(one) for one in found])
