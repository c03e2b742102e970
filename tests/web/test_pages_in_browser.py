"""Every gallery page in a real browser: accessible, within the screen, and without errors."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Literal

import pytest
from playwright.sync_api import Browser, sync_playwright

from groschen.web.preferences import LANGUAGE_COOKIE, THEME_COOKIE
from groschen.web.ui.texts import LANGUAGES, Language
from support.browser import ARGUMENTS, CHROMIUM, served
from support.gallery import ERRORS, EXACT, SAMPLES, gallery
from support.reader import HEIGHT, SCREENSHOTS, Reader, reader_of

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(),
    reason=f"NO BROWSER: {CHROMIUM} is missing, so no page is looked at; apt install chromium",
)

PAGES = {sample.name: sample.path for sample in SAMPLES if not sample.is_live} | EXACT | ERRORS
COLOUR_RULES = ("color-contrast", "link-in-text-block")
WIDTHS = (1280, 360)

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(gallery()) as url:
        yield url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def readers(chromium: Browser, address: str) -> Iterator[dict[Language, Reader]]:
    made = {
        language: reader_of(chromium, address, {LANGUAGE_COOKIE: language})
        for language in LANGUAGES
    }
    yield made
    for reader in made.values():
        reader.page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_and_fits(
    readers: dict[Language, Reader], name: str, language: Language
) -> None:
    reader = readers[language]
    reader.expected = ("/errors/",)
    reader.open(PAGES[name])
    wrong: list[str] = []
    for width, scheme in product(WIDTHS, SCHEMES):
        reader.page.set_viewport_size({"width": width, "height": HEIGHT})
        reader.page.emulate_media(color_scheme=scheme)
        picture = SCREENSHOTS / f"{name}-{language}-{scheme}-{width}.png"
        reader.page.screenshot(path=picture, full_page=True, animations="disabled")
        rules = COLOUR_RULES if scheme == "dark" else ()  # the theme changes colours only
        wrong += [f"{picture.stem}: {fault}" for fault in reader.faults(*rules)]
        if reader.overflow() > 0:
            wrong.append(f"{picture.stem}: {reader.overflow()} pixels too wide")
    assert wrong + reader.complaints == []


@pytest.mark.parametrize("theme", SCHEMES)
@pytest.mark.parametrize("name", ["overview", "orders", "statement", "sign-in-refused"])
def test_chosen_theme_is_accessible(
    chromium: Browser, address: str, name: str, theme: Scheme
) -> None:
    reader = reader_of(chromium, address, {THEME_COOKIE: theme})
    reader.open(PAGES[name])
    assert reader.faults() == []
    assert reader.complaints == []
    reader.page.context.close()


@pytest.mark.parametrize("name", ["overview", "order", "claims"])
def test_page_reads_without_scripts(chromium: Browser, address: str, name: str) -> None:
    reader = reader_of(chromium, address, scripts=False)
    reader.page.set_viewport_size({"width": 360, "height": HEIGHT})
    reader.page.goto(address + PAGES[name])
    assert reader.page.locator("#side a").first.is_visible()
    assert reader.page.locator("main table:visible").count() > 0
    reader.page.context.close()


def test_menu_opens_and_closes_on_a_phone(chromium: Browser, address: str) -> None:
    reader = reader_of(chromium, address)
    reader.page.set_viewport_size({"width": 360, "height": HEIGHT})
    reader.open(PAGES["overview"])
    side, toggle = reader.page.locator("#side"), reader.page.locator(".gr-toggle")
    assert not side.is_visible()
    toggle.click()
    assert side.is_visible()
    assert toggle.get_attribute("aria-expanded") == "true"
    assert reader.overflow() <= 0
    assert reader.faults() == []
    toggle.click()
    assert not side.is_visible()
    reader.page.context.close()


def test_open_menus_are_accessible_and_escape_closes_them(chromium: Browser, address: str) -> None:
    reader = reader_of(chromium, address)
    reader.page.set_viewport_size({"width": 360, "height": HEIGHT})
    reader.open(PAGES["overview"])
    for number, menu in enumerate(reader.page.locator("details.gr-menu > summary").all()):
        menu.click()
        reader.page.screenshot(path=SCREENSHOTS / f"menu-{number}.png")
        assert reader.page.locator("details.gr-menu[open]").count() == 1
        assert reader.faults() == []
        assert reader.overflow() <= 0
        reader.page.keyboard.press("Escape")
        assert reader.page.locator("details.gr-menu[open]").count() == 0
    reader.page.context.close()


def test_live_figures_move_without_reload(chromium: Browser, address: str) -> None:
    reader = reader_of(chromium, address)
    reader.open("/overview-live")
    reader.page.get_by_text("327 orders").wait_for(timeout=5000)
    assert reader.page.get_by_text("326 orders").count() == 0
    assert reader.faults() == []
    assert reader.complaints == []
    reader.page.context.close()


def test_charts_draw_in_the_colours_of_the_theme(chromium: Browser, address: str) -> None:
    reader = reader_of(chromium, address)
    reader.open(PAGES["order"])
    drawn = {}
    for scheme in SCHEMES:
        reader.page.emulate_media(color_scheme=scheme)
        reader.page.wait_for_timeout(100)
        drawn[scheme] = reader.page.locator(".gr-chart svg").inner_html()
    assert drawn["light"] != drawn["dark"]
    reader.page.context.close()
