"""``groschen ledger verify``: a table or JSON, and the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from groschen.kit.ids import encode_id

if TYPE_CHECKING:
    from groschen.kit.config import Settings
    from groschen.kit.postgres import ServerUrls
    from support.api import Api


def verify(settings: Settings, *arguments: str) -> tuple[int, str]:
    assert settings.database_url is not None
    assert settings.secret_key is not None
    environment = {
        **os.environ,
        "COLUMNS": "200",
        "GROSCHEN_DATABASE_URL": settings.database_url.get_secret_value(),
        "GROSCHEN_SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    done = subprocess.run(
        [sys.executable, "-m", "groschen", "ledger", "verify", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, done.stdout


@pytest.fixture
async def tenant(api: Api) -> str:
    """Book one journal by hand and name its tenant."""
    entries = [{"account": "BANK", "amount": "5"}, {"account": "ROUNDING", "amount": "-5"}]
    body = {"journals": [{"reference": "x", "currency": "EUR", "entries": entries}]}
    assert (await api.post("/v1/journals", body, key="x")).status_code == 201
    return encode_id("ten", api.tenant_id)


async def test_true_books_leave_with_zero(settings: Settings, tenant: str) -> None:
    code, shown = verify(settings)
    assert code == 0
    assert "ledger.journals_balance" in shown
    assert tenant in shown


async def test_false_books_leave_with_one_and_the_first_faults(
    settings: Settings, tenant: str, api: Api, database_urls: ServerUrls
) -> None:
    with psycopg.connect(database_urls.superuser) as conn:
        conn.execute(
            "UPDATE groschen.postings SET amount = 6 WHERE tenant_id = %s AND amount = 5",
            (api.tenant_id,),
        )
    code, shown = verify(settings, "--tenant", tenant, "--json")
    assert code == 1
    [one] = json.loads(shown)["tenants"]
    assert one["tenant"] == tenant
    wrong: list[dict[str, Any]] = [check for check in one["checks"] if not check["ok"]]
    assert [check["name"] for check in wrong] == [
        "ledger.journals_balance",
        "ledger.trial_balance_is_zero",
    ]
    assert wrong[1]["detail"] == ["trial balance in EUR: expected 0, found 1"]
    code, shown = verify(settings)
    assert code == 1
    assert "trial balance in EUR: expected 0, found 1" in shown
