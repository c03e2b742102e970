"""Day slices become shares and ledger: examples B3, B5, B6 and B10 through the features."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from support.metering import event
from support.reselling import BUY, SELL, Seller, close, share

if TYPE_CHECKING:
    from support.metering import Utility

pytestmark = pytest.mark.anyio

DAY = datetime(2027, 1, 20, tzinfo=UTC)
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
