"""Terms of plans for tests."""

from __future__ import annotations

from typing import Any


def route_price(**routes: str) -> dict[str, Any]:
    """A fare for each route, carried by two operators."""
    return {
        "kind": "route_table",
        "params": {
            "currency": "EUR",
            "routes": {
                name: {
                    "fare": fare,
                    "legs": [
                        {"operator": "nordbahn", "weight": "8.4"},
                        {"operator": "stadtbus", "weight": "3.9"},
                    ],
                }
                for name, fare in routes.items()
            },
        },
    }


def ticket(fare: str = "12.90", **changes: Any) -> dict[str, Any]:
    """The terms of a ticket; ``changes`` replace fields."""
    terms: dict[str, Any] = {
        "currency": "EUR",
        "basis": "gross",
        "components": [{"id": "fare", "price": route_price(CENTRE_HARBOUR=fare)}],
        "agreement": "alliance",
        "revenue_account": "REV_TRANSPORT",
        "valid_minutes": 120,
        "delivery": [
            {"step": "ticket", "adapter": "ticket", "after": [], "settings": {}},
            {"step": "mail", "adapter": "webhook", "after": ["ticket"], "settings": {"retries": 3}},
        ],
        "refund": {"fee": "2.00", "fee_tax_class": "standard"},
    }
    return {**terms, **changes}
