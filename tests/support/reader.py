"""A browser tab that remembers what the browser complained about, and asks axe what it thinks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, Response

from groschen.web.preferences import LANGUAGE_COOKIE
from groschen.web.ui.texts import Language

SCREENSHOTS = Path(__file__).parents[1] / "output" / "screenshots"
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
COLOUR_RULES = ("color-contrast", "link-in-text-block")
DESK, PHONE, HEIGHT = 1280, 360, 900
FILES = re.compile(r"\.(csv|xml|svg|txt|pem)$|/pdf$|/static/|/problems/")

Scheme = Literal["light", "dark"]
Look = tuple[Language, Scheme, int, tuple[str, ...]]
LOOKS: tuple[Look, ...] = (
    ("de", "light", DESK, ()),
    ("de", "dark", PHONE, COLOUR_RULES),
    ("en", "light", PHONE, ()),
    ("en", "dark", DESK, COLOUR_RULES),
)
"""How a page is looked at: the theme changes colours only, so dark asks less of axe."""


@dataclass
class Reader:
    """A tab on ``address``. ``expected`` are parts of addresses that may fail to load."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list[str])
    expected: tuple[str, ...] = ()

    def open(self, path: str) -> Response | None:
        self.complaints.clear()
        answer = self.page.goto(self.address + path)
        self.page.evaluate("document.fonts.ready")
        return answer

    def hear(self, message: ConsoleMessage) -> None:
        where = str(message.location.get("url"))
        is_expected = any(part in where for part in self.expected)
        if message.type in ("error", "warning") and not is_expected:
            self.complaints.append(message.text)

    def overflow(self) -> int:
        """How many pixels the page is wider than the screen."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def faults(self, *rules: str) -> list[str]:
        """What axe objects to, by all its rules or those named: one line for each rule."""
        self.page.wait_for_load_state()
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
        found = self.page.evaluate("options => axe.run(options)", options)["violations"]
        return [f"{rule['id']}: {[node['html'] for node in rule['nodes']]}" for rule in found]

    def links(self) -> list[str]:
        """Where the page leads inside the app, files left out."""
        script = "links => links.map(link => link.getAttribute('href'))"
        found = self.page.locator("a[href^='/']").evaluate_all(script)
        return [path.partition("#")[0] for path in found if not FILES.search(path)]

    def speak(self, language: Language) -> None:
        """Have the next pages in ``language``."""
        cookie = {"name": LANGUAGE_COOKIE, "value": language, "url": self.address}
        self.page.context.add_cookies([cookie])

    def look(self, name: str, path: str, status: int = 200) -> list[str]:
        """Open a page in both languages, widths and schemes; what is wrong, if anything."""
        wrong: list[str] = []
        for language, scheme, width, rules in LOOKS:
            self.speak(language)
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self.page.emulate_media(color_scheme=scheme)
            answer = self.open(path)
            here = f"{name}-{language}-{scheme}-{width}"
            if answer is None or answer.status != status:
                wrong.append(f"{here}: {path} answers {answer and answer.status}")
            self.picture(here)
            wrong += [f"{here}: {fault}" for fault in (*self.faults(*rules), *self.complaints)]
            if self.overflow() > 0:
                wrong.append(f"{here}: {self.overflow()} pixels too wide")
        self.page.set_viewport_size({"width": DESK, "height": HEIGHT})
        self.page.emulate_media(color_scheme="light")
        self.speak("en")
        return wrong

    def use_link(self, link: str, password: str, email: str | None = None) -> None:
        """Sign in by a one-time link: say who it is, if asked, and choose a password."""
        self.open(link)
        if email is not None:
            self.page.fill("#field-email", email)
        self.page.fill("#field-password", password)
        self.page.fill("#field-repeated", password)
        self.page.click("main form button")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def text(self) -> str:
        """What the whole page says, with plain spaces; after a click it may still be coming in."""
        self.page.wait_for_load_state()
        return self.page.inner_text("main").replace("\N{NO-BREAK SPACE}", " ")

    def picture(self, name: str) -> None:
        """Take a picture of the whole page."""
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=True, animations="disabled")


def reader_of(
    browser: Browser, address: str, cookies: dict[str, str] | None = None, *, scripts: bool = True
) -> Reader:
    """Open a tab of its own context."""
    context = browser.new_context(
        java_script_enabled=scripts,
        reduced_motion="reduce",
        viewport={"width": DESK, "height": HEIGHT},
    )
    context.add_cookies(
        [{"name": n, "value": v, "url": address} for n, v in (cookies or {}).items()]
    )
    reader = Reader(context.new_page(), address)
    reader.page.on("console", reader.hear)
    reader.page.on("pageerror", lambda error: reader.complaints.append(str(error)))
    return reader
