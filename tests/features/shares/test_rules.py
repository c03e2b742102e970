"""Every kind of share rule from the sale over a refund to zero; the seller's own part in it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from support.journals import journals_of
from support.tickets import Alliance, agreement_terms, offer, sign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.provider import Provider

pytestmark = pytest.mark.anyio

FIVE = {"kind": "per_unit", "params": {"currency": "EUR", "unit_price": "5.00"}}
OWN = {"id": "own", "kind": "percent", "base": "gross", "beneficiary": "seller"}
REST = {"id": "rest", "kind": "residual", "beneficiary": "op-a"}


async def sell(
    alliance: Alliance, rules: Sequence[dict[str, Any]], quantity: str = "3", **terms: object
) -> Any:
    """Sell some units at 5.00 under these rules."""
    await alliance.ask("POST", "/v1/agreements", {"external_id": "r", "name": "r"}, status=201)
    await sign(alliance, "r", agreement_terms(rules, **terms))
    await offer(
        alliance, "unit", FIVE, agreement="r", refund={"fee": "0", "fee_tax_class": "standard"}
    )
    return await alliance.buy("t1", lines=[{"plan": "unit", "quantity": quantity}])


async def shares(alliance: Alliance) -> dict[str, Decimal]:
    """What each operator has by rule."""
    money = await alliance.ask("GET", "/v1/orders/ext:t1/money", status=200)
    names = await alliance.party_names()
    return {
        f"{names[one['beneficiary_id']]} {one['rule']}": Decimal(one["amount"])
        for one in money["lines"]
    }


def percent(rule_id: str, rate: str, who: str, base: str = "gross", **more: object) -> Any:
    return {
        "id": rule_id,
        "kind": "percent",
        "base": base,
        "beneficiary": who,
        "params": {"rate": rate},
        **more,
    }


def amount(rule_id: str, kind: str, who: str, field: str, value: str) -> Any:
    return {
        "id": rule_id,
        "kind": kind,
        "base": "gross",
        "beneficiary": who,
        "params": {field: value},
    }


@pytest.mark.parametrize(
    ("rules", "expected", "kept"),
    [
        ([percent("a", "0.333333", "op-a")], {"op-a a": "4.999995"}, "10.000005"),
        ([amount("a", "fixed", "op-a", "amount", "4.20")], {"op-a a": "4.2"}, "10.8"),
        ([amount("a", "per_unit", "op-a", "unit_price", "0.05")], {"op-a a": "0.15"}, "14.85"),
        ([REST], {"op-a rest": "15"}, "0"),
        (
            [percent("own", "0.1", "seller"), percent("a", "0.5", "op-b", "left"), REST],
            {"op-b a": "6.75", "op-a rest": "6.75"},
            "1.5",
        ),
        (
            [
                {
                    "id": "key",
                    "kind": "apportion",
                    "base": "net",
                    "params": {"weights": {"op-a": "1", "op-b": "1", "op-c": "1"}},
                },
                percent("own", "0.01", "seller"),
            ],
            {
                "op-a key": "4.673333333334",
                "op-b key": "4.673333333333",
                "op-c key": "4.673333333333",
            },
            "0.98",
        ),
    ],
)
async def test_an_agent_keeps_what_is_left(
    alliance: Alliance, rules: list[Any], expected: dict[str, str], kept: str
) -> None:
    order = await sell(alliance, rules)
    assert await shares(alliance) == {name: Decimal(one) for name, one in expected.items()}
    [sale] = (await journals_of(alliance, "t1"))["sale_agent"]
    own = [
        -entry.amount for entry in sale.entries if entry.account in ("REV_COMMISSION", "TAX_OUT")
    ]
    assert sum(own) == Decimal(kept)
    money = await alliance.ask("GET", "/v1/orders/ext:t1/money", status=200)
    assert Decimal(money["kept"]["amount"]) == Decimal(kept)
    for part in ("0.01", "7.77", None):
        body = {} if part is None else {"amount": part}
        await alliance.refunded("t1", item_id=order["items"][0]["id"], **body)
    assert await alliance.outstanding() == {}


async def test_a_principal_pays_its_partners_of_its_revenue(alliance: Alliance) -> None:
    await sell(alliance, [percent("a", "0.3", "op-a", "net")], role="principal")
    assert await shares(alliance) == {"op-a a": Decimal("4.206")}
    balances = await alliance.balances()
    assert balances["REV_TRANSPORT"] == "-14.02"
    assert balances["COST_OF_SHARES"] == "4.206"
    await alliance.refunded("t1", amount="5.00")
    await alliance.refunded("t1")
    assert await alliance.outstanding() == {}


async def test_what_a_partner_keeps_the_seller_bears(
    alliance: Alliance, provider: Provider
) -> None:
    """op-a keeps its share at a refund, op-b at a chargeback."""
    rules = [
        percent("a", "0.4", "op-a", on_refund="keep"),
        percent("b", "0.6", "op-b", on_chargeback="keep"),
    ]
    await sell(alliance, rules)
    await alliance.refunded("t1", amount="5.00")
    balances = await alliance.balances()
    assert (balances["SHARE_RELEASED"], balances["EXP_SHARES_KEPT"]) == ("-12", "2")
    await provider.told("t1", open_dispute=())
    balances = await alliance.balances()
    assert (balances["SHARE_RELEASED"], balances["EXP_SHARES_KEPT"]) == ("-8", "8")
    await provider.told("t1", win=())
    balances = await alliance.balances()
    assert (balances["SHARE_RELEASED"], balances["EXP_SHARES_KEPT"]) == ("-12", "2")
    await alliance.refunded("t1")
    balances = await alliance.balances()
    assert (balances["SHARE_RELEASED"], balances["EXP_SHARES_KEPT"]) == ("-6", "6")


async def test_a_fixed_commission_comes_off_the_statement(alliance: Alliance) -> None:
    rules = [
        percent("a", "0.5", "op-a"),
        percent("b", "0.5", "op-b"),
        {
            "id": "handling",
            "kind": "fixed",
            "params": {"amount": "0.30"},
            "deducted_from": "statement",
            "of": "b",
            "vat_rate": "0.19",
        },
    ]
    await sell(alliance, rules)
    statements = await alliance.close("2027-02-01")
    figures = {
        name: [one[part]["amount"] for part in ("share", "commission", "vat")]
        for name, one in statements.items()
    }
    assert figures == {
        "op-a": ["7.50", "0.00", "0.00"],
        "op-b": ["7.50", "0.30", "0.06"],
    }


async def test_shares_released_with_the_sale_fall_back_when_it_is_never_paid(
    alliance: Alliance,
) -> None:
    await alliance.ask("POST", "/v1/agreements", {"external_id": "r", "name": "r"}, status=201)
    await sign(alliance, "r", agreement_terms([REST], release="on_sale"))
    await offer(alliance, "unit", FIVE, agreement="r")
    lines = [{"plan": "unit", "quantity": "1"}]
    await alliance.buy("waits", lines=lines, method="tok_pending")
    balances = await alliance.outstanding()
    assert (balances["AR"], balances["SHARE_RELEASED"]) == ("5", "-5")
    await alliance.buy("never", lines=lines, method="tok_declined")
    await alliance.buy("paid", lines=lines)
    assert (await alliance.balances())["SHARE_RELEASED"] == "-10"
    journals = await journals_of(alliance, "paid")
    assert len(journals["shares_released"]) == 1  # not again when it is paid


@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        ([], "/terms/rules"),
        ([REST, percent("a", "0.1", "op-a")], "/terms/rules/1"),
        ([percent("a", "0.1", "op-a"), percent("a", "0.1", "op-b")], "/terms/rules/1/id"),
        ([{"id": "x", "kind": "magic", "base": "gross"}], "/terms/rules/0/kind"),
        ([percent("a", "0.1", "op-a", bonus="0.2")], "/terms/rules/0/bonus"),
        (
            [
                {
                    "id": "k",
                    "kind": "apportion",
                    "base": "gross",
                    "params": {"weights": {"op-a": "0"}},
                }
            ],
            "/terms/rules/0/params/weights",
        ),
        ([percent("a", "0.1", "nobody")], "/beneficiary"),
        ([percent("a", "0.1000000000001", "op-a")], "/terms/rules/0/params/rate"),
    ],
)
async def test_terms_that_are_wrong_are_named(
    alliance: Alliance, rules: list[Any], pointer: str
) -> None:
    await alliance.ask("POST", "/v1/agreements", {"external_id": "r", "name": "r"}, status=201)
    body = {"valid_from": "2027-01-01T00:00:00Z", "terms": agreement_terms(rules)}
    problem = await alliance.refuse("POST", "/v1/agreements/ext:r/versions", body)
    assert problem["errors"][0]["pointer"] == pointer, problem
    assert (await alliance.ask("GET", "/v1/agreements/ext:r/versions", status=200))["data"] == []
