"""The supplier above both utilities: what it offers them, and whom it pays for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from groschen.demo.founding import (
    NewTenant,
    add_customer,
    add_partner,
    agree,
    found,
    offer,
    sign_in_link,
)
from groschen.demo.waiting import wait_until

if TYPE_CHECKING:
    import httpx2

    from groschen.demo.api import Api, Json
    from groschen.demo.founding import Founded
    from groschen.demo.installation import Platform

NAME: Final = "Überlandwerk Süd"
FOUNDED: Final = "2027-03-04T12:00:00+01:00"
AGREED: Final = "2027-03-01T00:00:00+01:00"
PLAN: Final = "vorlieferung"
READING: Final = "strom.viertelstunde"
GRID: Final = "netzbetreiber"
METERING: Final = "messstellenbetreiber"
PLATFORM: Final = "plattform"
PARTNERS: Final = {
    GRID: "Netz Süd",
    METERING: "Messdienst Isar",
    PLATFORM: "Abrechnungsplattform",
}
OFFER_SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class Supplier:
    """The supplier and whom it pays; ``buyers`` are its customers' accounts by external id."""

    founded: Founded
    partner_ids: dict[str, str]
    buyers: dict[str, Json]
    link_path: str

    @property
    def api(self) -> Api:
        """Works."""
        return self.founded.api

    @property
    def approver(self) -> Api:
        """A second person."""
        return self.founded.approver


async def found_supplier(client: httpx2.AsyncClient, platform: Platform) -> Supplier:
    """Found the supplier with its plan, and the agreement with those it pays for each use."""
    founded = await found(client, platform, NewTenant("suedwerk", NAME, "principal", FOUNDED))
    api = founded.api
    partner_ids = {
        name: await add_partner(api, name, title, 2100 + index)
        for index, (name, title) in enumerate(PARTNERS.items())
    }
    await agree(api, "kosten", "Netz, Messung, Plattform 2027", _costs(), AGREED)
    await add_meter(api)
    product = {"external_id": "strom", "name": "Strom", "tax_class": "standard"}
    await api.post("/v1/products", product)
    terms = components("0.28", "0.32", "REV_WHOLESALE", "REV_WHOLESALE")
    await offer(api, "strom", PLAN, "Vorlieferung", terms | {"agreement": "kosten"})
    link_path = await sign_in_link(api, "leitung@suedwerk.example", "Lea Kern")
    return Supplier(founded, partner_ids, {}, link_path)


async def add_meter(api: Api) -> None:
    """Publish what counts: the kWh of quarter hours."""
    terms = {"event_type": READING, "aggregation": "sum", "value": "kwh"}
    await api.post("/v1/meters", {"external_id": "strom", "name": "Stromzähler", "terms": terms})


def components(energy: str, base: str, energy_account: str, base_account: str) -> Json:
    """Terms of a plan: so much a kWh by the month, so much a day, net."""
    return {
        "currency": "EUR",
        "basis": "net",
        "components": [
            {
                "id": "energy",
                "kind": "usage",
                "meter": "strom",
                "price": _per_unit(energy),
                "every": "month",
                "revenue_account": energy_account,
                "label": "Energie",
                "unit": "kWh",
            },
            {
                "id": "base",
                "kind": "recurring",
                "price": _per_unit(base),
                "every": "day",
                "timing": "arrears",
                "revenue_account": base_account,
                "label": "Grundpreis",
                "unit": "Tage",
            },
        ],
        "revenue_account": energy_account,
    }


def _per_unit(price: str) -> Json:
    return {"kind": "per_unit", "params": {"currency": "EUR", "unit_price": price}}


def _costs() -> Json:
    return {
        "currency": "EUR",
        "seller_role": "principal",
        "release": "on_sale",
        "rules": [
            _cost("netz", "0.095", GRID, "energy"),
            _cost("messung", "0.046", METERING, "base"),
            _cost("abrechnung", "0.02", PLATFORM, "base"),
        ],
        "settlement": {"period": "month", "min_payout": "0"},
    }


def _cost(name: str, price: str, partner: str, component: str) -> Json:
    return {
        "id": name,
        "kind": "per_unit",
        "base": "net",
        "params": {"unit_price": price},
        "beneficiary": partner,
        "components": [component],
    }


async def offer_to(supplier: Supplier, reseller: Founded, external_id: str) -> Json:
    """Offer the plan to a tenant below; return the offer's version once it has come down."""
    api = supplier.api
    account = await add_customer(api, external_id, "organisation", reseller.name)
    supplier.buyers[external_id] = account
    body = {
        "external_id": external_id,
        "tenant": reseller.public_id,
        "account": external_id,
        "plan": PLAN,
        "corridors": {"energy": {"lowest": "0.25", "highest": "0.40"}},
        "brand_slots": ["name"],
    }
    await api.post("/v1/offers", body)

    async def look() -> Json:
        return await reseller.api.get("/v1/offers")

    found = await wait_until(
        "the offer has come down", look, lambda page: bool(page["data"]), OFFER_SECONDS
    )
    version: Json = found["data"][0]["versions"][0]
    return version


async def is_in_step(api: Api) -> bool:
    """Whether nothing is in transit between a tenant and those above and below it."""
    levels = (await api.get("/v1/levels"))["data"]
    return all(not one["in_transit"] for one in levels)
