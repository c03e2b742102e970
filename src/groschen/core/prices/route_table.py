"""A table of fares: a route has a price, and legs that say who carries it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from groschen.core.errors import GroschenError, Kind
from groschen.core.fields import FieldInvalid, Fields, join
from groschen.core.money import Money, WeightsAllZero, amount_text, multiply, round12
from groschen.core.prices.model import (
    AdditivePrice,
    Fact,
    FactIncomplete,
    Leg,
    PriceLine,
    price_model,
    quantity_of,
)
from groschen.core.totals import State, StateClass

_SHOWN_ROUTES = 10


class RouteUnknown(GroschenError):
    """The table of fares has no such route."""

    code = "route_unknown"
    kind = Kind.UNPROCESSABLE


@dataclass(frozen=True, slots=True)
class Route:
    """What one journey costs and who carries it; the legs do not change the fare."""

    fare: Money
    legs: tuple[Leg, ...]


@price_model("route_table", state=StateClass.ADDITIVE)
@dataclass(frozen=True, slots=True)
class RouteTablePrice(AdditivePrice):
    """``fare`` of the fact's route for each unit of its quantity."""

    needs_quantity_only = False

    table_currency: str
    routes: Mapping[str, Route]

    @property
    def currency(self) -> str:
        """The currency of every fare in the table."""
        return self.table_currency

    @classmethod
    def from_params(cls, params: Fields) -> Self:
        """Read {"currency": "EUR", "routes": {"A-B": {"fare": "12.90", "legs": [...]}}}."""
        currency = params.currency()
        routes = {
            name: _read_route(Fields(entry, join(params.at("routes"), name)), currency)
            for name, entry in params.items("routes")
        }
        return cls(currency, routes)

    def to_params(self) -> dict[str, object]:
        """The stored form."""
        routes = {name: _route_params(route) for name, route in self.routes.items()}
        return {"currency": self.currency, "routes": routes}

    def cells(self, fact: Fact) -> tuple[tuple[str, Decimal], ...]:
        """The quantity counts for the fact's route; raises ``RouteUnknown``."""
        name, _ = self._route_of(fact)
        return ((name, quantity_of(fact)),)

    def lines(self, state: State) -> tuple[PriceLine, ...]:
        """One line for each route travelled, by name."""
        return tuple(self._line(name, quantity) for name, quantity in sorted(state.items()))

    def legs_for(self, fact: Fact) -> tuple[Leg, ...]:
        """The legs of the fact's route; raises ``RouteUnknown``."""
        _, route = self._route_of(fact)
        return route.legs

    def _line(self, name: str, quantity: Decimal) -> PriceLine:
        fare = self.routes[name].fare
        amount = round12(multiply(fare.amount, quantity))
        return PriceLine(name, quantity, fare, Money(amount, self.currency))

    def _route_of(self, fact: Fact) -> tuple[str, Route]:
        name = fact.get("route")
        if not isinstance(name, str):
            raise FactIncomplete(
                "the fact names no route", field="route", hint="give the name of a route"
            )
        route = self.routes.get(name)
        if route is None:
            known = sorted(self.routes)
            shown = ", ".join(known[:_SHOWN_ROUTES]) + (", ..." if known[_SHOWN_ROUTES:] else "")
            raise RouteUnknown(
                f"the price has no route {name!r}",
                field="route",
                hint=f"choose one of: {shown}; or publish a version with this route",
                route=name,
            )
        return name, route


def _read_route(fields: Fields, currency: str) -> Route:
    fare = fields.money("fare", currency)
    legs = tuple(_read_legs(fields))
    fields.finish()
    if not any(leg.weight for leg in legs):
        raise WeightsAllZero(
            f"all legs of {fields.path} have weight zero",
            field=fields.at("legs"),
            hint="give at least one leg a weight above zero",
        )
    return Route(fare, legs)


def _read_legs(fields: Fields) -> Iterator[Leg]:
    operators: set[str] = set()
    for entry in fields.objects("legs"):
        leg = Leg(entry.text("operator"), entry.decimal("weight"))
        entry.finish()
        if leg.operator in operators:
            raise FieldInvalid(
                f"{leg.operator} has two legs in {fields.path}",
                field=entry.at("operator"),
                hint="add the weights of both into one leg",
            )
        operators.add(leg.operator)
        yield leg


def _route_params(route: Route) -> dict[str, object]:
    legs = [{"operator": leg.operator, "weight": f"{leg.weight:f}"} for leg in route.legs]
    return {"fare": amount_text(route.fare.amount, route.fare.currency), "legs": legs}
