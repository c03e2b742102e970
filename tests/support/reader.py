"""A browser tab that remembers what the browser complained about, and asks axe what it thinks."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Response

SCREENSHOTS = Path(__file__).parents[1] / "output" / "screenshots"
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
HEIGHT = 900


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
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
        found = self.page.evaluate("options => axe.run(options)", options)["violations"]
        return [f"{rule['id']}: {[node['html'] for node in rule['nodes']]}" for rule in found]

    def text(self) -> str:
        """What the page says, with plain spaces."""
        return self.page.inner_text("main").replace("\N{NO-BREAK SPACE}", " ")

    def picture(self, name: str) -> None:
        """Take a picture of the whole page."""
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=True, animations="disabled")


def reader_of(
    browser: Browser, address: str, cookies: dict[str, str] | None = None, *, scripts: bool = True
) -> Reader:
    """Open a tab of its own context."""
    context = browser.new_context(java_script_enabled=scripts, reduced_motion="reduce")
    context.add_cookies(
        [{"name": n, "value": v, "url": address} for n, v in (cookies or {}).items()]
    )
    reader = Reader(context.new_page(), address)
    reader.page.on("console", reader.hear)
    reader.page.on("pageerror", lambda error: reader.complaints.append(str(error)))
    return reader
