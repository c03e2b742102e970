"""Day slices become shares and ledger: examples B3, B5, B6 and B10 through the features."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from groschen.core.ledger import VatMode
from groschen.features.usage.service import releasing, voiding
from groschen.kit.ids import new_id
from support.metering import event, graduated, meter, per_unit, usage
from support.reselling import BUY, SELL, Seller, close, new_utility, percent, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls
    from support.metering import Utility

pytestmark = pytest.mark.anyio

DAY = datetime(2027, 1, 20, tzinfo=UTC)
ROUNDING_OF_VAT = Decimal("0.000000000020")
NOON_TODAY = "2027-01-20T12:00:00Z"
NOON = "2027-01-20T11:00:00Z"
SUPPLIER = (share("kwh", "0.28", "energy", "supplier"), share("day", "0.32", "base", "supplier"))
SUBSUPPLIERS = (
    share("grid", "0.095", "energy", "grid"),
    share("metering", "0.046", "base", "metering"),
    share("platform", "0.02", "base", "platform"),
)


@pytest.fixture
async def reseller(utility: Utility) -> Seller:
    """Return a reseller that buys the power of example B."""
    seller = Seller(utility)
    await seller.partner("supplier")
    await seller.agree(*SUPPLIER)
    await seller.power(SELL, "supply")
    return seller


async def day_of_power(seller: Seller, wallet: str | None = None) -> None:
    await seller.subscribe("home", starts_at=DAY, wallet=wallet)
    await seller.utility.accepted(event("1", "7.35", at=NOON))
    await seller.charge()


async def test_b3_and_b5_a_prepaid_day_with_a_supplier(reseller: Seller) -> None:
    await reseller.wallet()
    await reseller.top_up("20.00")
    await day_of_power(reseller, "purse")
    await reseller.post()
    books = await reseller.books()
    assert close(books["PREPAID"], "-16.77272")
    assert books["REV_ENERGY"] == Decimal("-2.352")
    assert books["REV_BASE"] == Decimal("-0.36")
    assert close(books["PREPAID_VAT"], "2.677997")
    assert books["COST_OF_SHARES"] == Decimal("2.378")
    assert await reseller.party_balance("SHARE_RELEASED", "supplier") == Decimal("-2.378")
    assert "SHARE_PENDING" not in books
    assert close(books["TAX_OUT"], "-3.193277")


async def test_b6_the_supplier_with_its_own_shares(utility: Utility) -> None:
    seller = Seller(utility)
    await seller.partner("grid", "metering", "platform")
    await seller.agree(*SUBSUPPLIERS, release="on_sale")
    await seller.power(BUY, "supply")
    await day_of_power(seller)
    await seller.post()
    books = await seller.books()
    assert books["UNBILLED"] == Decimal("2.378")
    assert books["REV_ENERGY"] + books["REV_BASE"] == Decimal("-2.378")
    assert books["COST_OF_SHARES"] == Decimal("0.76425")
    for name, amount in (("grid", "0.69825"), ("metering", "0.046"), ("platform", "0.02")):
        assert await seller.party_balance("SHARE_RELEASED", name) == -Decimal(amount)
    assert books["SHARE_RELEASED"] == Decimal("-0.76425")
    assert "TAX_OUT" not in books


async def test_b7_a_month_of_such_days_is_one_statement(utility: Utility) -> None:
    seller = Seller(utility)
    await seller.partner("supplier")
    await seller.agree(*SUPPLIER, supply_vat_rate="0.19")
    await seller.power(SELL, "supply")
    await seller.wallet()
    await seller.top_up("100.00")
    await seller.subscribe("home", starts_at=datetime(2027, 1, 1, 23, tzinfo=UTC), wallet="purse")
    for day in range(2, 32):
        noon = f"2027-01-{day:02}T11:00:00Z"
        await seller.advance(max(noon, NOON_TODAY))
        await seller.utility.accepted(event(str(day), "7.35", at=noon))
    await seller.drain()
    await seller.advance("2027-02-01T09:00:00Z")
    await seller.charge()
    await seller.post()
    await seller.ask("POST", "/v1/settlements/close", {"period_to": "2027-02-01"}, 202)
    await seller.drain()
    answer = await seller.utility.api("GET", "/v1/statements")
    [statement] = answer.json()["data"]
    figures = {name: statement[name]["amount"] for name in ("share", "supply_vat", "net")}
    assert figures == {"share": "71.34", "supply_vat": "13.55", "net": "84.89"}
    await seller.balanced()


async def test_b10_emergency_credit_and_its_repayment(reseller: Seller) -> None:
    await reseller.wallet(limit="10")
    await reseller.top_up("0.40")
    await day_of_power(reseller, "purse")
    await reseller.post()
    books = await reseller.books()
    assert "PREPAID" not in books
    assert close(books["EMERGENCY_CREDIT"], "2.82728")
    assert books["REV_ENERGY"] + books["REV_BASE"] == Decimal("-2.712")
    assert close(books["TAX_OUT"], "-0.51528")
    released = await reseller.party_balance("SHARE_RELEASED", "supplier")
    pending = await reseller.party_balance("SHARE_PENDING", "supplier")
    assert released + pending == Decimal("-2.378")
    assert pending < 0
    await reseller.top_up("20.00")
    await reseller.drain()
    books = await reseller.books()
    assert close(books["PREPAID"], "-17.17272")
    assert await reseller.shares() == {
        "supplier kwh released": Decimal("2.058"),
        "supplier day released": Decimal("0.32"),
    }
    await reseller.balanced()


async def energy(seller: Seller, *rules: dict[str, object], **terms: str) -> None:
    """One price of 1.00 net a kWh, shared by these rules."""
    await seller.partner("one", "two")
    await seller.agree(*rules, **terms)
    await seller.utility.meter(**meter("energy"))
    await seller.plan(usage("energy", "energy", per_unit("1")), agreement="supply")


@pytest.fixture
def seller(utility: Utility) -> Seller:
    """Return a seller without partners."""
    return Seller(utility)


async def test_posting_twice_changes_nothing(reseller: Seller) -> None:
    await day_of_power(reseller)
    [portion] = await reseller.post()
    assert (portion.posted, dict(portion.refused)) == (2, {})
    books, shares = await reseller.books(), await reseller.shares()
    [again] = await reseller.post()
    assert again.posted == 0
    assert (await reseller.books(), await reseller.shares()) == (books, shares)


async def test_a_void_is_posted_as_a_difference(seller: Seller) -> None:
    await energy(seller, percent("a", "0.3", "one"))
    await seller.subscribe("home")
    await seller.utility.accepted(event("1", 10), event("2", 4))
    await seller.post()
    assert (await seller.books())["UNBILLED"] == 14
    async with seller.utility.scope() as scope:
        await voiding.void(scope, "meters", "1", "wrong meter")
    await seller.post()
    assert await seller.books() == {
        "UNBILLED": Decimal(4),
        "REV_ENERGY": Decimal(-4),
        "COST_OF_SHARES": Decimal("1.2"),
        "SHARE_PENDING": Decimal("-1.2"),
    }


async def standing(seller: Seller) -> tuple[str, str]:
    """What of partner one's share is pending and what is released."""
    shares = await seller.shares()
    return str(shares["one a pending"].normalize()), str(shares["one a released"].normalize())


async def test_shares_wait_for_the_invoice_to_be_paid(seller: Seller) -> None:
    await energy(seller, percent("a", "0.3", "one"))
    await seller.subscribe("home")
    await seller.utility.accepted(event("1", 10))
    await seller.post()
    [total] = (await seller.total_ids())["energy"]
    assert await seller.shares() == {"one a pending": Decimal(3)}
    await seller.receive({total: "5.95"})
    assert await seller.shares() == {
        "one a pending": Decimal("1.5"),
        "one a released": Decimal("1.5"),
    }
    await seller.utility.accepted(event("2", 10))
    await seller.post()
    assert await seller.shares() == {
        "one a pending": Decimal("4.5"),
        "one a released": Decimal("1.5"),
    }
    await seller.receive({total: "17.85"})
    assert await seller.shares() == {"one a released": Decimal(6)}
    await seller.receive({total: "-11.90"})
    assert await seller.shares() == {"one a pending": Decimal(3), "one a released": Decimal(3)}
    await seller.balanced()


async def test_the_same_payment_counts_once(seller: Seller) -> None:
    await energy(seller, percent("a", "0.3", "one"))
    await seller.subscribe("home")
    await seller.utility.accepted(event("1", 10))
    await seller.post()
    [total] = (await seller.total_ids())["energy"]
    payment = new_id()
    for _ in range(2):
        async with seller.utility.scope() as scope:
            await releasing.receive(scope, payment, {total: Decimal("5.95")})
    assert (await seller.shares())["one a released"] == Decimal("1.5")


async def test_a_gift_lowers_what_a_principal_shares(seller: Seller) -> None:
    await energy(seller, percent("a", "0.5", "one"), share("b", "0.1", "energy", "two"))
    await seller.wallet()
    await seller.grant("5.95")
    await seller.top_up("100")
    await seller.subscribe("home", wallet="purse")
    await seller.utility.accepted(event("1", 10))
    await seller.post()
    assert await seller.shares() == {
        "one a released": Decimal("2.5"),
        "two b released": Decimal(1),
    }
    assert (await seller.books())["REV_ENERGY"] == -10


async def test_a_principal_owes_its_supplier_what_it_gave_away(seller: Seller) -> None:
    await energy(seller, share("b", "0.1", "energy", "two"))
    await seller.wallet()
    await seller.grant("50")
    await seller.subscribe("home", wallet="purse")
    await seller.utility.accepted(event("1", 10))
    await seller.post()
    assert await seller.shares() == {"two b released": Decimal(1)}


@pytest.mark.parametrize("vat_mode", [VatMode.SINGLE_PURPOSE, VatMode.MULTI_PURPOSE])
async def test_an_agent_keeps_its_commission(seller: Seller, vat_mode: VatMode) -> None:
    rule = percent("a", "0.9", "one") | {"base": "gross"}
    await energy(seller, rule, role="agent")
    await seller.wallet(vat_mode=vat_mode)
    await seller.top_up("5.95")
    await seller.subscribe("home", wallet="purse")
    await seller.utility.accepted(event("1", 10))
    await seller.post()
    books = await seller.books()
    assert books["UNBILLED"] == 5
    assert books["SHARE_PENDING"] + books["SHARE_RELEASED"] == Decimal("-10.71")
    assert close(books["SHARE_RELEASED"], "-5.355")
    assert close(books["REV_COMMISSION"], "-1")
    assert close(books["TAX_OUT"], str(Decimal("0.95") - Decimal("0.19")))
    assert "PREPAID_VAT" not in books


async def test_terms_are_those_at_the_start_of_the_window(seller: Seller) -> None:
    await energy(seller, percent("a", "0.3", "one"))
    await seller.agree(percent("a", "0.6", "one"), valid_from="2027-01-05T00:00:00Z")
    await seller.subscribe("home")
    await seller.utility.accepted(event("1", 10))
    await seller.post()
    assert await seller.shares() == {"one a pending": Decimal(3)}
    await seller.advance("2027-02-03T00:00:00Z")
    await seller.utility.accepted(event("2", 10, at="2027-02-02T00:00:00Z"))
    await seller.post()
    assert await seller.shares() == {"one a pending": Decimal(9)}


async def test_without_terms_in_force_a_total_waits_and_is_told(seller: Seller) -> None:
    await energy(seller, percent("a", "0.3", "one"), valid_from="2027-01-15T00:00:00Z")
    await seller.plan(usage("energy", "energy", per_unit("1")), name="free")
    await seller.subscribe("home")
    await seller.subscribe("other", plan="free", name="other")
    await seller.utility.accepted(event("1", 10), event("2", 7, subject="other"))
    [portion] = await seller.post()
    assert [one.code for one in portion.refused.values()] == ["agreement_not_in_force"]
    assert (await seller.books())["UNBILLED"] == 7
    await seller.agree(percent("a", "0.3", "one"))
    await seller.post()
    assert (await seller.books())["UNBILLED"] == 17


async def test_days_whose_books_are_closed_are_posted_on_the_first_open_day(
    seller: Seller,
) -> None:
    await energy(seller, percent("a", "0.3", "one"))
    await seller.subscribe("home")
    await seller.utility.accepted(event("1", 10, at="2027-01-02T10:00:00Z"))
    async with seller.utility.scope() as scope:
        await scope.conn.execute(
            "UPDATE tenants SET books_open_from = '2027-01-10' WHERE tenant_id = %(t)s",
            {"t": scope.tenant_id},
        )
    await seller.post()
    days = await seller.utility.rows(
        """
        SELECT DISTINCT effective_on FROM postings WHERE tenant_id = %(t)s
         UNION SELECT effective_on FROM share_movements WHERE tenant_id = %(t)s
        """
    )
    assert [str(row["effective_on"]) for row in days] == ["2027-01-10"]


async def test_a_day_has_one_journal_for_an_account(reseller: Seller) -> None:
    await day_of_power(reseller)
    await reseller.utility.accepted(event("2", 2, at="2027-01-20T09:00:00Z"))
    await reseller.post()
    [journal] = await reseller.utility.rows(
        "SELECT kind, effective_on FROM journals WHERE tenant_id = %(t)s"
    )
    assert (journal["kind"], str(journal["effective_on"])) == ("usage", "2027-01-20")


async def outcome(seller: Seller, order: Sequence[int], portions: Sequence[int]) -> Any:
    """Send thirty events in an order, posting in between in portions of several sizes."""
    sizes = iter(portions)
    for start in range(0, len(order), 7):
        sent = [
            event(str(number), f"{number}.37", at=f"2027-01-{number % 9 + 2:02}T10:00:00Z")
            for number in order[start : start + 7]
        ]
        await seller.utility.accepted(*sent)
        if (size := next(sizes)) > 0:
            await seller.post(size)
    await seller.post()
    shares = await seller.shares()
    return await seller.books(), shares


async def test_neither_order_nor_portions_change_what_is_posted(
    app: FastAPI, database: Database, database_urls: ServerUrls
) -> None:
    """Prices in tiers and shares that do not divide evenly, half of it paid by credit."""
    results = []
    ways = [(1, [0] * 5), (17, [1] * 5), (23, [3, 0, 2, 100, 1])]
    for stride, portions in ways:
        one = Seller(await new_utility(app, database, database_urls))
        await one.partner("one", "two")
        await one.agree(percent("a", "0.333333", "one"), percent("b", "0.1", "two", base="left"))
        await one.utility.meter(**meter("energy"))
        price = graduated(("20", "0.123457"), (None, "0.0777777"))
        await one.plan(usage("energy", "energy", price), agreement="supply")
        await one.wallet()
        await one.top_up("20")
        await one.subscribe("home", wallet="purse")
        order = [number * stride % 31 for number in range(1, 31)]
        results.append(await outcome(one, order, portions))
    assert results[0][1] == results[1][1] == results[2][1]
    first, *others = [books for books, _ in results]
    for other in others:
        assert other.keys() == first.keys()
        for name, amount in first.items():
            assert abs(other[name] - amount) <= ROUNDING_OF_VAT, name
