"""The worked example of prepaid electricity: B1, B3, B10 and B11 through the feature."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from support.household import gross_of

if TYPE_CHECKING:
    from support.household import Household

pytestmark = pytest.mark.anyio

DAY_NET = "2.712"  # 7.35 kWh at 0.32 and 0.36 a day
DAY = gross_of(DAY_NET)


def six(amount: Decimal) -> Decimal:
    return round(amount, 6)


async def test_b1_a_top_up_by_instant_transfer(home: Household) -> None:
    done = await home.top_up("20.00")
    assert (done["state"], done["emergency_repaid"]["amount"]) == ("credited", "0.00")
    journal = await home.journal("top_up")
    assert {account: six(amount) for account, amount in journal.items()} == {
        "BANK": Decimal(20),
        "PREPAID": Decimal(-20),
        "PREPAID_VAT": Decimal("3.193277"),
        "TAX_OUT": Decimal("-3.193277"),
    }
    assert (await home.wallet()).credit == 20


async def test_b1_by_card_the_money_is_with_the_provider(home: Household) -> None:
    await home.top_up("20.00", "tok_visa")
    assert (await home.journal("top_up"))["PSP_CLEARING"] == 20


async def test_b3_a_day_burns_credit_and_its_vat(home: Household) -> None:
    await home.top_up("20.00")
    funded = await home.use(DAY)
    assert funded.wallet == Decimal("3.22728")
    assert funded.overdraft == funded.receivable == 0
    assert funded.wallet_vat == Decimal("0.51528")
    assert (await home.wallet()).credit == Decimal("16.77272")


async def test_b10_and_b11_an_empty_wallet_and_the_top_up_after_it(home: Household) -> None:
    await home.top_up("20.00")
    await home.use("19.60")
    total = await home.use(DAY)
    assert (total.wallet, total.overdraft) == (Decimal("0.40"), Decimal("2.82728"))
    assert six(total.wallet_vat) == Decimal("0.063866")
    done = await home.top_up("20.00")
    assert done["emergency_repaid"]["amount"] == "2.82728"
    journal = await home.journal("top_up")
    assert {account: six(amount) for account, amount in journal.items()} == {
        "BANK": Decimal(20),
        "EMERGENCY_CREDIT": Decimal("-2.82728"),
        "PREPAID": Decimal("-17.17272"),
        "PREPAID_VAT": Decimal("2.741863"),
        "TAX_OUT": Decimal("-2.741863"),
    }
    wallet = await home.wallet()
    assert wallet.credit == Decimal("17.17272")
    assert wallet.overdraft == 0


async def test_with_multi_purpose_credit_no_vat_is_due_yet(home: Household) -> None:
    await home.open("home2", vat_mode="multi_purpose")
    body = {"wallet": "ext:home2", "amount": "20.00", "provider": "sandbox", "method": "tok_visa"}
    await home.ask("POST", "/v1/top_ups", body, status=201)
    await home.drain()
    assert (await home.journal("top_up")).keys() == {"PSP_CLEARING", "PREPAID"}
    assert (await home.use(DAY)).wallet_vat == 0


async def test_burns_add_up_to_the_vat_of_the_top_up_to_the_last_decimal(home: Household) -> None:
    await home.top_up("20.00")
    parts = [await home.use("2.857142857143") for _ in range(6)]
    parts.append(await home.use(Decimal(20) - 6 * Decimal("2.857142857143")))
    assert sum(part.wallet_vat for part in parts) == Decimal("3.193277310924")
