"""What people do on the pages, in a real browser over the real app and database."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route, expect, sync_playwright

from groschen.adapters.delivery.signed_ticket import read_public_pem, verify
from groschen.kit import clock
from groschen.kit.config import Settings
from groschen.web.preferences import LANGUAGE_COOKIE
from support.browser import ARGUMENTS, CHROMIUM
from support.reader import Reader, reader_of
from support.town import PASSWORD, Town, bill, email, live_through_january, town, use_power

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(),
    reason=f"NO BROWSER: {CHROMIUM} is missing, so no page is looked at; apt install chromium",
)


@pytest.fixture(scope="module")
def place(settings: Settings) -> Iterator[Town]:
    """A town where January was sold and closed, and February has begun."""
    with town(settings) as made:
        live_through_january(made)
        yield made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def ada(chromium: Browser, place: Town) -> Iterator[Reader]:
    """The administrator, signed in by her link."""
    yield from signed_in(chromium, place, "ada")


@pytest.fixture(scope="module")
def fina(chromium: Browser, place: Town) -> Iterator[Reader]:
    """Somebody of finance."""
    yield from signed_in(chromium, place, "fina")


@pytest.fixture(scope="module")
def partner(chromium: Browser, place: Town) -> Iterator[Reader]:
    """Somebody of the first operator."""
    yield from signed_in(chromium, place, "op-a")


def signed_in(chromium: Browser, place: Town, short: str) -> Iterator[Reader]:
    reader = reader_of(chromium, place.address, {LANGUAGE_COOKIE: "en"})
    reader.use_link(place.links[short], PASSWORD)
    yield reader
    reader.page.context.close()


def test_first_link_asks_for_an_address_and_lets_in_once(chromium: Browser, place: Town) -> None:
    reader = reader_of(chromium, place.address)
    reader.open("/orders?q=T")
    assert "/sign-in?next=%2Forders%3Fq%3DT" in reader.page.url
    reader.open(place.links["first"])
    assert reader.faults() == []
    reader.expected = ("/sign-in/link",)
    reader.page.fill("#field-email", email("root"))
    reader.page.fill("#field-password", PASSWORD)
    reader.page.fill("#field-repeated", "something else")
    reader.page.click("main form button")
    expect(reader.page.locator("#error-repeated")).to_be_visible()
    assert reader.page.input_value("#field-email") == email("root")
    reader.use_link(place.links["first"], PASSWORD, email("root"))
    assert reader.page.get_by_role("heading", level=1).inner_text() == "Overview"
    reader.open(place.links["first"])
    assert "does not work" in reader.text()
    reader.page.context.close()


def test_password_signs_in_and_leads_back(chromium: Browser, place: Town, ada: Reader) -> None:
    assert ada.complaints == []
    reader = reader_of(chromium, place.address, {LANGUAGE_COOKIE: "en"})
    reader.open("/orders?state=completed")
    reader.expected = ("/sign-in",)
    for password, arrives in (("wrong", False), (PASSWORD, True)):
        reader.page.fill("#field-email", email("ada"))
        reader.page.fill("#field-password", password)
        reader.page.click("main form button")
        reader.page.wait_for_load_state()
        assert reader.page.url.endswith("/orders?state=completed") is arrives
        assert (reader.page.locator("[role=alert]").count() == 0) is arrives
    reader.page.click("details.gr-menu:last-of-type > summary")
    reader.page.get_by_role("button", name="Sign out").click()
    assert "You are signed out" in reader.text()
    reader.open("/orders")
    assert "/sign-in?" in reader.page.url
    reader.page.context.close()


def test_order_page_tells_where_every_cent_went(place: Town, ada: Reader) -> None:
    path = f"/orders/{place.id_of_order('T-1')}"
    ada.open(path)
    table = ada.page.locator("#where-it-went table")
    cells = [re.sub(r"\s+", " ", row) for row in table.locator("tbody tr").all_inner_texts()]
    assert [row.split(" ")[-6:-2] for row in cells] != []
    said = table.inner_text().replace("\N{NO-BREAK SPACE}", " ")
    for amount in ("€3.19", "€8.23", "€1.48", "€0.19", "€0.49", "€0.09", "€12.90", "€11.98"):
        assert amount in said
    assert ada.page.locator(".gr-chart svg").count() == 1
    code = ada.page.locator(".gr-ticket img")
    assert code.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    ada.open(f"{path}?exact=1")
    said = ada.page.locator("#where-it-went table").inner_text()
    for amount in ("3.187058823529", "8.233235294118", "1.479705882353", "11.978940000000"):
        assert amount in said


def test_ticket_is_downloaded_and_verifies(place: Town, ada: Reader) -> None:
    ada.open(f"/orders/{place.id_of_order('T-1')}")
    with ada.page.expect_download() as found:
        ada.page.get_by_role("link", name="Signed text").click()
    text = found.value.path().read_bytes()
    keys = place.ask("GET", "/v1/ticket_keys")["data"]
    ticket = verify(text, read_public_pem(keys[0]["public_key"].encode()))
    assert ticket.order == "T-1"


def test_figures_move_without_reload(place: Town, ada: Reader) -> None:
    ada.open("/")
    before = ada.page.locator(".gr-figure-live").inner_text()
    place.sell("T-12")
    expect(ada.page.locator(".gr-figure-live")).not_to_have_text(before, timeout=15_000)
    assert "€25.80" in ada.text()
    assert ada.faults() == []
    assert ada.complaints == []


def test_order_is_refunded_after_a_check(place: Town, ada: Reader) -> None:
    order = f"/orders/{place.id_of_order('T-2')}"
    ada.open(order)
    ada.page.get_by_role("link", name="Refund").click()
    ada.expected = ("/refund",)
    ada.page.fill("#field-amount", "99,00")
    ada.page.fill("#field-reason", "journey cancelled")
    ada.page.click("main form button")
    assert "At most €12.90 can still be refunded." in ada.text()
    ada.page.fill("#field-amount", "abc")
    ada.page.click("main form button")
    assert "This is not an amount" in ada.text()
    ada.page.fill("#field-amount", "")
    ada.page.click("main form button")
    assert ada.faults() == []
    for amount in ("€12.90", "€2.00", "€10.90"):
        assert amount in ada.text()
    ada.picture("live-refund-preview")
    ada.page.get_by_role("button", name="Refund now").click()
    assert "on its way" in ada.text()
    place.drain()
    ada.open(order)
    said = ada.text()
    assert "Back to the customer" in said
    assert "€10.90" in said
    assert "worked out as €3.19" in said
    assert ada.page.get_by_role("link", name="Refund").count() == 0
    ada.picture("live-order-refunded")
    assert ada.faults() == []


def test_letter_is_posted_by_hand(place: Town, ada: Reader) -> None:
    ada.open("/deliveries")
    ada.page.click("main tbody a")
    ada.page.fill("#field-reference", "RR 123 456 789 DE")
    ada.page.fill("#field-note", "posted")
    ada.page.get_by_role("button", name="It is done").click()
    assert "RR 123 456 789 DE" in ada.text()
    assert "Ada Berg" in ada.text()
    place.drain()
    assert place.ask("GET", "/v1/orders/ext:L-1")["order"]["state"] == "completed"
    ada.open("/deliveries")
    assert "Nothing waits for you" in ada.text()


def test_statements_are_approved_and_paid_by_two_people(
    place: Town, ada: Reader, fina: Reader
) -> None:
    for _ in range(3):
        fina.open("/statements?state=issued")
        fina.page.click("main tbody a")
        fina.page.get_by_role("button", name="Approve statement").click()
        assert "Statement approved" in fina.text()
    assert "Fina Grün" in fina.text()
    fina.open("/payouts")
    assert "no bank details" in fina.text()
    fina.picture("live-payouts-ready")
    fina.page.get_by_role("button", name="Make a payout run").click()
    fina.page.wait_for_load_state()
    run = fina.page.url
    assert "Somebody else has to approve this run" in fina.text()
    assert fina.page.get_by_role("button", name="Approve").count() == 0
    assert "Operator op-c" in fina.page.locator("#left-out").locator("xpath=../../..").inner_text()
    fina.picture("live-payout-draft")
    assert fina.faults() == []
    ada.page.goto(run)
    ada.page.get_by_role("button", name="Approve").click()
    assert "Approved by" in ada.text()
    ada.page.get_by_role("button", name="Send to the bank").click()
    place.drain()
    ada.open("/sandbox")
    ada.page.get_by_role("button", name="One day on").click()
    assert "The clock was moved" in ada.text()
    ada.page.goto(run)
    ada.page.get_by_role("button", name="Ask the bank").click()
    place.drain()
    ada.page.goto(run)
    assert "Finished" in ada.page.locator(".gr-heading").inner_text()
    assert "Booked" in ada.text()
    ada.picture("live-payout-finished")
    assert ada.faults() == []
    with ada.page.expect_download() as found:
        ada.page.get_by_role("link", name="Payment file").click()
    assert b"pain.001.001.09" in found.value.path().read_bytes()


def test_one_ticket_is_followed_to_the_bank_line(place: Town, ada: Reader) -> None:
    ada.open(f"/orders/{place.id_of_order('T-1')}")
    trail = ada.page.locator("#trail").locator("xpath=../../..")
    assert "Booked" in trail.inner_text()
    trail.locator("tbody a").first.click()
    assert "How the amount comes about" in ada.text()
    assert "Payout booked by the bank" in ada.text()
    with ada.page.expect_download() as found:
        ada.page.get_by_role("link", name="Download the lines").click()
    assert b"T-1" in found.value.path().read_bytes()


def test_chargeback_is_opened_and_lost_in_the_sandbox(place: Town, ada: Reader) -> None:
    ada.open("/sandbox")
    ada.expected = ("/sandbox",)
    ada.page.fill("#field-order", "nothing")
    ada.page.get_by_role("button", name="Dispute the payment").click()
    assert "There is no such order" in ada.text()
    for button, said in (
        ("Dispute the payment", "the money is gone for now"),
        ("Lose the dispute", "the money stays gone"),
    ):
        ada.page.fill("#field-order", "T-3")
        ada.page.get_by_role("button", name=button).click()
        assert said in ada.text()
    ada.open(f"/orders/{place.id_of_order('T-3')}")
    assert "Taken back by the customer’s bank" in ada.text()
    assert "Chargeback lost" in ada.text()
    ada.picture("live-order-charged-back")
    assert ada.faults() == []


def test_partner_is_led_to_its_claims_and_sees_them_fall_due(place: Town, partner: Reader) -> None:
    partner.open("/")
    assert partner.page.url.endswith("/partner")
    released = partner.page.locator(".gr-figure-live").first
    before = released.inner_text()
    place.sell("T-13")
    expect(released).not_to_have_text(before, timeout=15_000)
    assert "Operator op-b" not in partner.page.content()
    assert partner.complaints == []


def test_figures_move_even_if_their_script_comes_late(place: Town, partner: Reader) -> None:
    def late(route: Route) -> None:
        clock.pause(0.5)
        route.continue_()

    partner.page.route("**/hx-sse.min.*.js", late)
    partner.open("/partner")
    released = partner.page.locator(".gr-figure-live").first
    before = released.inner_text()
    place.sell("T-14")
    expect(released).not_to_have_text(before, timeout=15_000)
    assert partner.complaints == []


def test_customer_tops_up_in_two_steps(chromium: Browser, place: Town) -> None:
    use_power(place)
    for reader in signed_in(chromium, place, "rida"):
        assert reader.page.url.endswith("/customer")
        assert "Your credit is used up" in reader.text()
        reader.page.get_by_role("link", name="Top up").click()
        reader.expected = ("/top_up",)
        reader.page.fill("#field-amount", "-3")
        reader.page.get_by_role("button", name="Go on").click()
        assert reader.page.locator("[role=alert], .gr-field-error").count() == 1
        reader.page.fill("#field-amount", "20,00")
        reader.page.get_by_role("button", name="Go on").click()
        assert "€20.00" in reader.text()
        assert reader.faults() == []
        reader.picture("live-top-up-confirm")
        reader.page.get_by_role("button", name="Pay €20.00").click()
        assert "Thank you" in reader.text()
        before = reader.page.locator(".gr-credit-amount").inner_text()
        place.drain()
        reader.open("/customer")
        assert reader.page.locator(".gr-credit-amount").inner_text() != before
        reader.open("/customer/usage?grain=quarter_hour&day=2027-02-01")
        assert reader.page.locator(".gr-chart svg").count() == 1
        assert reader.page.locator("tbody tr").count() == 96
        assert reader.faults() == []
        reader.picture("live-usage-quarter-hours")


def test_rejected_event_is_corrected_and_replayed(place: Town, ada: Reader) -> None:
    use_power(place)
    ada.open("/usage/rejects")
    ada.page.click("main tbody a")
    ada.page.get_by_role("button", name="Replay").click()
    assert "refused again" in ada.text()
    body = ada.page.input_value("#field-body")
    ada.page.fill("#field-body", body.replace("meter-lost", "meter-S-1"))
    ada.page.get_by_role("button", name="Replay").click()
    assert "Replayed" in ada.page.locator(".gr-heading").inner_text()
    ada.open("/usage/rejects")
    assert "Nothing was rejected" in ada.text()


def test_debugger_tells_what_an_event_would_cost(ada: Reader) -> None:
    ada.open("/usage/debugger")
    example = ada.page.input_value("#field-body")
    ada.page.fill("#field-body", example.replace("meter-4711", "meter-S-1"))
    ada.page.get_by_role("button", name="Explain").click()
    assert "It would be accepted." in ada.text()
    assert "S-1" in ada.text()
    assert ada.faults() == []
    ada.picture("live-debugger")
    ada.expected = ("/usage/debugger",)
    ada.page.fill("#field-body", "{")
    ada.page.get_by_role("button", name="Explain").click()
    assert ada.page.locator("[role=alert]").count() == 1


def test_contract_is_changed_and_cancelled(ada: Reader) -> None:
    ada.open("/subscriptions?q=S-1")
    assert "Contract S-1" in ada.text()
    ada.page.get_by_role("link", name="Change").click()
    ada.expected = ("/change",)
    ada.page.get_by_role("button", name="Change now").click()
    assert ada.page.locator("[role=alert]").count() == 1
    ada.page.fill("#field-quantity", "2")
    ada.page.fill("#field-day", "2027-04-01")
    ada.page.get_by_role("button", name="Change now").click()
    assert "The change is stored" in ada.text()
    ada.page.get_by_role("link", name="Cancel contract").click()
    ada.page.fill("#field-day", "2027-05-01")
    ada.page.get_by_role("button", name="Cancel now").click()
    assert "Cancelled; it ends on 1 May 2027" in ada.text()


def test_accounts_are_billed_and_an_invoice_explains_itself(place: Town, ada: Reader) -> None:
    ada.open("/bill_runs")
    ada.page.fill("#field-account", "customer")
    ada.page.get_by_role("button", name="Preview").click()
    assert ada.page.locator("[role=alert]").count() == 1
    assert "Energy" in ada.text()
    assert ada.faults() == []
    ada.picture("live-bill-preview")
    bill(place)
    ada.open("/invoices")
    ada.page.get_by_role("link", name="INV-000001").click()
    ada.page.locator(".gr-invoice-lines summary").first.click()
    assert "Rounded once, half up" in ada.text()
    assert ada.faults() == []
    ada.picture("live-invoice-explained")
    with ada.page.expect_download() as found:
        ada.page.evaluate("document.querySelector('a[href$=pdf]').download = 'invoice.pdf'")
        ada.page.get_by_role("link", name="PDF").click()
    assert found.value.path().read_bytes().startswith(b"%PDF")
