"""A bill run killed with -9 in the middle: every account is billed once, numbers have no gap."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from groschen.features.invoices import jobs
from groschen.kit.ids import decode_id

if TYPE_CHECKING:
    from groschen.kit.config import Settings
    from groschen.kit.postgres import ServerUrls
    from support.billing import Billing

pytestmark = pytest.mark.anyio

WORKER = Path(__file__).with_name("billing_worker.py")
ACCOUNTS = 40


async def test_a_killed_run_is_taken_up_where_it_died(
    billing: Billing, settings: Settings, database_urls: ServerUrls
) -> None:
    for number in range(ACCOUNTS):
        await billing.customer(f"c{number}")
        await billing.charge(f"c{number}", "5.00")
    started = await billing.ask("POST", "/v1/bill_runs", {}, 202)
    run_id = decode_id("brn", started["id"])
    assert settings.secret_key is not None
    environment = {
        **os.environ,
        "GROSCHEN_DATABASE_URL": database_urls.app,
        "GROSCHEN_SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    for least in (5, 15):
        doomed = subprocess.Popen(
            [sys.executable, str(WORKER), str(billing.api.tenant_id), str(run_id)],
            env=environment,
        )
        try:
            async with asyncio.timeout(60):
                while len(await billing.invoices()) < least:
                    await asyncio.sleep(0.01)
        finally:
            doomed.send_signal(signal.SIGKILL)
            doomed.wait()
    assert 15 <= len(await billing.invoices()) < ACCOUNTS
    await jobs.bill_left(billing.runtime, billing.api.tenant_id)
    found = await billing.invoices()
    assert [one["number"] for one in found] == [f"INV-{n:06d}" for n in range(1, ACCOUNTS + 1)]
    assert len({one["account_id"] for one in found}) == ACCOUNTS
    run = await billing.ask("GET", f"/v1/bill_runs/{started['id']}")
    assert (run["state"], run["accounts"], run["invoices"]) == ("done", ACCOUNTS, ACCOUNTS)
    await billing.check_books()
