"""Example C: partial payment, credit note, write-off, recovery."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest

from golden.printed import Example, assert_agrees, example, party
from groschen.core.allocation import release_fraction
from groschen.core.ledger import (
    Journal,
    Lost,
    PartyAmount,
    Revenue,
    Undone,
    UndoneShare,
    balanced,
    check,
    credit_note,
    merged,
    payment_received,
    recovery,
    sale_principal,
    shares_released,
    standard_chart,
    write_off,
)
from groschen.core.money import Money, add, add_all, multiply
from groschen.core.shares import ShareBase, evaluate, parse_terms, portion_between
from groschen.core.tax import split_gross, split_net, tax_key

BILL = example("c_receivable")
CUSTOMER, PARTNER = party("customer"), party("partner")
CURRENCY = BILL.text("currency")
RATE = BILL.decimal("vat_rate")
KEY = tax_key(BILL.text("country"), RATE)


def eur(amount: Decimal) -> Money:
    return Money(amount, CURRENCY)


def share_of(given: Example, net: Money, gross: Money) -> Decimal:
    rule = {
        "id": "partner",
        "kind": "percent",
        "params": {"rate": given.text("partner_rate")},
        "base": "net",
        "beneficiary": "partner",
    }
    terms = {
        "currency": CURRENCY,
        "seller_role": "principal",
        "rules": [rule],
        "settlement": {"min_payout": "10.00"},
    }
    return evaluate(parse_terms(terms), ShareBase(gross, net)).parts[0].amount


def journals(given: Example) -> dict[str, Journal]:
    net = eur(given.decimal("net"))
    gross = net + split_net(net, RATE).tax
    share = share_of(given, net, gross)
    paid = eur(given.decimal("paid"))
    released = portion_between(share, Fraction(0), release_fraction(paid, gross))
    credited = split_net(eur(given.decimal("credited_net")), RATE)
    fallen = portion_between(share, Fraction(0), Fraction(credited.net.amount / net.amount))
    lost = split_gross(eur(given.decimal("written_off_gross")), RATE)
    lost_share = portion_between(share, Fraction(0), Fraction(lost.net.amount / net.amount))
    undone = Undone.principal(
        [Revenue("REVENUE", credited.net.amount, credited.tax.amount, KEY)],
        [UndoneShare(PARTNER, fallen, is_released=False)],
    )
    loss = [Lost(lost.net.amount, lost.tax.amount, KEY)]
    pending = [PartyAmount(PARTNER, lost_share)]
    return {
        "C1": sale_principal(
            CURRENCY,
            CUSTOMER,
            [Revenue("REVENUE", net.amount, multiply(net.amount, RATE), KEY)],
            [PartyAmount(PARTNER, share)],
        ),
        "C2": merged(
            "payment_received",
            [
                payment_received(CURRENCY, CUSTOMER, paid.amount, "BANK"),
                shares_released(CURRENCY, [PartyAmount(PARTNER, released)]),
            ],
        ),
        "C3": credit_note(CURRENCY, CUSTOMER, undone),
        "C4": write_off(CURRENCY, CUSTOMER, loss, pending),
        "C5": recovery(CURRENCY, loss, pending),
    }


JOURNALS = journals(BILL)


def balance(account: str, *blocks: str) -> Decimal:
    entries = (entry for block in blocks for entry in JOURNALS[block].entries)
    return add_all(entry.amount for entry in entries if entry.account == account)


def test_every_printed_block_has_its_journal() -> None:
    assert JOURNALS.keys() == BILL.blocks.keys()


@pytest.mark.parametrize("block", BILL.blocks)
def test_block_agrees_to_the_sixth_decimal(block: str) -> None:
    assert_agrees(JOURNALS[block], BILL.blocks[block])


@pytest.mark.parametrize("block", BILL.blocks)
def test_block_balances_exactly_and_fits_the_chart(block: str) -> None:
    assert balanced(JOURNALS[block])
    check(JOURNALS[block], standard_chart())


def test_after_the_write_off_nothing_is_open_and_the_partner_has_its_part_of_the_money() -> None:
    blocks = ("C1", "C2", "C3", "C4")
    assert balance("AR", *blocks) == 0
    assert balance("SHARE_PENDING", *blocks) == 0
    assert balance("SHARE_RELEASED", *blocks) == Decimal("-15.00")


def test_after_the_recovery_the_partner_has_thirty_percent_of_the_net_received() -> None:
    received = add(balance("BANK", *JOURNALS), Decimal(0)) / Decimal("1.19")
    assert balance("SHARE_RELEASED", *JOURNALS) == -multiply(received, Decimal("0.30"))


@pytest.mark.parametrize(
    "order",
    [
        order
        for order in permutations(("C1", "C2", "C3", "C4", "C5"))
        if order[0] == "C1" and order.index("C4") < order.index("C5")
    ],
)
def test_every_legal_order_ends_in_the_same_balances(order: tuple[str, ...]) -> None:
    accounts = {entry.account for journal in JOURNALS.values() for entry in journal.entries}
    running = {account: Decimal(0) for account in accounts}
    for block in order:
        for entry in JOURNALS[block].entries:
            running[entry.account] = add(running[entry.account], entry.amount)
    assert running == {account: balance(account, *JOURNALS) for account in accounts}
