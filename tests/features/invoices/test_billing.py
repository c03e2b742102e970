"""Bill runs: what is due is billed once, whatever happens on the way."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.features.invoices import jobs
from groschen.features.invoices.queries import runs

if TYPE_CHECKING:
    from support.billing import Billing

pytestmark = pytest.mark.anyio


async def test_a_run_bills_and_a_second_bills_nothing(billing: Billing) -> None:
    await billing.customer("acme")
    await billing.charge("acme", "3.33", quantity="1")
    await billing.charge("acme", "3.33", quantity="2")
    run = await billing.run()
    assert (run["state"], run["accounts"], run["invoices"], run["failures"]) == ("done", 1, 1, 0)
    (invoice,) = await billing.invoices()
    assert invoice["number"] == "INV-000001"
    assert (invoice["net"]["amount"], invoice["tax"]["amount"]) == ("9.99", "1.90")
    again = await billing.run()
    assert (again["state"], again["accounts"], again["invoices"]) == ("done", 0, 0)
    assert len(await billing.invoices()) == 1
    assert await billing.balances() == {
        "AR": Decimal("11.89"),
        "REV_FEES": Decimal("-9.99"),
        "TAX_OUT": Decimal("-1.90"),
    }
    await billing.check_books()


async def test_what_is_unbilled_goes_exactly_and_rounding_bears_the_rest(
    billing: Billing,
) -> None:
    await billing.customer("acme")
    for _ in range(7):
        await billing.charge("acme", "0.125")
    assert await billing.balances() == {
        "UNBILLED": Decimal("0.875"),
        "REV_FEES": Decimal("-0.875"),
    }
    await billing.run()
    (invoice,) = await billing.invoices()
    assert invoice["net"]["amount"] == "0.91"
    assert await billing.balances() == {
        "AR": Decimal("1.08"),
        "REV_FEES": Decimal("-0.875"),
        "TAX_OUT": Decimal("-0.17"),
        "ROUNDING": Decimal("-0.035"),
    }


async def test_an_account_has_a_document_for_each_basis(billing: Billing) -> None:
    await billing.customer("acme")
    await billing.charge("acme", "9.99")
    await billing.charge("acme", "9.99", basis="gross")
    run = await billing.run()
    assert (run["accounts"], run["invoices"]) == (1, 2)
    found = {one["basis"]: one["gross"]["amount"] for one in await billing.invoices()}
    assert found == {"net": "11.89", "gross": "9.99"}
    await billing.check_books()


async def test_below_zero_is_a_credit_note_set_off_against_the_oldest_invoice(
    billing: Billing,
) -> None:
    await billing.customer("acme")
    await billing.charge("acme", "10.00")
    await billing.run()
    await billing.charge("acme", "4.00", quantity="-1")
    await billing.run()
    invoice, note = await billing.invoices()
    assert (note["type"], note["number"], note["gross"]["amount"]) == ("381", "CRN-000001", "4.76")
    read = await billing.ask("GET", f"/v1/invoices/{invoice['id']}")
    assert read["open_amount"]["amount"] == "7.14"
    read = await billing.ask("GET", f"/v1/invoices/{note['id']}")
    assert read["open_amount"]["amount"] == "0.00"
    await billing.check_books()


async def test_credit_that_is_left_waits_for_the_next_invoice(billing: Billing) -> None:
    await billing.customer("acme")
    await billing.charge("acme", "10.00", quantity="-1")
    await billing.run()
    await billing.charge("acme", "6.00")
    await billing.run()
    note, invoice = await billing.invoices()
    assert note["type"] == "381"
    read = await billing.ask("GET", f"/v1/invoices/{invoice['id']}")
    assert read["open_amount"]["amount"] == "0.00"
    read = await billing.ask("GET", f"/v1/invoices/{note['id']}")
    assert read["open_amount"]["amount"] == "-4.76"
    await billing.check_books()


async def test_an_account_without_address_is_kept_and_billed_when_repaired(
    billing: Billing,
) -> None:
    broken = await billing.customer("broken", address=False)
    await billing.customer("fine")
    await billing.charge("broken", "5.00")
    await billing.charge("fine", "5.00")
    run = await billing.run()
    assert (run["accounts"], run["invoices"], run["failures"]) == (2, 1, 1)
    (failure,) = (await billing.ask("GET", "/v1/bill_runs/failures"))["data"]
    assert failure["account_id"] == broken
    assert (failure["code"], failure["field"]) == ("buyer_address_missing", "details.address")
    assert billing.parties["broken"] in failure["hint"]
    preview = await billing.ask("GET", "/v1/bill_runs/preview?account=ext:broken")
    assert preview["obstacle"]["code"] == "buyer_address_missing"
    assert preview["documents"][0]["gross"]["amount"] == "5.95"
    details = {
        "address": {
            "street": "Kai 1", "postal_code": "20459", "town": "Hamburg", "country": "DE",
        }
    }  # fmt: skip
    await billing.ask("PUT", f"/v1/parties/{billing.parties['broken']}/details", details)
    run = await billing.run()
    assert (run["accounts"], run["invoices"], run["failures"]) == (1, 1, 0)
    assert (await billing.ask("GET", "/v1/bill_runs/failures"))["data"] == []
    assert [one["number"] for one in await billing.invoices()] == ["INV-000001", "INV-000002"]


async def test_a_preview_says_what_the_run_then_bills_and_stores_nothing(
    billing: Billing,
) -> None:
    await billing.customer("acme")
    await billing.charge("acme", "3.33", quantity="3")
    preview = await billing.ask("GET", "/v1/bill_runs/preview?account=ext:acme")
    assert await billing.invoices() == []
    await billing.run(account="ext:acme")
    (invoice,) = await billing.invoices()
    (document,) = preview["documents"]
    for figure in ("net", "tax", "gross", "type", "basis"):
        assert document[figure] == invoice[figure]


async def test_only_what_is_due_at_the_cutoff_is_billed(billing: Billing) -> None:
    await billing.customer("acme")
    await billing.charge("acme", "3.33")
    run = await billing.run(cutoff="2020-01-01T00:00:00Z")
    assert (run["accounts"], run["invoices"]) == (0, 0)
    ahead = {"cutoff": "2190-01-01T00:00:00Z"}
    refused = await billing.ask("POST", "/v1/bill_runs", ahead, 422)
    assert refused["code"] == "cutoff_ahead"


async def test_a_seller_names_its_tax_number(billing: Billing) -> None:
    wanted = {"name": "X", "street": "S 1", "postal_code": "1", "town": "T", "country": "DE"}
    refused = await billing.ask("PUT", "/v1/seller", wanted, 422)
    assert refused["code"] == "seller_tax_missing"


async def test_numbers_have_no_gap_when_runs_race_and_accounts_fail(billing: Billing) -> None:
    names = [f"customer-{number}" for number in range(12)]
    for number, name in enumerate(names):
        await billing.customer(name, address=number % 3 != 0)
        await billing.charge(name, "5.00")
    started = [await billing.ask("POST", "/v1/bill_runs", {}, 202) for _ in range(4)]
    await asyncio.gather(*(billing.work(one["id"]) for one in started))
    found = await billing.invoices()
    assert [one["number"] for one in found] == [f"INV-{n:06d}" for n in range(1, 9)]
    assert len({one["account_id"] for one in found}) == 8
    await billing.check_books()


async def test_a_run_that_dies_anywhere_is_taken_up(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        await billing.customer(f"c{number}")
        await billing.charge(f"c{number}", "5.00")
    started = await billing.ask("POST", "/v1/bill_runs", {}, 202)
    counted = 0
    real = runs.advance

    async def dies(*args: Any, **kwargs: Any) -> None:
        nonlocal counted
        counted += 1
        if counted in {1, 3, 4}:
            raise ConnectionAbortedError
        await real(*args, **kwargs)

    monkeypatch.setattr(runs, "advance", dies)
    for _ in range(3):
        with pytest.raises(ConnectionAbortedError):
            await billing.work(started["id"])
    await jobs.bill_left(billing.runtime, billing.api.tenant_id)
    run = await billing.ask("GET", f"/v1/bill_runs/{started['id']}")
    assert (run["state"], run["accounts"], run["invoices"]) == ("done", 5, 5)
    assert [one["number"] for one in await billing.invoices()] == [
        f"INV-{n:06d}" for n in range(1, 6)
    ]
    await billing.check_books()
