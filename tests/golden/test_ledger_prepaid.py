"""Example B: a prepaid electricity day with a reseller margin."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

import pytest

from golden.printed import Example, assert_agrees, example, party
from groschen.core.ledger import (
    Journal,
    PartyAmount,
    Used,
    VatMode,
    WalletTerms,
    balanced,
    check,
    netting,
    payout,
    standard_chart,
    statement_principal,
    top_up,
    top_up_returned,
    usage_charged,
    wallet_closed,
    wholesale_cost,
    wholesale_revenue,
)
from groschen.core.money import Money, add, add_all, multiply, round12, subtract
from groschen.core.shares import ShareBase, StatementInput, evaluate, parse_terms
from groschen.core.shares.statement import statement

DAY = example("b_prepaid")
WALLET = WalletTerms(
    DAY.text("currency"),
    party("wallet"),
    VatMode.SINGLE_PURPOSE,
    DAY.text("country"),
    DAY.decimal("vat_rate"),
)


def day_at(given: Example, price: str) -> tuple[Decimal, Decimal]:
    """Energy and base fee of the day, net."""
    per_kwh, per_day = cast("list[str]", given.given[price])
    return multiply(given.decimal("kwh"), Decimal(per_kwh)), Decimal(per_day)


def used(given: Example) -> list[Used]:
    energy, base = day_at(given, "sell")
    return [Used("REV_ENERGY", energy), Used("REV_BASE", base)]


def gross_of_day(given: Example) -> Decimal:
    net = add(*day_at(given, "sell"))
    return add(net, round12(multiply(net, given.decimal("vat_rate"))))


def supplier_shares(given: Example) -> list[PartyAmount]:
    """What the supplier owes others, by the share rules of its agreement."""
    keys = {"per_unit": "unit_price", "fixed": "amount"}
    shares = cast("dict[str, tuple[str, str]]", given.given["supplier_shares"])
    rules = [
        {"id": name, "kind": kind, "params": {keys[kind]: amount}, "base": "net"}
        | {"beneficiary": name}
        for name, (kind, amount) in shares.items()
    ]
    terms = {
        "currency": given.text("currency"),
        "seller_role": "principal",
        "rules": rules,
        "settlement": {"period": "month", "min_payout": "0.00"},
    }
    revenue = Money(add(*day_at(given, "buy")), given.text("currency"))
    split = evaluate(parse_terms(terms), ShareBase(revenue, revenue, given.decimal("kwh")))
    return [PartyAmount(party(part.beneficiary), part.amount) for part in split.parts]


def wholesale(given: Example) -> dict[str, Journal]:
    currency, vat_rate = given.text("currency"), given.decimal("vat_rate")
    bought = add(*day_at(given, "buy"))
    supplier, reseller = party("supplier"), party("reseller")
    month = statement(
        StatementInput(
            currency=currency,
            opening=Decimal(0),
            carried_in=Decimal(0),
            shares_exact=multiply(bought, Decimal(given.whole("days"))),
            commissions=(),
            min_payout=Decimal(0),
            supply_vat_rate=vat_rate,
        )
    )
    subsidy = given.decimal("subsidy_gross")
    rest = subtract(month.payout, subsidy)
    country = given.text("country")
    return {
        "B5": wholesale_cost(currency, [PartyAmount(supplier, bought)]),
        "B6": wholesale_revenue(currency, reseller, bought, supplier_shares(given)),
        "B7": statement_principal(currency, supplier, month, country, vat_rate),
        "B8": netting(currency, supplier, subsidy),
        "B9": payout(currency, [PartyAmount(supplier, rest)]),
    }


def journals(given: Example) -> dict[str, Journal]:
    top = given.decimal("top_up")
    gross, left = gross_of_day(given), given.decimal("wallet_left")
    return {
        "B1": top_up(WALLET, top, emergency_repaid=Decimal(0)),
        "B3": usage_charged(WALLET, used(given), from_credit=gross),
        **wholesale(given),
        "B10": usage_charged(WALLET, used(given), from_credit=left),
        "B11": top_up(WALLET, top, emergency_repaid=subtract(gross, left)),
        "B12": top_up_returned(
            WALLET, top, left=given.decimal("returned_left"), fee=given.decimal("return_fee")
        ),
        "B13": wallet_closed(WALLET, given.decimal("final_left")),
    }


JOURNALS = journals(DAY)


def balance(account: str, *blocks: str) -> Decimal:
    entries = (entry for block in blocks for entry in JOURNALS[block].entries)
    return add_all(entry.amount for entry in entries if entry.account == account)


def test_every_printed_block_has_its_journal() -> None:
    assert JOURNALS.keys() == DAY.blocks.keys()


@pytest.mark.parametrize("block", DAY.blocks)
def test_block_agrees_to_the_sixth_decimal(block: str) -> None:
    assert_agrees(JOURNALS[block], DAY.blocks[block])


@pytest.mark.parametrize("block", DAY.blocks)
def test_block_balances_exactly_and_fits_the_chart(block: str) -> None:
    assert balanced(JOURNALS[block])
    check(JOURNALS[block], standard_chart())


def test_holds_are_no_journals_so_use_is_taken_from_the_wallet() -> None:
    assert balance("PREPAID", "B3") == Decimal("3.22728")
    assert balance("PREPAID", "B1", "B3") == Decimal("-16.77272")


def test_vat_still_to_be_supplied_is_the_vat_inside_the_wallet() -> None:
    contra = balance("PREPAID_VAT", "B1", "B3")
    assert abs(contra - Decimal("2.677997")) < Decimal("0.000001")
    assert contra == round12(Decimal("16.77272") * 19 / 119)


def test_margins_of_the_day() -> None:
    sold = balance("REV_ENERGY", "B3") + balance("REV_BASE", "B3")
    assert -sold - balance("COST_OF_SHARES", "B5") == Decimal("0.334")
    earned = balance("REV_WHOLESALE", "B6") + balance("COST_OF_SHARES", "B6")
    assert -earned == Decimal("1.61375")


def test_payable_and_claim_of_the_two_levels_cancel() -> None:
    assert balance("SHARE_RELEASED", "B5") + balance("PARTNER_CLAIM", "B6") == 0
