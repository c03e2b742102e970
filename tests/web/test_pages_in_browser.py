"""Every page that can be reached, in a real browser over the real app: accessible, and it fits.

People of a small alliance sign in and follow every link. One page of each sort is looked at in
German and English, light and dark, on a desk and on a phone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, sync_playwright

from support.browser import ARGUMENTS, CHROMIUM
from support.reader import Reader, reader_of
from support.town import PASSWORD, Town, bill, email, live_through_january, town, use_power

if TYPE_CHECKING:
    from collections.abc import Iterator

    from groschen.kit.config import Settings

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(),
    reason=f"NO BROWSER: {CHROMIUM} is missing, so no page is looked at; apt install chromium",
)

IDS = re.compile(r"[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}")
CONSOLE = {
    *("/", "/orders", "/orders/id", "/orders/id/refund", "/partners", "/partners/id"),
    *("/statements", "/statements/id", "/payouts", "/payouts/id", "/deliveries"),
    *("/deliveries/id", "/sandbox", "/account", "/customers", "/customers/id", "/subscriptions"),
    *("/subscriptions/id", "/subscriptions/id/cancel", "/subscriptions/id/items/id/change"),
    *("/wallets", "/wallets/id", "/usage", "/usage/debugger", "/usage/rejects"),
    *("/usage/rejects/id", "/invoices", "/invoices/id", "/bill_runs"),
    "/bill_runs/id",
}
CUSTOMER = {
    *("/customer", "/customer/contracts", "/customer/usage", "/customer/invoices"),
    *("/customer/invoices/id", "/customer/top_up/id", "/account"),
}
PORTAL = {"/partner", "/partner/statements", "/partner/statements/id", "/account"}


@pytest.fixture(scope="module")
def place(settings: Settings) -> Iterator[Town]:
    """A town whose January is closed: one statement waits, one is about to be paid, one cannot."""
    with town(settings) as made:
        live_through_january(made)
        names = made.do(made.alliance.party_names)
        for statement in made.ask("GET", "/v1/statements")["data"]:
            if names[statement["beneficiary_id"]] in ("op-a", "op-c"):
                made.ask("POST", f"/v1/statements/{statement['id']}/approve")
        made.ask("POST", "/v1/payout_runs", {"currency": "EUR"}, 201)
        made.ask("POST", "/v1/orders/ext:T-2/refund", {"reason": "journey cancelled"}, 201)
        use_power(made)
        bill(made)
        yield made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


def walk(reader: Reader, start: str, name: str) -> tuple[set[str], list[str]]:
    """Follow every link from ``start``, one page of each sort; what was seen and what is wrong."""
    waiting, seen, wrong = [start], set[str](), list[str]()
    while waiting:
        path = waiting.pop(0)
        sort = IDS.sub("id", path.partition("?")[0])
        if sort in seen:
            continue
        seen.add(sort)
        picture = sort.strip("/").replace("/", "-") or "overview"
        wrong += reader.look(f"{name}-{picture}", path)
        waiting += reader.links()
    return seen, wrong


def test_operator_reaches_every_page(chromium: Browser, place: Town) -> None:
    reader = reader_of(chromium, place.address)
    reader.use_link(place.links["ada"], PASSWORD)
    seen, wrong = walk(reader, "/", "console")
    assert wrong == []
    assert seen == CONSOLE


def test_invoice_is_explained_and_given_back_from(chromium: Browser, place: Town) -> None:
    reader = reader_of(chromium, place.address)
    reader.use_link(place.links["fina"], PASSWORD)
    found = place.ask("GET", "/v1/invoices")["data"]
    path = next(f"/invoices/{one['id']}" for one in found if one["number"].startswith("INV"))
    wrong = reader.look("console-invoice", path)
    wrong += reader.look("console-invoice-credit", f"{path}/credit")
    wrong += reader.look("console-bill-preview", "/bill_runs/preview?account=customer")
    assert wrong == []


def test_partner_reaches_its_own_pages(chromium: Browser, place: Town) -> None:
    reader = reader_of(chromium, place.address)
    reader.use_link(place.links["op-a"], PASSWORD)
    seen, wrong = walk(reader, "/partner", "partner")
    assert wrong == []
    assert seen == PORTAL


def test_customer_reaches_its_own_pages(chromium: Browser, place: Town) -> None:
    reader = reader_of(chromium, place.address)
    reader.use_link(place.links["rida"], PASSWORD)
    seen, wrong = walk(reader, "/customer", "customer")
    assert wrong == []
    assert seen == CUSTOMER


def test_new_tenant_sees_empty_pages(chromium: Browser, place: Town) -> None:
    reader = reader_of(chromium, place.address)
    reader.use_link(place.links["first"], PASSWORD, email("root"))
    seen, wrong = walk(reader, "/", "empty")
    assert wrong == []
    assert seen == {sort for sort in CONSOLE if "id" not in sort.split("/")} - {"/sandbox"}


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("sign-in", "/sign-in", 200),
        ("used-link", "/sign-in/link?token=gone", 401),
        ("nowhere", "/nowhere", 404),
    ],
)
def test_page_for_strangers(
    chromium: Browser, place: Town, name: str, path: str, status: int
) -> None:
    reader = reader_of(chromium, place.address)
    reader.expected = (path,) if status != 200 else ()
    assert reader.look(name, path, status) == []
