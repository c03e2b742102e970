"""Usage on invoices: each window once, late and withdrawn events as corrections, credit first."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.core.invoicing import faults
from support.metering import event, graduated, meter, per_unit, usage
from support.reselling import percent, recurring

if TYPE_CHECKING:
    from support.billing import Billing
    from support.reselling import Seller

pytestmark = pytest.mark.anyio

TIERS = graduated(("100", "0.30"), (None, "0.20"))


async def subscribed(seller: Seller, *more: dict[str, Any], **plan: Any) -> None:
    await seller.utility.meter(**meter("energy"))
    energy = usage("energy", "energy", TIERS) | {"label": "Energy", "unit": "kWh"}
    await seller.plan(energy, *more, **plan)
    await seller.subscribe("home")


async def month_over(seller: Seller, month: str = "2027-02-01T00:00:00Z") -> None:
    await seller.advance(month)
    await seller.charge()
    await seller.drain()


async def test_a_month_is_billed_tier_by_tier_and_only_once(
    utility: tuple[Seller, Billing],
) -> None:
    seller, billing = utility
    base = recurring("base", "9.90", every="month", timing="arrears", label="Base fee")
    await subscribed(seller, base)
    await seller.utility.accepted(event("a", 60), event("b", 65))
    await month_over(seller)
    run = await billing.run()
    assert (run["invoices"], run["failures"]) == (1, 0)
    (invoice,) = await billing.invoices()
    assert invoice["net"]["amount"] == "44.90"  # 9.90 + 100 x 0.30 + 25 x 0.20
    read = await billing.ask("GET", f"/v1/invoices/{invoice['id']}")
    lines = {line["label"]: line for line in read["lines"]}
    assert lines["Energy"]["amount"]["amount"] == "35.00"
    assert lines["Energy"]["unit"] == "kWh"
    assert lines["Energy"]["service_from"] == "2027-01-01"
    assert lines["Energy"]["service_to"] == "2027-01-31"
    assert (await billing.run())["invoices"] == 0
    books = await billing.balances()
    assert "UNBILLED" not in books
    assert books["AR"] == Decimal("53.43")
    await billing.check_books()


async def test_a_line_is_explained_down_to_its_events(utility: tuple[Seller, Billing]) -> None:
    seller, billing = utility
    await subscribed(seller)
    await seller.utility.accepted(event("a", 60), event("b", 65))
    await month_over(seller)
    await billing.run()
    (invoice,) = await billing.invoices()
    told = await billing.ask("GET", f"/v1/invoices/{invoice['id']}/lines/1/explain")
    proof = told["proof"]
    assert proof["inputs"]["count"] == 2
    assert proof["inputs"]["query"]["component"] == "energy"
    assert [step["amount"] for step in proof["steps"]] == ["30.00", "5.00"]
    (total,) = await seller.utility.totals()
    assert proof["inputs"]["hash"] == total["event_hash"]
    exported = await billing.ask("GET", f"/v1/invoices/{invoice['id']}/export")
    assert faults(exported) == []


async def test_late_and_withdrawn_events_become_corrections_of_the_old_month(
    utility: tuple[Seller, Billing],
) -> None:
    seller, billing = utility
    await subscribed(seller)
    await seller.utility.accepted(event("a", 60), event("b", 65))
    await month_over(seller)
    await billing.run()
    await seller.utility.accepted(event("late", 10), event("now", 1, at="2027-02-01T00:00:00Z"))
    await seller.drain()
    await billing.run()
    first, second = await billing.invoices()
    assert (second["type"], second["net"]["amount"]) == ("380", "2.00")
    read = await billing.ask("GET", f"/v1/invoices/{second['id']}")
    (line,) = read["lines"]
    assert (line["effect"], line["service_from"]) == ("correct", "2027-01-01")
    voided = {"source": "meters", "id": "b", "reason": "counted twice"}
    await billing.ask("POST", "/v1/events/void", voided, 200)
    await seller.drain()
    await billing.run()
    third = (await billing.invoices())[-1]
    assert third["type"] == "381"
    assert third["net"]["amount"] == "16.00"  # 70 kWh cost 21.00, billed were 37.00
    assert first["net"]["amount"] == "35.00"
    await billing.check_books()
    assert (await billing.balances())["UNBILLED"] == Decimal("0.30")  # February's one kWh


async def test_credit_pays_first_and_only_the_rest_is_billed(
    utility: tuple[Seller, Billing],
) -> None:
    seller, billing = utility
    await seller.utility.meter(**meter("energy"))
    await seller.plan(usage("energy", "energy", per_unit("0.30")), basis="gross")
    await seller.wallet()
    means = {"provider": "sandbox", "method": "tok_visa"}
    wanted = {"wallet": "ext:purse", "amount": "20.00", **means}
    await billing.ask("POST", "/v1/top_ups", wanted, 201)
    await seller.drain()
    await seller.subscribe("home", wallet="purse")
    await seller.utility.accepted(event("a", 100))
    await month_over(seller)
    await billing.run()
    (invoice,) = await billing.invoices()
    assert invoice["gross"]["amount"] == "10.00"
    await billing.check_books()


async def test_what_is_charged_in_advance_is_billed_at_once(
    utility: tuple[Seller, Billing],
) -> None:
    seller, billing = utility
    await subscribed(seller, recurring("base", "9.90", every="month", timing="advance"))
    await seller.utility.accepted(event("a", 60))
    await seller.drain()
    await billing.run()
    (invoice,) = await billing.invoices()
    assert invoice["net"]["amount"] == "9.90"
    await month_over(seller)
    await billing.run()
    second = (await billing.invoices())[-1]
    assert second["net"]["amount"] == "27.90"  # January's energy, February's base


async def test_shares_are_released_as_far_as_the_invoice_is_paid(
    utility: tuple[Seller, Billing],
) -> None:
    seller, billing = utility
    await seller.partner("grid")
    await seller.agree(percent("fee", "0.10", "grid"))
    await subscribed(seller, agreement="supply")
    await seller.utility.accepted(event("a", 60), event("b", 65))
    await month_over(seller)
    await billing.run()
    assert await seller.shares() == {"grid fee pending": Decimal("3.5")}
    (invoice,) = await billing.invoices()
    given = {"effect": "concede", "reason": "x", "lines": [{"position": 1, "amount": "7.00"}]}
    await billing.ask("POST", f"/v1/invoices/{invoice['id']}/credit_notes", given, 201)
    means = {"provider": "sandbox", "method": "tok_visa"}
    await billing.ask("POST", f"/v1/invoices/{invoice['id']}/pay", means, 202)
    await seller.drain()
    assert await seller.shares() == {
        "grid fee released": Decimal("2.8"),
        "grid fee reversed": Decimal("0.7"),
    }
    await seller.balanced()


async def test_an_invoice_of_nothing_pays_its_lines_itself(
    utility: tuple[Seller, Billing],
) -> None:
    """Late use below the minimum costs nothing more, but another partner earns by it."""
    seller, billing = utility
    await seller.partner("grid", "office")
    grid = percent("fee", "0.10", "grid") | {"components": ["energy"]}
    office = percent("rest", "0.10", "office") | {"components": ["least"]}
    await seller.agree(grid, office)
    least = {"id": "least", "kind": "minimum", "amount": "50.00", "every": "month"}
    await subscribed(seller, least | {"of": ["energy"]}, agreement="supply")
    await seller.utility.accepted(event("a", 100))
    await month_over(seller)
    await billing.run()
    (invoice,) = await billing.invoices()
    means = {"provider": "sandbox", "method": "tok_visa"}
    await billing.ask("POST", f"/v1/invoices/{invoice['id']}/pay", means, 202)
    await seller.drain()
    assert await seller.shares() == {
        "grid fee released": Decimal(3),
        "office rest released": Decimal(2),
    }
    await seller.utility.accepted(event("late", 25))
    await seller.drain()
    await billing.run()
    nothing = (await billing.invoices())[-1]
    assert nothing["gross"]["amount"] == "0.00"
    await seller.drain()
    assert await seller.shares() == {
        "grid fee released": Decimal("3.5"),
        "office rest released": Decimal("1.5"),
    }
    await billing.check_books()


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_of_facts_and_runs_bills_the_same_sum(
    utility: tuple[Seller, Billing], seed: int
) -> None:
    seller, billing = utility
    await subscribed(seller)
    await seller.advance("2027-02-01T00:00:00Z")
    chance = random.Random(seed)  # noqa: S311 - a drawing, no secret
    facts = [event(f"e{number}", f"{number}.{number:03d}") for number in range(1, 21)]
    chance.shuffle(facts)
    while facts:
        taken = [facts.pop() for _ in range(min(len(facts), chance.randint(1, 6)))]
        await seller.utility.accepted(*taken)
        await seller.drain()
        if chance.random() < 0.5:
            await billing.run()
    voided = {"source": "meters", "id": "e7", "reason": "wrong"}
    await billing.ask("POST", "/v1/events/void", voided, 200)
    await seller.drain()
    await billing.run()
    sums = [
        (1 if one["type"] == "380" else -1) * Decimal(one["net"]["amount"])
        for one in await billing.invoices()
    ]
    # 210.210 - 7.007 kWh: 100 x 0.30 + 103.203 x 0.20
    assert sum(sums) == Decimal("50.64")
    assert "UNBILLED" not in {
        account: amount
        for account, amount in (await billing.balances()).items()
        if abs(amount) > Decimal("0.005")
    }
    await billing.check_books()
