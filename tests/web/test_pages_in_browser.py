"""Every page that can be reached, in a real browser over the real app: accessible, and it fits.

An operator and a partner of a small alliance sign in and follow every link. Each sort of page is
looked at in German and English, light and dark, on a desk and on a phone.
"""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from groschen.features.parties import service as parties
from groschen.features.tenants import service as tenants
from groschen.features.tenants.model import Role
from groschen.kit.actor import SYSTEM
from groschen.kit.http.references import External
from groschen.kit.processes import this_program
from groschen.kit.provision import environment_of
from groschen.web.preferences import LANGUAGE_COOKIE
from groschen.web.ui.texts import LANGUAGES
from groschen.web.visitor import SESSION_COOKIE
from support.app_fixtures import app, root_id
from support.browser import ARGUMENTS, CHROMIUM
from support.processes import answering, free_port
from support.tickets import Alliance, found_alliance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from uuid import UUID

    from fastapi import FastAPI

    from groschen.kit.config import Settings
    from groschen.kit.db import Database

__all__ = ["app", "root_id"]
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        not CHROMIUM.exists(),
        reason=f"NO BROWSER: {CHROMIUM} is missing, so no page is looked at; apt install chromium",
    ),
    pytest.mark.timeout(600),
]

SCREENSHOTS = Path(__file__).parents[1] / "output" / "screenshots"
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
COLOUR_RULES = ("color-contrast", "link-in-text-block")
WIDTHS = (1280, 360)
HEIGHT = 900
PASSWORD = "a long enough pass phrase"
FILES = re.compile(r"\.(csv|xml|svg|txt|pem)$|/sign-out|/static/|/problems/")
IDS = re.compile(r"[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}")

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass
class Reader:
    """A browser tab that remembers what the browser complained about."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list[str])

    async def open(self, path: str) -> int:
        self.complaints.clear()
        answer = await self.page.goto(self.address + path)
        await self.page.evaluate("document.fonts.ready")
        return answer.status if answer is not None else 0

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    async def overflow(self) -> int:
        """How many pixels the page is wider than the screen."""
        width = "document.documentElement.scrollWidth - innerWidth"
        return int(await self.page.evaluate(width))

    async def faults(self, *rules: str) -> list[str]:
        """What axe objects to, by all its rules or those named: one line for each rule."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE)
        options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
        answer = await self.page.evaluate("options => axe.run(options)", options)
        found = answer["violations"]
        return [f"{rule['id']}: {[node['html'] for node in rule['nodes']]}" for rule in found]

    async def links(self) -> list[str]:
        """Where the page leads inside the app, files left out."""
        script = "links => links.map(link => link.getAttribute('href'))"
        found = await self.page.locator("a[href^='/']").evaluate_all(script)
        return [path.partition("#")[0] for path in found if not FILES.search(path)]


@pytest.fixture(scope="module")
def address(settings: Settings, root_id: UUID) -> Iterator[str]:
    _ = root_id  # founded here, not by the server
    port = free_port()
    changed = settings.model_copy(update={"port": port, "log_level": "error"})
    environment = {**os.environ, **environment_of(changed)}
    process = subprocess.Popen(this_program("serve"), env=environment, stdin=subprocess.DEVNULL)
    try:
        yield answering(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
async def alliance(app: FastAPI, database: Database, root_id: UUID) -> Alliance:
    """A month of a few tickets: sold, one refunded, one waiting, closed and stated."""
    alliance = await found_alliance(app, database, root_id)
    await alliance.sell([f"t{number}" for number in range(12)])
    await alliance.sell(["declined"], method="tok_declined")
    refund = {"reason": "journey cancelled"}
    await alliance.ask("POST", "/v1/orders/ext:t1/refund", refund, status=201)
    await alliance.drain()
    await alliance.advance("2027-02-01T08:00:00Z")
    await alliance.ask("POST", "/v1/settlements/close", {"period_to": "2027-02-01"}, status=202)
    await alliance.drain()
    return alliance


async def session_of(alliance: Alliance, database: Database, party: str | None) -> str:
    """Add a person, take the one-time link, and return the session's token."""
    async with database.scope(alliance.api.tenant_id, SYSTEM) as scope:
        email = f"{party or 'operator'}@example.org"
        if party is None:
            person = await tenants.add_user(
                scope, role=Role.ADMINISTRATOR, email=email, name="Ada Berg"
            )
        else:
            person = await parties.add_user(scope, External(party), email=email, name="Jo Kern")
        link = await tenants.make_link(scope, person.id)
    signed_in = await tenants.sign_in_by_link(database, link, password=PASSWORD)
    return signed_in.token


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        await browser.close()


async def reader_of(browser: Browser, address: str, cookies: dict[str, str]) -> Reader:
    context = await browser.new_context(reduced_motion="reduce")
    await context.add_cookies(
        [{"name": name, "value": value, "url": address} for name, value in cookies.items()]
    )
    reader = Reader(await context.new_page(), address)
    reader.page.on("console", reader.hear)
    reader.page.on("pageerror", lambda error: reader.complaints.append(str(error)))
    return reader


async def look_at(reader: Reader, name: str) -> list[str]:
    """Look at the open page in every width and scheme; answers what is wrong."""
    wrong: list[str] = []
    for width, scheme in product(WIDTHS, SCHEMES):
        await reader.page.set_viewport_size({"width": width, "height": HEIGHT})
        await reader.page.emulate_media(color_scheme=scheme)
        picture = SCREENSHOTS / f"{name}-{scheme}-{width}.png"
        await reader.page.screenshot(path=picture, full_page=True, animations="disabled")
        rules = COLOUR_RULES if scheme == "dark" else ()  # the theme changes colours only
        wrong += [f"{picture.stem}: {fault}" for fault in await reader.faults(*rules)]
        if await reader.overflow() > 0:
            wrong.append(f"{picture.stem}: {await reader.overflow()} pixels too wide")
    return wrong + [f"{name}: {complaint}" for complaint in reader.complaints]


async def walk(reader: Reader, start: str, language: str) -> tuple[set[str], list[str]]:
    """Follow every link from ``start``, one page of each sort; what was seen and what is wrong."""
    waiting, seen, wrong = [start], set[str](), list[str]()
    while waiting:
        path = waiting.pop(0)
        sort = IDS.sub("id", path.partition("?")[0])
        if sort in seen:
            continue
        seen.add(sort)
        status = await reader.open(path)
        if status != 200:
            wrong.append(f"{path} answers {status}")
            continue
        waiting += await reader.links()
        name = sort.strip("/").replace("/", "-") or "overview"
        wrong += await look_at(reader, f"{name}-{language}")
    return seen, wrong


@pytest.mark.parametrize("language", LANGUAGES)
async def test_operator_reaches_every_page(
    alliance: Alliance, address: str, database: Database, language: str
) -> None:
    async with chromium() as browser:
        token = await session_of(alliance, database, None) if language == "de" else ""
        token = token or await _again(database)
        reader = await reader_of(
            browser, address, {SESSION_COOKIE: token, LANGUAGE_COOKIE: language}
        )
        seen, wrong = await walk(reader, "/", language)
    assert wrong == []
    wanted = {"/", "/orders", "/orders/id", "/partners", "/partners/id", "/statements"}
    assert wanted | {"/statements/id", "/payouts", "/deliveries", "/sandbox"} <= seen


async def _again(database: Database) -> str:
    """Sign the operator in by password."""
    signed_in = await tenants.sign_in(database, "operator@example.org", PASSWORD)
    return signed_in.token


async def test_partner_sees_its_own_pages_and_no_other(
    alliance: Alliance, address: str, database: Database
) -> None:
    async with chromium() as browser:
        token = await session_of(alliance, database, "op-a")
        cookies = {SESSION_COOKIE: token, LANGUAGE_COOKIE: "de"}
        reader = await reader_of(browser, address, cookies)
        seen, wrong = await walk(reader, "/partner", "de")
        foreign = [await reader.open(path) for path in ("/partners", "/payouts", "/ledger")]
    assert wrong == []
    assert {"/partner", "/partner/statements"} <= seen
    assert all(status in (403, 404) for status in foreign)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_pages_without_sign_in(address: str, language: str) -> None:
    async with chromium() as browser:
        reader = await reader_of(browser, address, {LANGUAGE_COOKIE: language})
        assert await reader.open("/sign-in") == 200
        wrong = await look_at(reader, f"sign-in-{language}")
        assert await reader.open("/nowhere") in (401, 404, 200)
        reader.complaints.clear()
        wrong += await look_at(reader, f"nowhere-{language}")
    assert wrong == []
