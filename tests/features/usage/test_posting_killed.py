"""A posting process that is killed anywhere: nothing is lost, nothing is posted twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import support
from support.metering import event, meter, per_unit, usage
from support.reselling import Seller, new_utility, percent

if TYPE_CHECKING:
    from fastapi import FastAPI

    from groschen.kit.config import Settings
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls

pytestmark = pytest.mark.anyio

POSTER = Path(support.__file__).parent / "poster.py"
DELAYS = (0.0, 0.003, 0.007)


async def used_power(app: FastAPI, database: Database, urls: ServerUrls) -> Seller:
    """Thirty days' use of two meters, shared and paid by credit in part; nothing is posted."""
    seller = Seller(await new_utility(app, database, urls))
    await seller.partner("one")
    await seller.agree(percent("a", "0.333333", "one"))
    await seller.utility.meter(**meter("energy"))
    await seller.utility.meter(**meter("events", "count", None))
    await seller.plan(
        usage("energy", "energy", per_unit("0.37")),
        usage("count", "events", per_unit("0.011")),
        agreement="supply",
    )
    await seller.wallet()
    await seller.top_up("5")
    await seller.subscribe("home", wallet="purse")
    days = [event(str(day), f"{day}.25", at=f"2027-01-{day:02}T10:00:00Z") for day in range(2, 19)]
    await seller.utility.accepted(*days)
    return seller


def killed(seller: Seller, settings: Settings, delay: float) -> None:
    """Start a posting process, and kill it soon after it posted something."""
    assert settings.database_url is not None
    assert settings.secret_key is not None
    environment = {
        **os.environ,
        "GROSCHEN_DATABASE_URL": settings.database_url.get_secret_value(),
        "GROSCHEN_SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    command = [sys.executable, str(POSTER), str(seller.utility.api.tenant_id)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"posted\n"
        time.sleep(delay)
        process.kill()


async def test_a_process_killed_between_portions_leaves_the_rest(
    app: FastAPI, database: Database, database_urls: ServerUrls, settings: Settings
) -> None:
    whole = await used_power(app, database, database_urls)
    await whole.post()
    seller = await used_power(app, database, database_urls)
    waiting = [len(await unposted(seller))]
    for delay in DELAYS:
        killed(seller, settings, delay)
        await seller.balanced()
        waiting.append(len(await unposted(seller)))
    assert waiting == sorted(waiting, reverse=True)
    assert len(set(waiting)) == len(waiting)
    assert waiting[-1] > 0
    await seller.post()
    assert await unposted(seller) == []
    assert await seller.books() == await whole.books()
    assert await seller.shares() == await whole.shares()


async def unposted(seller: Seller) -> list[object]:
    return [day for day in await seller.utility.days() if day["unposted"]]
