"""Splits, recipes and statements agree with the oracle over 1,000 random scenarios."""

from __future__ import annotations

import ast
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import pytest

from groschen.core.ledger import Journal, check, standard_chart
from groschen.core.shares import SharesExceedBase, StatementFigures
from oracle import books, sharing
from oracle.drawing import Drawn, draw
from oracle.expected import Expected
from oracle.product import Product, party

SCENARIOS = 1000
CHUNK = 50
CHART = standard_chart()
NAMES: dict[UUID | None, str] = {
    None: "",
    **{
        party(name): name for name in ("customer", "agency", *(f"op-{index}" for index in range(6)))
    },
}
INDEPENDENT = ("exact", "sharing", "books", "drawing", "expected", "metering", "tariffs")


def rows_of(journal: Journal) -> books.Rows:
    check(journal, CHART)
    return books.together(
        *(
            books.at(
                entry.account, Fraction(entry.amount), NAMES[entry.party_id], entry.tax_key or ""
            )
            for entry in journal.entries
        )
    )


def told(drawn: Drawn) -> tuple[Product, Expected] | None:
    """Both sides of a scenario; None when both refuse it because it shares too much."""
    try:
        expected = Expected(drawn)
    except sharing.TooMuch:
        with pytest.raises(SharesExceedBase):
            Product(drawn)
        return None
    return Product(drawn), expected


def assert_same_split(product: Product, expected: Expected) -> None:
    shared, split = expected.shared, product.split
    assert [(p.rule_id, p.beneficiary, Fraction(p.amount)) for p in split.parts] == [
        (p.rule, p.who, p.amount) for p in shared.parts
    ]
    assert Fraction(split.retained) == shared.retained
    commissions = [
        (p.rule_id, p.of_rule_id, p.beneficiary, Fraction(p.amount), Fraction(p.vat_amount))
        for p in split.commissions
    ]
    assert commissions == [(p.rule, p.of, p.who, p.amount, p.vat) for p in shared.commissions]


def assert_same_month(figures: StatementFigures, month: sharing.Month) -> None:
    assert Fraction(figures.share_cents) == month.share
    assert Fraction(figures.carried_out) == month.carried
    assert Fraction(figures.commission) == sum(month.commission.values())
    assert Fraction(figures.vat) == sum(month.vat.values())
    assert Fraction(figures.total_due) == month.total
    assert Fraction(figures.payout) == month.payout


def assert_same_books(product: Product, expected: Expected) -> dict[tuple[str, str], Fraction]:
    """Compare every journal; returns the balances before the chargeback."""
    balances: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for (label, journal), (wanted, rows) in zip(product.journals(), expected.rows(), strict=True):
        assert label == wanted
        assert rows_of(journal) == rows, label
        if label not in {"chargeback", "chargeback commission", "won"}:
            for (account, who, _), amount in rows.items():
                balances[account, who] += amount
    return balances


def assert_nothing_is_left(
    product: Product, expected: Expected, balances: dict[tuple[str, str], Fraction]
) -> None:
    """Shares are stated but for the carried residue, payables paid but for the closing."""
    assert balances["AR", "customer"] == 0
    for who in expected.partners:
        last = product.months(who, tickets=1)[-1]
        assert balances["SHARE_PENDING", who] == 0
        assert balances["SHARE_RELEASED", who] == -Fraction(last.carried_out)
        assert balances["PARTNER_PAYABLE", who] == -Fraction(last.closing)
        assert abs(last.carried_out) <= Decimal("0.005")


@pytest.mark.parametrize("start", range(0, SCENARIOS, CHUNK))
def test_the_product_agrees_with_the_oracle(start: int) -> None:
    shared = 0
    for seed in range(start, start + CHUNK):
        sides = told(draw(seed))
        if sides is None:
            continue
        shared += 1
        product, expected = sides
        assert_same_split(product, expected)
        balances = assert_same_books(product, expected)
        assert_nothing_is_left(product, expected, balances)
        for who in expected.partners:
            for tickets in (1, product.drawn.tickets):
                pairs = zip(
                    product.months(who, tickets), expected.months(who, tickets), strict=True
                )
                for figures, month in pairs:
                    assert_same_month(figures, month)
    assert shared > CHUNK // 2, "too many scenarios share too much to prove anything"


@pytest.mark.parametrize("name", INDEPENDENT)
def test_the_oracle_uses_nothing_of_the_product(name: str) -> None:
    tree = ast.parse((Path(__file__).parent / f"{name}.py").read_text())
    modules = [
        node.module or "" if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]
    assert not [module for module in modules if "groschen" in module or "product" in module]


def test_a_seed_draws_the_same_scenario_again() -> None:
    assert [draw(seed) for seed in range(20)] == [draw(seed) for seed in range(20)]
