"""Refunds of paid invoices: money back, a credit note, the partners' shares in proportion."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.core.ports.payments import Failure, RefundResult, RefundState
from groschen.features.invoices.service import refunding
from groschen.features.parties import service as parties
from groschen.features.payments import jobs as payment_jobs
from groschen.features.payments import service as payments
from groschen.features.settlements import jobs
from groschen.features.settlements.service import closing
from groschen.kit.actor import SYSTEM
from support.alliance import all_statements
from support.metering import event, graduated, meter, usage
from support.reselling import percent, recurring

if TYPE_CHECKING:
    from groschen.features.settlements.model import Statement
    from support.billing import Billing
    from support.reselling import Seller

pytestmark = pytest.mark.anyio

TIERS = graduated(("100", "0.30"), (None, "0.20"))
MEANS = {"provider": "sandbox", "method": "tok_visa"}


async def paid_invoice(seller: Seller, billing: Billing, **plan: Any) -> str:
    """Energy for 35.00, of which the grid gets a tenth, and a base fee of 9.90; 53.43 paid."""
    await seller.partner("grid")
    terms = plan.pop("terms", {})
    fee = percent("fee", "0.10", "grid", components=["energy"], **terms)
    await seller.agree(fee, **plan)
    await seller.utility.meter(**meter("energy"))
    energy = usage("energy", "energy", TIERS) | {"label": "Energy", "unit": "kWh"}
    base = recurring("base", "9.90", every="month", timing="arrears", label="Base fee")
    await seller.plan(energy, base, agreement="supply")
    await seller.subscribe("home")
    await seller.utility.accepted(event("a", 60), event("b", 65))
    await seller.advance("2027-02-01T00:00:00Z")
    await seller.charge()
    await seller.drain()
    await billing.run()
    (invoice,) = await billing.invoices()
    await billing.ask("POST", f"/v1/invoices/{invoice['id']}/pay", MEANS, 202)
    await seller.drain()
    made: str = invoice["id"]
    return made


async def lines_of(billing: Billing, invoice: str) -> dict[str, int]:
    """The positions of the lines by their labels."""
    read = await billing.ask("GET", f"/v1/invoices/{invoice}")
    return {line["label"]: line["position"] for line in read["lines"]}


async def refund(billing: Billing, invoice: str, status: int = 202, **asked: Any) -> Any:
    """Ask for a refund."""
    body = {"reason": "Outage", **asked}
    return await billing.ask("POST", f"/v1/invoices/{invoice}/refunds", body, status)


async def state(seller: Seller, month: int) -> Statement:
    """Close up to the first of ``month``, issue, and return the grid's newest statement."""
    api = seller.utility.api
    await seller.advance(f"2027-{month:02d}-02T10:00:00Z")
    async with seller.utility.scope(exclusive=True) as scope:
        await closing.close_period(scope, date(2027, month, 1))
    await jobs.state_partners(api.app.state.runtime, api.tenant_id)
    async with seller.utility.scope() as scope:
        found = await parties.ids_by_external_id(scope, ["grid"])
        return (await all_statements(scope, found["grid"]))[-1]


async def test_a_refund_of_a_line_credits_it_and_makes_the_next_statement_negative(
    utility: tuple[Seller, Billing],
) -> None:
    seller, billing = utility
    invoice = await paid_invoice(seller, billing)
    assert await seller.shares() == {"grid fee released": Decimal("3.5")}
    first = await state(seller, 3)
    assert (first.share, first.payout) == (Decimal("3.50"), Decimal("3.50"))
    position = (await lines_of(billing, invoice))["Energy"]
    asked = await refund(billing, invoice, lines=[{"position": position, "amount": "7.00"}])
    assert (asked["state"], asked["amount"]["amount"]) == ("requested", "8.33")
    assert len(await billing.invoices()) == 1
    await seller.drain()
    _, note = await billing.invoices()
    assert (note["type"], note["corrects_id"], note["number"]) == ("381", invoice, "CRN-000001")
    assert note["gross"]["amount"] == "8.33"
    read = await billing.ask("GET", f"/v1/invoices/{note['id']}")
    assert read["open_amount"]["amount"] == "0.00"
    books = await billing.balances()
    assert "AR" not in books
    assert books["PSP_CLEARING"] == Decimal("45.10")
    assert books["REV_ENERGY"] == Decimal("-47.80")  # with February's base fee
    assert books["COST_OF_SHARES"] == Decimal("2.8")
    assert sum(books.values()) == 0
    await billing.check_books()
    second = await state(seller, 4)
    assert second.share_exact == Decimal("-0.7")
    assert (second.closing, second.payout) == (Decimal("-0.70"), Decimal(0))
    assert (await state(seller, 5)).opening == second.closing
    await billing.run()
    assert list(await lines_of(billing, (await billing.invoices())[-1]["id"])) == ["Base fee"]
    await billing.check_books()


async def test_a_refund_of_all_leaves_nothing_with_anybody(
    utility: tuple[Seller, Billing],
) -> None:
    seller, billing = utility
    invoice = await paid_invoice(seller, billing)
    await refund(billing, invoice)
    await seller.drain()
    assert await seller.shares() == {"grid fee reversed": Decimal("3.5")}
    assert await billing.balances() == {}
    refused = await refund(billing, invoice, 409)
    assert refused["code"] == "invoice_not_paid"
    listed = await billing.ask("GET", f"/v1/invoices/{invoice}/refunds")
    assert [one["state"] for one in listed["refunds"]] == ["done"]
    await billing.check_books()


async def test_an_amount_is_taken_of_all_lines_and_the_same_key_asks_once(
    utility: tuple[Seller, Billing],
) -> None:
    seller, billing = utility
    invoice = await paid_invoice(seller, billing)
    body = {"amount": "20.00", "reason": "Outage"}
    for _ in range(2):
        answer = await billing.api("POST", f"/v1/invoices/{invoice}/refunds", body, key="once")
        assert answer.status_code == 202, answer.text
    await seller.drain()
    notes = [one for one in await billing.invoices() if one["type"] == "381"]
    assert [one["gross"]["amount"] for one in notes] == ["20.00"]
    both = await refund(
        billing, invoice, 400, amount="1.00", lines=[{"position": 1, "amount": "1.00"}]
    )
    assert both["code"] == "invalid_request"
    refused = await refund(billing, invoice, 422, amount="40.00")
    assert refused["code"] == "refund_too_large"
    await billing.check_books()


async def test_lines_on_their_way_back_are_set_aside(utility: tuple[Seller, Billing]) -> None:
    seller, billing = utility
    invoice = await paid_invoice(seller, billing)
    position = (await lines_of(billing, invoice))["Energy"]
    wanted = [{"position": position, "amount": "30.00"}]
    await refund(billing, invoice, lines=wanted)
    refused = await refund(billing, invoice, 422, lines=wanted)
    assert refused["code"] == "credit_too_large"
    path = f"/v1/invoices/{invoice}/credit_notes"
    given = {"effect": "concede", "reason": "x", "lines": wanted}
    refused = await billing.ask("POST", path, given, 422)
    assert refused["code"] == "credit_too_large"
    await seller.drain()
    assert await seller.shares() == {
        "grid fee released": Decimal("0.5"),
        "grid fee reversed": Decimal(3),
    }
    await billing.check_books()


async def test_a_partner_that_keeps_its_share_keeps_it(utility: tuple[Seller, Billing]) -> None:
    seller, billing = utility
    invoice = await paid_invoice(seller, billing, terms={"on_refund": "keep"})
    await refund(billing, invoice)
    await seller.drain()
    assert await seller.shares() == {"grid fee released": Decimal("3.5")}
    assert await billing.balances() == {
        "COST_OF_SHARES": Decimal("3.5"),
        "SHARE_RELEASED": Decimal("-3.5"),
    }
    await billing.check_books()


async def test_what_is_held_for_others_is_given_back_by_them(
    utility: tuple[Seller, Billing],
) -> None:
    seller, billing = utility
    invoice = await paid_invoice(seller, billing, role="agent")
    before = await billing.balances()
    await refund(billing, invoice)
    await seller.drain()
    assert before["SHARE_RELEASED"] < 0
    left = await billing.balances()
    assert {name: one for name, one in left.items() if abs(one) >= Decimal("0.005")} == {}
    await billing.check_books()


async def test_a_refused_refund_leaves_everything_as_it_was(
    utility: tuple[Seller, Billing],
) -> None:
    seller, billing = utility
    invoice = await paid_invoice(seller, billing)
    before = await billing.balances()
    await refund(billing, invoice)
    async with billing.database.scope(billing.api.tenant_id, SYSTEM) as scope:
        claimed = [one for one, _ in await payments.claim_refunds(scope, "sandbox")]
        no = Failure("no", "not now, not ever", is_final=True)
        refused = [RefundResult(str(one.id), RefundState.FAILED, failure=no) for one in claimed]
        await payments.settle_refunds(scope, claimed, refused)
    await seller.drain()
    assert await billing.balances() == before
    listed = await billing.ask("GET", f"/v1/invoices/{invoice}/refunds")
    assert [one["state"] for one in listed["refunds"]] == ["failed"]
    await refund(billing, invoice)
    await billing.check_books()


async def test_a_worker_that_dies_before_booking_books_once(
    utility: tuple[Seller, Billing], monkeypatch: pytest.MonkeyPatch
) -> None:
    seller, billing = utility
    invoice = await paid_invoice(seller, billing)
    await refund(billing, invoice)
    tenant_id = billing.api.tenant_id

    async def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(refunding, "issue", die)
        with pytest.raises(KeyboardInterrupt):
            await payment_jobs.refund(billing.runtime, tenant_id)
    assert len(await billing.invoices()) == 1
    async with billing.database.scope(tenant_id, SYSTEM) as scope:
        await scope.conn.execute(
            "UPDATE payment_refunds SET next_attempt_at = %s WHERE tenant_id = %s",
            (scope.real_now, tenant_id),
        )
    await payment_jobs.refund(billing.runtime, tenant_id)
    assert len(await billing.invoices()) == 2
    assert (await billing.balances()) == {}
    await billing.check_books()
