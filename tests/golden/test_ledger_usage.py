"""Example D: usage that is paid by credit, by emergency credit, or invoiced later."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

import pytest

from golden.printed import Example, assert_agrees, example, party
from groschen.core.ledger import (
    Journal,
    PartyAmount,
    Revenue,
    UsageFunding,
    Used,
    balanced,
    check,
    condensed,
    reversed_journal,
    shares_accrued,
    shares_released,
    standard_chart,
    usage_accrued,
    usage_booked,
    usage_for_others,
    wholesale_cost,
)
from groschen.core.money import round12, subtract
from groschen.core.tax import tax_key, tax_within

DAY = example("d_usage")
CURRENCY = DAY.text("currency")
CUSTOMER, OPERATOR = party("customer"), party("operator")
RATE = DAY.decimal("vat_rate")
KEY = tax_key(DAY.text("country"), RATE)
USED = [Used("REV_ENERGY", DAY.decimal("energy")), Used("REV_BASE", DAY.decimal("base"))]


def net_of(gross: Decimal, rate: Decimal) -> Decimal:
    return subtract(gross, round12(tax_within(gross, rate)))


def part_paid(given: Example) -> Journal:
    funding = UsageFunding(
        party_id=CUSTOMER,
        wallet=given.decimal("wallet"),
        prepaid_vat=round12(tax_within(given.decimal("wallet"), RATE)),
        overdraft=given.decimal("overdraft"),
        unbilled=net_of(given.decimal("receivable"), RATE),
        prepaid_tax_key=KEY,
    )
    return usage_booked(CURRENCY, funding, USED, KEY)


def ride(given: Example) -> Journal:
    sold = {
        name: Decimal(value) for name, value in cast("dict[str, str]", given.given["ride"]).items()
    }
    funding = UsageFunding(
        party_id=CUSTOMER,
        wallet=sold["wallet"],
        unbilled=net_of(sold["receivable"], sold["vat_rate"]),
    )
    kept = Revenue("REV_COMMISSION", sold["kept_net"], sold["kept_tax"], KEY)
    shares = [PartyAmount(OPERATOR, sold["shares"])]
    return usage_for_others(CURRENCY, funding, shares, [kept], "DE-7")


def voided(given: Example) -> Journal:
    net = subtract(Decimal(0), given.decimal("voided"))
    funding = UsageFunding(party_id=CUSTOMER, unbilled=net)
    return usage_booked(CURRENCY, funding, [Used("REV_ENERGY", net)], KEY)


JOURNALS = {
    "D1": part_paid(DAY),
    "D2": usage_accrued(CURRENCY, CUSTOMER, USED),
    "D3": ride(DAY),
    "D4": voided(DAY),
}


def test_every_block_has_its_journal() -> None:
    assert JOURNALS.keys() == DAY.blocks.keys()


@pytest.mark.parametrize("block", DAY.blocks)
def test_block_agrees_to_the_sixth_decimal(block: str) -> None:
    assert_agrees(JOURNALS[block], DAY.blocks[block])


@pytest.mark.parametrize("block", DAY.blocks)
def test_block_balances_exactly_and_fits_the_chart(block: str) -> None:
    assert balanced(JOURNALS[block])
    check(JOURNALS[block], standard_chart())


def test_what_nothing_funds_is_the_accrual() -> None:
    net = Decimal("2.712")
    booked = usage_booked(CURRENCY, UsageFunding(CUSTOMER, unbilled=net), USED, KEY)
    assert booked.entries == JOURNALS["D2"].entries


def test_a_negative_difference_is_the_mirror_image() -> None:
    used = [Used("REV_ENERGY", Decimal("-0.32"))]
    given_back = usage_accrued(CURRENCY, CUSTOMER, used)
    taken = usage_accrued(CURRENCY, CUSTOMER, [Used("REV_ENERGY", Decimal("0.32"))])
    assert given_back.entries == reversed_journal("usage", taken).entries


def test_a_share_that_is_owed_at_once_is_one_posting() -> None:
    """Pending and released in one journal leave what block B5 prints."""
    shares = [PartyAmount(OPERATOR, Decimal("2.378"))]
    both = [shares_accrued(CURRENCY, shares), shares_released(CURRENCY, shares)]
    assert condensed("x", CURRENCY, both).entries == wholesale_cost(CURRENCY, shares).entries


def test_many_journals_are_condensed_to_an_entry_per_account_and_owner() -> None:
    journal = condensed("usage", CURRENCY, [JOURNALS["D1"], JOURNALS["D4"], JOURNALS["D2"]])
    amounts = {entry.account: entry.amount for entry in journal.entries}
    assert len(amounts) == len(journal.entries)
    assert amounts["REV_ENERGY"] == Decimal("-4.384")
    assert condensed("x", CURRENCY, []).entries == ()
