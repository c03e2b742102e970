"""The simulation's own model: independent of the product, and right about the printed examples."""

from __future__ import annotations

import ast
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from groschen.simulation import model
from groschen.simulation.model.exact import ZERO, shown
from groschen.simulation.model.sales import Line, Sale
from groschen.simulation.model.sharing import Priced, Wanted, price
from groschen.simulation.model.statement import Before, figures

LEGS = {"op-a": "8.4", "op-b": "21.7", "op-c": "3.9"}
MILLIONTH = Fraction(1, 10**6)


def plan(fare: str = "12.90") -> dict[str, Any]:
    legs = [{"operator": name, "weight": weight} for name, weight in LEGS.items()]
    routes = {"R": {"fare": fare, "legs": legs}}
    price: dict[str, Any] = {"kind": "route_table", "params": {"routes": routes}}
    return {"basis": "gross", "components": [{"price": price}]}


def agreement(role: str, **commission: str) -> dict[str, Any]:
    rate, base = ("1", "gross") if role == "agent" else ("0.94", "net")
    params = {"rate": rate, "weights": "legs"}
    rules: list[dict[str, Any]] = [
        {"id": "fare", "kind": "apportion", "base": base, "params": params}
    ]
    if commission:
        rules.append(
            {
                "id": "commission",
                "kind": "percent",
                "params": {"rate": "0.06"},
                "deducted_from": "statement",
                "vat_rate": "0.19",
                **commission,
            }
        )
    return {"seller_role": role, "release": "on_payment", "rules": rules}


def ticket(role: str = "agent", **commission: str) -> Priced:
    return price(Wanted(plan(), agreement(role, **commission), "reduced", "R", Fraction(1)))


def test_the_model_uses_nothing_of_the_product() -> None:
    for path in Path(model.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            inside = [name for name in names if name.startswith("groschen")]
            assert all(name.startswith("groschen.simulation.model") for name in inside), path


@pytest.mark.parametrize(
    ("role", "shares"),
    [
        ("agent", ("3.187059", "8.233235", "1.479706")),
        ("principal", ("2.800758", "7.23529", "1.300352")),
    ],
)
def test_it_shares_example_a_as_printed(role: str, shares: tuple[str, ...]) -> None:
    for part, printed in zip(ticket(role).parts, shares, strict=True):
        assert abs(part.amount - Fraction(printed)) < MILLIONTH


def test_a_lost_chargeback_leaves_nothing_but_kept_commission() -> None:
    sale = Sale({"i": Line(ticket(on_chargeback="keep"))})
    sale.pay()
    whole = sale.owed()["op-a"]
    sale.charge_back("c", Fraction("12.90"))
    owed = sale.owed()["op-a"]
    assert (owed.share, owed.commission) == (ZERO, whole.commission)
    sale.win("c")
    assert sale.owed()["op-a"] == whole


def test_refunds_in_any_portions_sum_to_the_whole() -> None:
    sale = Sale({"i": Line(ticket()), "j": Line(ticket())})
    sale.pay()
    sale.refund("i", Fraction("3.33"))
    sale.refund(None, Fraction("7.01"))
    sale.charge_back("c", Fraction("100"))
    assert sale.left == ZERO
    assert {owed.share for owed in sale.owed().values()} == {ZERO}


def test_nothing_is_owed_of_a_sale_that_was_not_paid() -> None:
    sale = Sale({"i": Line(ticket())})
    assert sale.owed() == {}
    sale.cancel()
    assert sale.left == ZERO


def test_it_states_example_a_as_printed() -> None:
    share = ticket(vat="").parts[0].amount * 10_000
    rows = [
        {"share": shown(share), "commission": "", "vat_rate": ""},
        {"share": "", "commission": shown(share * Fraction("0.06")), "vat_rate": "0.19"},
    ]
    stated = figures(rows, Before(ZERO, ZERO, ZERO), ZERO)
    assert (stated.share, stated.total) == (Fraction("31870.59"), Fraction("29595.02"))
