"""The showcase's tenant: a transport alliance with its operators, customers, offers, agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from groschen.demo.api import Api, Json
from groschen.demo.founding import (
    NewTenant,
    add_customer,
    add_partner,
    agree,
    found,
    offer,
    sign_in_link,
)

if TYPE_CHECKING:
    import httpx2

    from groschen.demo.installation import Platform
    from groschen.demo.numbers import EticketNumbers

NAME: Final = "Verkehrsverbund Waterkant"
ROUTE: Final = "NORDSTADT-HAFEN"
STARTS: Final = "2027-01-01T00:00:00+01:00"
LEAST_PAYOUT: Final = "1.00"
VALID_MINUTES: Final = 24 * 60
OPERATORS: Final = (
    "Nordbahn",
    "Stadtwerke Mitte",
    "Hafenfähren",
    "Küstenbus",
    "Elbtalbahn",
    "Heidebahn",
    "Inselfähren",
    "Ostseebus",
    "Marschbahn",
    "Geestverkehr",
    "Moorexpress",
    "Alstertram",
    "Deichbus",
    "Fördeschiffe",
    "Hansebahn",
    "Wattbus",
    "Seenbahn",
    "Holmverkehr",
    "Auetalbahn",
    "Weserfähren",
)
CUSTOMERS: Final = (
    ("petersen", "person", "Jana Petersen"),
    ("yilmaz", "person", "Murat Yılmaz"),
    ("soerensen", "person", "Lene Sørensen"),
    ("klinikum", "organisation", "Klinikum Nordstadt"),
    ("hochschule", "organisation", "Hochschule am Hafen"),
)
TICKET: Final = "einzelticket"
TICKET_AND_CARD: Final = "einzelticket-karte"
TICKET_AND_LETTER: Final = "einzelticket-brief"


@dataclass(frozen=True, slots=True)
class Alliance:
    """The tenant and two keys of it: ``api`` (by ``key``) works, ``approver`` is a second person.

    ``partner_ids`` are the operators' public ids by their external ids, in the order of the
    legs. ``link_path`` signs in to the console once.
    """

    tenant_id: UUID
    key: str
    api: Api
    approver: Api
    partner_ids: dict[str, str]
    link_path: str

    @property
    def partners(self) -> tuple[str, ...]:
        """The operators' external ids in the order of the legs."""
        return tuple(self.partner_ids)


def operator_id(index: int) -> str:
    """Return the external id of the operator of a leg: op-a, op-b, ..."""
    return f"op-{chr(ord('a') + index)}"


async def found_alliance(
    client: httpx2.AsyncClient, platform: Platform, numbers: EticketNumbers, cards_url: str
) -> Alliance:
    """Found the alliance as a test tenant and give it everything it sells with."""
    tenant = NewTenant("waterkant", NAME, "agent_for_payee", "2027-01-01T08:00:00+01:00")
    founded = await found(client, platform, tenant)
    api = founded.api
    partner_ids = {
        operator_id(index): await add_partner(
            api, operator_id(index), OPERATORS[index], 1000 + index
        )
        for index in range(len(numbers.legs))
    }
    for external_id, kind, name in CUSTOMERS:
        await add_customer(api, external_id, kind, name)
    await _agree(api, numbers)
    await _offer(api, numbers, cards_url)
    link_path = await sign_in_link(api, "leitung@waterkant.example", "Ada Berg")
    return Alliance(founded.tenant_id, founded.key, api, founded.approver, partner_ids, link_path)


async def _agree(api: Api, numbers: EticketNumbers) -> None:
    """Sign the clearing agreement: fares by kilometres, commission on the statement."""
    commission = {
        "id": "commission",
        "kind": "percent",
        "params": {"rate": f"{numbers.commission.scaleb(-2):f}"},
        "deducted_from": "statement",
        "vat_rate": "0.19",
        "on_refund": "return",
        "on_chargeback": "keep",
    }
    terms = {
        "currency": "EUR",
        "seller_role": "agent",
        "release": "on_payment",
        "rules": [
            {"id": "fare", "kind": "apportion", "base": "gross", "params": {"weights": "legs"}},
            commission,
        ],
        "settlement": {"period": "month", "min_payout": LEAST_PAYOUT},
    }
    await agree(api, "clearing", "Clearing 2027", terms, STARTS)


async def _offer(api: Api, numbers: EticketNumbers, cards_url: str) -> None:
    """Publish one fare as three plans that differ in what is delivered."""
    await api.post(
        "/v1/products",
        {"external_id": "einzelticket", "name": "Einzelticket", "tax_class": "reduced"},
    )
    ticket: Json = {"step": "ticket", "adapter": "ticket"}
    card: Json = {
        "step": "card",
        "adapter": "webhook",
        "after": ["ticket"],
        "settings": {"url": cards_url},
    }
    letter: Json = {"step": "letter", "adapter": "manual", "after": ["ticket"]}
    for plan, name, steps in (
        (TICKET, "Einzelticket", [ticket]),
        (TICKET_AND_CARD, "Einzelticket mit Chipkarte", [ticket, card]),
        (TICKET_AND_LETTER, "Einzelticket per Brief", [ticket, letter]),
    ):
        await offer(api, "einzelticket", plan, name, _terms(numbers, steps))


def _terms(numbers: EticketNumbers, steps: list[Json]) -> Json:
    legs = [
        {"operator": operator_id(index), "weight": f"{leg:f}"}
        for index, leg in enumerate(numbers.legs)
    ]
    routes = {ROUTE: {"fare": f"{numbers.fare:f}", "legs": legs}}
    price = {"kind": "route_table", "params": {"currency": "EUR", "routes": routes}}
    return {
        "currency": "EUR",
        "basis": "gross",
        "components": [{"id": "fare", "price": price}],
        "agreement": "clearing",
        "revenue_account": "REV_TRANSPORT",
        "valid_minutes": VALID_MINUTES,
        "delivery": steps,
        "refund": {"fee": f"{numbers.cancel_fee:f}", "fee_tax_class": "standard"},
    }
