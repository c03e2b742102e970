"""The endpoints of the seller, of what is to be billed, and of bill runs."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import Query

from groschen.core.ledger import AccountUnknown
from groschen.core.tax import TaxRateUnknown
from groschen.features.invoices.model import (
    BillRunNotFound,
    CutoffAhead,
    LineInvalid,
    SellerTaxMissing,
    SellerUnknown,
)
from groschen.features.invoices.schemas.billing import (
    BillableIn,
    BillableOut,
    BillingFailureOut,
    BillPreviewOut,
    BillRunIn,
    BillRunOut,
    SellerIn,
    SellerOut,
)
from groschen.features.invoices.schemas.ids import AccountRef, BillRunId
from groschen.features.invoices.service import billables as billable_service
from groschen.features.invoices.service import runs, sellers
from groschen.features.parties.model import AccountNotFound
from groschen.kit.http import Instant, PageOut, Pages, Reader, Router, Writer, page_of, problems
from groschen.kit.http.keysets import Keysets, keyset_page
from groschen.kit.iban import IbanInvalid

seller: Final = Router("seller", prefix="/v1/seller")
billables: Final = Router("billables", prefix="/v1/billables")
bill_runs: Final = Router("bill_runs", prefix="/v1/bill_runs")


@seller.get("", permission="invoices:read", verb="read", responses=problems(SellerUnknown))
async def read_seller(scope: Reader) -> SellerOut:
    """Show who issues the invoices."""
    return SellerOut.of(await sellers.seller(scope))


@seller.put(
    "",
    permission="tenants:admin",
    verb="set",
    responses=problems(SellerTaxMissing, IbanInvalid),
)
async def set_seller(body: SellerIn, scope: Writer) -> SellerOut:
    """Set who issues the invoices from now on; issued ones stay as they are."""
    return SellerOut.of(await sellers.set_seller(scope, body.seller()))


@billables.post(
    "",
    permission="invoices:write",
    verb="charge",
    idempotent="required",
    responses=problems(AccountNotFound, AccountUnknown, LineInvalid, TaxRateUnknown),
)
async def charge_by_hand(body: BillableIn, scope: Writer) -> BillableOut:
    """Charge something by hand; it is a line of the account's next bill."""
    charged = await billable_service.charge_by_hand(scope, body.account, body.line())
    return BillableOut.of(charged)


@billables.get("", permission="invoices:read", verb="list", responses=problems(AccountNotFound))
async def list_billables(
    scope: Reader,
    page: Pages,
    account: Annotated[AccountRef | None, Query(description="Only of this account.")] = None,
    due: Annotated[  # noqa: FBT002 - a query parameter is named by its caller
        bool, Query(description="Only what is left to bill.")
    ] = False,
) -> PageOut[BillableOut]:
    """List what is to be billed, newest first."""
    found = await billable_service.page(scope, account, due=due, asked=page)
    return page_of(page, found, identity=lambda one: one.id, show=BillableOut.of)


@bill_runs.post(
    "",
    permission="invoices:write",
    verb="start",
    idempotent="required",
    status_code=202,
    responses=problems(AccountNotFound, CutoffAhead, SellerUnknown),
)
async def start_bill_run(body: BillRunIn, scope: Writer) -> BillRunOut:
    """Bill all that is due, account by account, in a job after this answer.

    What was billed before is not billed again.
    """
    return BillRunOut.of(await runs.start(scope, body.cutoff, body.account))


@bill_runs.get(
    "/preview",
    permission="invoices:read",
    verb="preview",
    responses=problems(AccountNotFound, CutoffAhead),
)
async def preview(
    scope: Reader,
    account: Annotated[AccountRef, Query(description="The account.", examples=["ext:acme"])],
    cutoff: Annotated[
        Instant | None, Query(description="What is due by then; now if left out.")
    ] = None,
) -> BillPreviewOut:
    """Show the documents that a bill run would make of an account now; nothing is stored."""
    return BillPreviewOut.of(*await runs.preview(scope, cutoff, account))


@bill_runs.get("/failures", permission="invoices:read", verb="list_failures")
async def list_failures(
    scope: Reader,
    page: Keysets,
    bill_run_id: Annotated[BillRunId | None, Query(description="Only of this run.")] = None,
) -> PageOut[BillingFailureOut]:
    """List the accounts that could not be billed yet and why."""
    after = None if page.after is None else UUID(bytes=page.after)
    found = await runs.failures(scope, bill_run_id, after, page.fetch)
    return keyset_page(
        page, found, position=lambda one: one.account_id.bytes, show=BillingFailureOut.of
    )


@bill_runs.get("", permission="invoices:read", verb="list")
async def list_bill_runs(scope: Reader, page: Pages) -> PageOut[BillRunOut]:
    """List bill runs, newest first."""
    found = await runs.page(scope, page)
    return page_of(page, found, identity=lambda run: run.id, show=BillRunOut.of)


@bill_runs.get(
    "/{run_id}", permission="invoices:read", verb="read", responses=problems(BillRunNotFound)
)
async def read_bill_run(run_id: BillRunId, scope: Reader) -> BillRunOut:
    """Show how far a bill run is."""
    return BillRunOut.of(await runs.find(scope, run_id))
