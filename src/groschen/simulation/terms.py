"""Draws what tenants agree and sell: agreements, routes, fares with awkward fractions.

The rules never give away more than a line has, so that every sale of a known plan succeeds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.simulation.chance import Chance
    from groschen.simulation.model.sharing import Json

FARES: Final = ("12.90", "10.00", "0.01", "0.07", "99.99", "3.335", "7.1", "1234.56", "0.004")
"""Among them one that comes out as nothing, unless somebody buys two."""
RATES: Final = ("1", "1", "0.94", "0.333333333333", "0.5")
COMMISSIONS: Final = ("0.06", "0.0333", "0.1", "0.005")
ROUTES: Final = ("CENTRE-HARBOUR", "NORTH-SOUTH", "RING")


def agreement(
    chance: Chance, role: str, release: str, partners: Sequence[str], *, is_plain: bool
) -> Json:
    """Terms that share a line between ``partners``, by its legs, a key, or to one of them.

    Under plain terms nobody keeps anything of what is undone.
    """
    rules = _first_rules(chance, partners)
    rules.append(_last_rule(chance, partners))
    rules += _statement_rules(chance, role)
    for rule in rules if is_plain else ():
        rule |= {"on_refund": "return", "on_chargeback": "return"}
    settlement: Json = {"period": "month", "min_payout": chance.pick(("0.00", "10.00", "25.50"))}
    if role == "principal":
        settlement["supply_vat_rate"] = chance.pick(("0", "0.07", "0.19"))
    return {
        "currency": "EUR",
        "seller_role": role,
        "release": release,
        "rules": rules,
        "settlement": settlement,
    }


def _first_rules(chance: Chance, partners: Sequence[str]) -> list[Json]:
    rules: list[Json] = []
    if chance.one_in(2):
        rules.append(
            {
                "id": "agency",
                "kind": "percent",
                "base": "left",
                "params": {"rate": chance.decimal(1, 250_000, 6)},
                "beneficiary": chance.pick([*partners, "seller"]),
                "on_refund": chance.weighted({"return": 3, "keep": 1}),
                "on_chargeback": chance.weighted({"return": 3, "keep": 1}),
            }
        )
    if chance.one_in(3):
        rules.append(
            {
                "id": "pool",
                "kind": "percent",
                "base": "left",
                "params": {"rate": "0.0125"},
                "beneficiary": chance.pick(partners),
            }
        )
    return rules


def _last_rule(chance: Chance, partners: Sequence[str]) -> Json:
    kind = chance.weighted({"legs": 6, "key": 2, "residual": 1})
    if kind == "residual":
        return {"id": "rest", "kind": "residual", "beneficiary": chance.pick(partners)}
    weights: object = "legs"
    if kind == "key":
        weights = {name: chance.decimal(1, 50_000, 3) for name in partners}
    return {
        "id": "fare",
        "kind": "apportion",
        "base": "left",
        "params": {"rate": chance.pick(RATES), "weights": weights},
    }


def _statement_rules(chance: Chance, role: str) -> list[Json]:
    if role == "principal" or chance.one_in(4):
        return []
    rules: list[Json] = [
        {
            "id": "commission",
            "kind": "percent",
            "params": {"rate": chance.pick(COMMISSIONS)},
            "deducted_from": "statement",
            "vat_rate": "0.19",
            "on_refund": chance.weighted({"return": 3, "keep": 1}),
            "on_chargeback": chance.weighted({"return": 1, "keep": 1}),
        }
    ]
    if chance.one_in(3):
        rules.append(
            {
                "id": "listing",
                "kind": "percent",
                "params": {"rate": "0.0075"},
                "deducted_from": "statement",
                "vat_rate": "0.07",
            }
        )
    return rules


def plan(
    chance: Chance, agreement_id: str | None, partners: Sequence[str], *, is_plain: bool
) -> Json:
    """Terms of a plan whose routes are travelled with ``partners``.

    To give back a plain one costs nothing.
    """
    fee = "0.00" if is_plain else chance.pick(("0.00", "0.50", "2.00"))
    routes = {name: _route(chance, partners) for name in ROUTES}
    price: Json = {"kind": "route_table", "params": {"currency": "EUR", "routes": routes}}
    return {
        "currency": "EUR",
        "basis": chance.pick(("gross", "gross", "net")),
        "components": [{"id": "fare", "price": price}],
        "agreement": agreement_id,
        "revenue_account": "REV_TRANSPORT",
        "valid_minutes": 120,
        "delivery": _delivery(chance),
        "refund": {"fee": fee, "fee_tax_class": "standard"},
    }


def merchandise(chance: Chance) -> Json:
    """Terms of a plan that nobody shares in."""
    return {
        "currency": "EUR",
        "basis": "net",
        "components": [
            {
                "id": "piece",
                "price": {
                    "kind": "per_unit",
                    "params": {"currency": "EUR", "unit_price": chance.decimal(500, 9_999, 4)},
                },
            }
        ],
        "agreement": None,
        "revenue_account": "REV_TRANSPORT",
        "valid_minutes": None,
        "delivery": [],
        "refund": {"fee": "0.00", "fee_tax_class": "standard"},
    }


def _route(chance: Chance, partners: Sequence[str]) -> Json:
    operators = chance.some(partners, chance.whole(1, len(partners)))
    fare = chance.pick([*FARES, chance.decimal(1, 9_999, 2), chance.decimal(100, 99_999, 4)])
    legs = [{"operator": name, "weight": chance.decimal(1, 40_000, 3)} for name in operators]
    return {"fare": fare, "legs": legs}


def _delivery(chance: Chance) -> list[Json]:
    ticket: Json = {"step": "ticket", "adapter": "ticket", "after": [], "settings": {}}
    check: Json = {"step": "check", "adapter": "manual", "after": ["ticket"], "settings": {}}
    return [ticket, check] if chance.one_in(4) else [ticket]
