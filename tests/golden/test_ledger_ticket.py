"""Example A: one ticket of 12.90 EUR, three operators, from the sale to the chargeback."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

import pytest

from golden.printed import Example, assert_agrees, example, party
from groschen.core.ledger import (
    Journal,
    PartyAmount,
    ReturnedCommission,
    Revenue,
    Undone,
    UndoneShare,
    balanced,
    chargeback,
    chargeback_won,
    check,
    commission_returned,
    merged,
    payment_received,
    payout,
    psp_payout,
    refund,
    sale_agent,
    sale_principal,
    shares_released,
    standard_chart,
    statement_agent,
)
from groschen.core.money import Money, add_all, multiply
from groschen.core.prices import PriceModel, parse_price
from groschen.core.rating import rate
from groschen.core.shares import (
    CommissionSum,
    ShareBase,
    SharePart,
    Split,
    StatementFigures,
    StatementInput,
    evaluate,
    parse_terms,
)
from groschen.core.shares.statement import statement
from groschen.core.tax import split_gross, split_gross_exact, tax_key

TICKET = example("a_ticket")
CUSTOMER = party("customer")


def price_of(given: Example) -> PriceModel:
    legs = [
        {"operator": operator, "weight": weight}
        for operator, weight in cast("list[tuple[str, str]]", given.given["legs"])
    ]
    routes = {given.text("route"): {"fare": given.text("fare"), "legs": legs}}
    params = {"currency": given.text("currency"), "routes": routes}
    return parse_price({"kind": "route_table", "params": params})


def split_of(given: Example, terms: dict[str, object]) -> Split:
    fact = {"quantity": Decimal(1), "route": given.text("route")}
    price = price_of(given)
    gross = rate(price, [fact]).amount
    net = split_gross(gross, given.decimal("vat_rate")).net
    line = ShareBase(gross, net, Decimal(1), price.legs_for(fact))
    return evaluate(parse_terms(terms), line)


def agent_terms(given: Example) -> dict[str, object]:
    fare = {"id": "fare", "kind": "apportion", "params": {"weights": "legs"}, "base": "gross"}
    commission = {
        "id": "commission",
        "kind": "percent",
        "params": {"rate": given.text("commission_rate")},
        "deducted_from": "statement",
        "of": "all",
        "vat_rate": given.text("commission_vat_rate"),
        "on_chargeback": "keep",
    }
    return {
        "currency": given.text("currency"),
        "seller_role": "agent",
        "release": "on_payment",
        "rules": [fare, commission],
        "settlement": {"period": "month", "min_payout": given.text("min_payout")},
    }


def principal_terms(given: Example) -> dict[str, object]:
    bought = {
        "id": "bought",
        "kind": "apportion",
        "params": {"rate": given.text("buy_rate"), "weights": "legs"},
        "base": "net",
    }
    return {**agent_terms(given), "seller_role": "principal", "rules": [bought]}


def amounts(parts: Sequence[SharePart]) -> list[PartyAmount]:
    return [PartyAmount(party(part.beneficiary), part.amount) for part in parts]


def undone(split: Split) -> Undone:
    return Undone.agent(
        UndoneShare(share.party_id, share.amount, is_released=True)
        for share in amounts(split.parts)
    )


def figures_of(given: Example, split: Split, beneficiary: str) -> StatementFigures:
    """The statement of one operator over all tickets of the month."""
    tickets = Decimal(given.whole("tickets"))
    share = add_all(part.amount for part in split.parts if part.beneficiary == beneficiary)
    commissions = [part for part in split.commissions if part.beneficiary == beneficiary]
    exact = add_all(part.amount for part in commissions)
    charged = CommissionSum(given.decimal("commission_vat_rate"), multiply(exact, tickets))
    return statement(
        StatementInput(
            currency=given.text("currency"),
            opening=Decimal(0),
            carried_in=Decimal(0),
            shares_exact=multiply(share, tickets),
            commissions=(charged,),
            min_payout=given.decimal("min_payout"),
        )
    )


def sold_and_paid(given: Example, split: Split) -> dict[str, Journal]:
    currency, fare = given.text("currency"), given.decimal("fare")
    shares = amounts(split.parts)
    return {
        "A1": sale_agent(currency, CUSTOMER, fare, shares),
        "A2": payment_received(currency, CUSTOMER, fare),
        "A3": shares_released(currency, shares),
        "A4": psp_payout(currency, fare, given.decimal("psp_fee")),
    }


def settled(given: Example, split: Split) -> dict[str, Journal]:
    currency, country = given.text("currency"), given.text("country")
    statements = {
        part.beneficiary: figures_of(given, split, part.beneficiary) for part in split.parts
    }
    stated = [
        statement_agent(currency, party(name), figures, country)
        for name, figures in statements.items()
    ]
    paid = [PartyAmount(party(name), figures.payout) for name, figures in statements.items()]
    return {"A5": merged("statements", stated), "A6": payout(currency, paid)}


def reversed_later(given: Example, split: Split) -> dict[str, Journal]:
    currency, country = given.text("currency"), given.text("country")
    fee_rate = given.decimal("fee_vat_rate")
    net, tax = split_gross_exact(Money(given.decimal("cancel_fee"), currency), fee_rate)
    fee = Revenue("REV_FEES", net.amount, tax.amount, tax_key(country, fee_rate))
    commissions = [
        ReturnedCommission(
            party(part.beneficiary), part.amount, part.vat_amount, tax_key(country, part.vat_rate)
        )
        for part in split.commissions
    ]
    return {
        "A7": refund(currency, undone(split), [fee]),
        "A8": commission_returned(currency, commissions),
        "A9": chargeback(currency, undone(split), given.decimal("chargeback_fee")),
        "A10": chargeback_won(currency, undone(split)),
    }


def sold_as_principal(given: Example) -> dict[str, Journal]:
    currency, vat_rate = given.text("currency"), given.decimal("vat_rate")
    net, tax = split_gross(Money(given.decimal("fare"), currency), vat_rate)
    key = tax_key(given.text("country"), vat_rate)
    revenue = Revenue("REV_TRANSPORT", net.amount, tax.amount, key)
    split = split_of(given, principal_terms(given))
    return {"A1p": sale_principal(currency, CUSTOMER, [revenue], amounts(split.parts))}


def journals(given: Example) -> dict[str, Journal]:
    split = split_of(given, agent_terms(given))
    return {
        **sold_and_paid(given, split),
        **settled(given, split),
        **reversed_later(given, split),
        **sold_as_principal(given),
    }


JOURNALS = journals(TICKET)


def test_every_printed_block_has_its_journal() -> None:
    assert JOURNALS.keys() == TICKET.blocks.keys()


@pytest.mark.parametrize("block", TICKET.blocks)
def test_block_agrees_to_the_sixth_decimal(block: str) -> None:
    assert_agrees(JOURNALS[block], TICKET.blocks[block])


@pytest.mark.parametrize("block", TICKET.blocks)
def test_block_balances_exactly_and_fits_the_chart(block: str) -> None:
    assert balanced(JOURNALS[block])
    check(JOURNALS[block], standard_chart())


def test_principal_keeps_what_it_does_not_buy() -> None:
    assert split_of(TICKET, principal_terms(TICKET)).retained == Decimal("0.7236")


def test_after_refund_the_operator_owes_its_share_less_the_returned_commission() -> None:
    entries = (*JOURNALS["A7"].entries, *JOURNALS["A8"].entries)
    owed = add_all(entry.amount for entry in entries if entry.party_id == party("opA"))
    assert abs(owed - Decimal("2.959503")) < Decimal("0.000001")
