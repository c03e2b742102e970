"""The story's seller: a data platform with companies as customers and a marketplace."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
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
from groschen.demo.iot.numbers import COMPANIES

if TYPE_CHECKING:
    import httpx2

    from groschen.demo.api import Api, Json
    from groschen.demo.founding import Founded
    from groschen.demo.installation import Platform
    from groschen.demo.iot.numbers import Plot, Tariff

NAME: Final = "Leuchtfeuer Daten"
FOUNDED: Final = "2027-02-28T12:00:00+01:00"
STARTS: Final = "2027-03-01T00:00:00+01:00"
ENDS: Final = "2027-04-01T00:00:00+02:00"
AGREED: Final = "2027-02-01T00:00:00+01:00"
PLAN: Final = "plattform"
SETUP_PLAN: Final = "einrichtung"
MARKETPLACE: Final = "marktplatz"
MESSAGE: Final = "iot.nachricht"
LABELS: Final = {
    "platform": "Plattform je Gerät",
    "messages": "Nachrichten",
    "volume": "Datenvolumen",
    "minimum": "Mindestumsatz",
}
"""What bills call the components."""
SELLER: Final = {
    "name": NAME,
    "street": "Speicherstraße 12",
    "postal_code": "20457",
    "town": "Hamburg",
    "country": "DE",
    "vat_id": "DE123456789",
    "iban": "DE02120300000000202051",
    "prefix": "LF-",
    "credit_prefix": "LFG-",
}


@dataclass(frozen=True, slots=True)
class Company:
    """The platform's tenant; ``accounts`` are its customers' in the order of the plot."""

    founded: Founded
    accounts: tuple[Json, ...]
    partner_ids: dict[str, str]
    link_path: str

    @property
    def api(self) -> Api:
        """Works."""
        return self.founded.api

    @property
    def approver(self) -> Api:
        """A second person."""
        return self.founded.approver


def customer_id(company: int) -> str:
    """The external id of a customer."""
    return f"kunde-{company + 1:02d}"


def device_name(device: int) -> str:
    """What messages call a device."""
    return f"geraet-{device + 1:05d}"


async def found_company(client: httpx2.AsyncClient, platform: Platform, plot: Plot) -> Company:
    """Found the platform with its marketplace, its offers, customers and their contracts."""
    founded = await found(client, platform, NewTenant("leuchtfeuer", NAME, "principal", FOUNDED))
    api = founded.api
    await api.put("/v1/seller", SELLER)
    partner_id = await add_partner(api, MARKETPLACE, "Marktplatz der Dinge", 3000)
    await agree(api, "vermittlung", "Vermittlung 2027", _commission(), AGREED)
    await _sell(api, plot.tariff)
    accounts = [await _customer(api, company) for company in range(len(plot.devices))]
    for company, devices in enumerate(plot.devices):
        await _subscribe(api, company, devices)
    link_path = await sign_in_link(api, "leitung@leuchtfeuer.example", "Ole Thomsen")
    return Company(founded, tuple(accounts), {MARKETPLACE: partner_id}, link_path)


def _commission() -> Json:
    rule = {
        "id": "provision",
        "kind": "percent",
        "base": "net",
        "params": {"rate": "0.15"},
        "beneficiary": MARKETPLACE,
        "on_refund": "return",
    }
    return {
        "currency": "EUR",
        "seller_role": "principal",
        "release": "on_payment",
        "rules": [rule],
        "settlement": {"period": "month", "min_payout": "0", "supply_vat_rate": "0.19"},
    }


async def _sell(api: Api, tariff: Tariff) -> None:
    for name, terms in (
        ("nachrichten", {"event_type": MESSAGE, "aggregation": "count"}),
        ("volumen", {"event_type": MESSAGE, "aggregation": "sum", "value": "kilobytes"}),
    ):
        body = {"external_id": name, "name": name.title(), "terms": terms}
        await api.post("/v1/meters", body)
    product = {"external_id": "daten", "name": "Datenplattform", "tax_class": "standard"}
    await api.post("/v1/products", product)
    await offer(api, "daten", PLAN, "Plattform je Gerät", _platform(tariff))
    await offer(api, "daten", SETUP_PLAN, "Einrichtung vor Ort", _setup())


def _platform(tariff: Tariff) -> Json:
    tiers = [
        {"up_to": str(tariff.free), "unit_price": "0"},
        {"up_to": str(tariff.middle), "unit_price": "0.02"},
        {"unit_price": "0.01"},
    ]
    package = {
        "currency": "EUR",
        "package_size": str(tariff.package_kilobytes),
        "package_price": "1.20",
        "free_units": str(tariff.free_kilobytes),
    }
    platform: Json = {
        "id": "platform",
        "kind": "recurring",
        "price": _price("per_unit", unit_price="1.50"),
        "every": "month",
        "timing": "advance",
        "label": LABELS["platform"],
    }
    messages: Json = {
        "id": "messages",
        "kind": "usage",
        "meter": "nachrichten",
        "price": _price("graduated", tiers=tiers),
        "every": "month",
        "label": LABELS["messages"],
    }
    volume: Json = {
        "id": "volume",
        "kind": "usage",
        "meter": "volumen",
        "price": {"kind": "package", "params": package},
        "every": "month",
        "label": LABELS["volume"],
        "unit": "kB",
    }
    minimum: Json = {
        "id": "minimum",
        "kind": "minimum",
        "amount": f"{Decimal(tariff.minimum_cents).scaleb(-2):f}",
        "of": ["messages", "volume"],
        "every": "month",
        "label": LABELS["minimum"],
    }
    return _terms([platform, messages, volume, minimum])


def _setup() -> Json:
    price = _price("flat", amount="1000.00")
    refund = {"refund": {"fee": "0.00", "fee_tax_class": "standard"}}
    return _terms([{"id": "setup", "price": price}]) | refund


def _price(kind: str, **params: object) -> Json:
    return {"kind": kind, "params": {"currency": "EUR", **params}}


def _terms(components: list[Json]) -> Json:
    return {
        "currency": "EUR",
        "basis": "net",
        "components": components,
        "agreement": "vermittlung",
        "revenue_account": "REVENUE",
    }


async def _customer(api: Api, company: int) -> Json:
    address: Json = {
        "street": f"Gewerbering {company + 1}",
        "postal_code": "20459",
        "town": "Hamburg",
        "country": "DE",
    }
    name = f"{COMPANIES[company]} GmbH"
    return await add_customer(api, customer_id(company), "organisation", name, address=address)


async def _subscribe(api: Api, company: int, devices: tuple[int, ...]) -> None:
    """Subscribe for all devices of a company, from March on."""
    item = {
        "plan": PLAN,
        "quantity": str(len(devices)),
        "subjects": [device_name(device) for device in devices],
    }
    body = {
        "external_id": customer_id(company),
        "account": customer_id(company),
        "items": [item],
        "starts_at": STARTS,
    }
    await api.post("/v1/subscriptions", body)
