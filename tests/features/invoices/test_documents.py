"""Documents: corrected, cancelled, collected, printed, exported and proven offline."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from groschen.commands.verify import DocumentWrong, verify_invoice
from groschen.core.invoicing import DocumentUnreadable
from groschen.kit.worker import drain

if TYPE_CHECKING:
    from pathlib import Path

    from support.billing import Billing
    from support.reselling import Seller

pytestmark = pytest.mark.anyio


async def invoiced(billing: Billing, *prices: str, **changes: object) -> str:
    """Bill lines by hand to a customer; return the invoice's id."""
    if "acme" not in billing.parties:
        await billing.customer("acme")
    for price in prices:
        await billing.charge("acme", price, **changes)
    await billing.run()
    made: str = (await billing.invoices())[-1]["id"]
    return made


async def credit(billing: Billing, invoice: str, effect: str, status: int = 201) -> dict[str, str]:
    asked = {"effect": effect, "reason": "Outage", "lines": [{"position": 1, "amount": "4.00"}]}
    path = f"/v1/invoices/{invoice}/credit_notes"
    made: dict[str, str] = await billing.ask("POST", path, asked, status)
    return made


async def open_amount(billing: Billing, invoice: str) -> str:
    read = await billing.ask("GET", f"/v1/invoices/{invoice}")
    amount: str = read["open_amount"]["amount"]
    return amount


async def test_what_is_conceded_is_given_back_and_never_billed_again(billing: Billing) -> None:
    invoice = await invoiced(billing, "10.00")
    note = await credit(billing, invoice, "concede")
    assert (note["type"], note["corrects_id"]) == ("381", invoice)
    assert await open_amount(billing, invoice) == "7.14"
    assert (await billing.run())["invoices"] == 0
    assert await billing.balances() == {
        "AR": Decimal("7.14"),
        "REV_FEES": Decimal("-6.00"),
        "TAX_OUT": Decimal("-1.14"),
    }
    await billing.check_books()


async def test_a_corrected_line_by_hand_is_owed_less(billing: Billing) -> None:
    invoice = await invoiced(billing, "10.00")
    await credit(billing, invoice, "correct")
    assert (await billing.run())["invoices"] == 0
    assert await billing.balances() == {
        "AR": Decimal("7.14"),
        "REV_FEES": Decimal("-6.00"),
        "TAX_OUT": Decimal("-1.14"),
    }
    asked = {"reason": "Wrong address"}
    done = await billing.ask("POST", f"/v1/invoices/{invoice}/cancel", asked, 201)
    assert done["reissued"][0]["net"]["amount"] == "6.00"
    await billing.check_books()


async def test_no_more_is_given_back_than_is_left(billing: Billing) -> None:
    invoice = await invoiced(billing, "6.00")
    await credit(billing, invoice, "concede")
    refused = await credit(billing, invoice, "concede", 422)
    assert refused["code"] == "credit_too_large"
    assert "2" in refused["detail"]


async def test_a_cancelled_invoice_is_issued_anew_with_what_is_left(billing: Billing) -> None:
    invoice = await invoiced(billing, "10.00", "0.125")
    await credit(billing, invoice, "concede")
    done = await billing.ask("POST", f"/v1/invoices/{invoice}/cancel", {"reason": "Name"}, 201)
    assert done["credit_note"]["net"]["amount"] == "6.13"
    (anew,) = done["reissued"]
    assert (anew["number"], anew["net"]["amount"]) == ("INV-000002", "6.13")
    assert await open_amount(billing, invoice) == "0.00"
    assert await open_amount(billing, anew["id"]) == anew["gross"]["amount"]
    refused = await billing.ask("POST", f"/v1/invoices/{invoice}/cancel", {"reason": "X"}, 409)
    assert refused["code"] == "invoice_not_correctable"
    note = done["credit_note"]["id"]
    refused = await billing.ask("POST", f"/v1/invoices/{note}/cancel", {"reason": "X"}, 409)
    assert refused["code"] == "invoice_not_correctable"
    assert "UNBILLED" not in await billing.balances()
    await billing.check_books()


async def test_an_invoice_is_collected_once(utility: tuple[Seller, Billing]) -> None:
    _, billing = utility
    invoice = await invoiced(billing, "10.00")
    means = {"provider": "sandbox", "method": "tok_visa"}
    asked = await billing.ask("POST", f"/v1/invoices/{invoice}/pay", means, 202)
    assert asked["amount"]["amount"] == "11.90"
    refused = await billing.ask("POST", f"/v1/invoices/{invoice}/pay", means, 409)
    assert refused["code"] == "nothing_to_pay"
    await drain(billing.runtime)
    assert await open_amount(billing, invoice) == "0.00"
    refused = await billing.ask("POST", f"/v1/invoices/{invoice}/pay", means, 409)
    assert refused["code"] == "nothing_to_pay"
    await billing.check_books()


async def test_paid_too_much_is_credit_for_the_next_invoice(
    utility: tuple[Seller, Billing],
) -> None:
    _, billing = utility
    invoice = await invoiced(billing, "10.00")
    means = {"provider": "sandbox", "method": "tok_visa"}
    await billing.ask("POST", f"/v1/invoices/{invoice}/pay", means, 202)
    await credit(billing, invoice, "concede")
    await drain(billing.runtime)
    assert await open_amount(billing, invoice) == "0.00"
    await billing.check_books()
    second = await invoiced(billing, "10.00")
    assert await open_amount(billing, second) == "7.14"
    await billing.check_books()


async def test_several_invoices_are_collected_with_one_payment(
    utility: tuple[Seller, Billing],
) -> None:
    _, billing = utility
    first = await invoiced(billing, "10.00")
    second = await invoiced(billing, "20.00")
    made = await billing.ask(
        "POST", "/v1/collective_statements", {"invoices": [first, second]}, 201
    )
    assert (made["number"], made["gross"]["amount"]) == ("CST-000001", "35.70")
    means = {"provider": "sandbox", "method": "tok_visa"}
    path = f"/v1/collective_statements/{made['id']}"
    asked = await billing.ask("POST", f"{path}/pay", means, 202)
    assert asked["amount"]["amount"] == "35.70"
    await drain(billing.runtime)
    assert await open_amount(billing, first) == "0.00"
    assert await open_amount(billing, second) == "0.00"
    read = await billing.ask("GET", path)
    assert [one["id"] for one in read["invoices"]] == [first, second]
    await billing.check_books()
    refused = await billing.ask("POST", "/v1/collective_statements", {"invoices": [first]}, 422)
    assert refused["code"] == "statement_mixed"


@pytest.mark.parametrize("language", ["de", "en"])
async def test_a_document_is_a_pdf_in_both_languages(billing: Billing, language: str) -> None:
    invoice = await invoiced(billing, "10.00", "3.00")
    answer = await billing.api.get(f"/v1/invoices/{invoice}/pdf?language={language}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    again = await billing.api.get(f"/v1/invoices/{invoice}/pdf?language={language}")
    assert again.content == answer.content


async def test_an_export_is_proven_offline_and_one_changed_figure_fails(
    billing: Billing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    invoice = await invoiced(billing, "10.00", "3.33")
    exported = await billing.ask("GET", f"/v1/invoices/{invoice}/export")
    file = tmp_path / "invoice.json"
    file.write_text(json.dumps(exported))
    verify_invoice(file)
    assert "Invoice INV-000001 is right." in capsys.readouterr().out
    exported["content"]["lines"][0]["amount"] = "10.01"
    file.write_text(json.dumps(exported))
    with pytest.raises(DocumentWrong):
        verify_invoice(file)
    assert "content.lines.0.amount" in capsys.readouterr().out
    file.write_text("no json")
    with pytest.raises(DocumentUnreadable):
        verify_invoice(file)
    with pytest.raises(DocumentUnreadable):
        verify_invoice(tmp_path / "missing.json")


async def test_a_document_survives_as_it_was_issued(billing: Billing) -> None:
    invoice = await invoiced(billing, "10.00")
    before = await billing.ask("GET", f"/v1/invoices/{invoice}/export")
    details = {
        "address": {"street": "Neu 1", "postal_code": "1", "town": "Neustadt", "country": "DE"}
    }
    await billing.ask("PUT", f"/v1/parties/{billing.parties['acme']}/details", details)
    await billing.seller(name="Other GmbH")
    assert await billing.ask("GET", f"/v1/invoices/{invoice}/export") == before


async def test_an_erased_customers_document_is_unreadable_but_the_books_stay(
    billing: Billing,
) -> None:
    invoice = await invoiced(billing, "10.00")
    await billing.ask("POST", f"/v1/parties/{billing.parties['acme']}/erase")
    refused = await billing.ask("GET", f"/v1/invoices/{invoice}/export", status=409)
    assert refused["code"] == "person_erased"
    read = await billing.ask("GET", f"/v1/invoices/{invoice}")
    assert read["invoice"]["gross"]["amount"] == "11.90"
    await billing.check_books()
