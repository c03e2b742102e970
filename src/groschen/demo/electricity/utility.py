"""The story's sellers: utilities with prepaid meters that buy from one supplier."""

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

if TYPE_CHECKING:
    import httpx2

    from groschen.demo.api import Api, Json
    from groschen.demo.electricity.numbers import Household
    from groschen.demo.founding import Founded
    from groschen.demo.installation import Platform

REGION: Final = "DE-BY"
FOUNDED: Final = "2027-03-04T12:00:00+01:00"
STARTS: Final = "2027-03-05T00:00:00+01:00"
AGREED: Final = "2027-03-01T00:00:00+01:00"
PLAN: Final = "hausstrom-prepaid"
SUPPLIER: Final = "vorlieferant"
SUPPLIER_NAME: Final = "Überlandwerk Süd"
READING: Final = "strom.viertelstunde"
INSTANT_TRANSFER: Final = "bank_instant"


@dataclass(frozen=True, slots=True)
class Utility:
    """A utility and its households; ``accounts`` are theirs by name, as the API shows them."""

    founded: Founded
    households: tuple[Household, ...]
    accounts: dict[str, Json]
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


async def found_utility(
    client: httpx2.AsyncClient,
    platform: Platform,
    external_id: str,
    name: str,
    households: tuple[Household, ...],
) -> Utility:
    """Found a utility, its agreement with the supplier, its offer, households and wallets."""
    tenant = NewTenant(external_id, name, "principal", FOUNDED)
    founded = await found(client, platform, tenant)
    partner_id = await add_partner(founded.api, SUPPLIER, SUPPLIER_NAME, 2000)
    await agree(founded.api, "vorlieferung", "Vorlieferung 2027", _supply(), AGREED)
    await _sell(founded)
    accounts = {one.name: await _open(founded, one) for one in households}
    link_path = await sign_in_link(founded.api, f"leitung@{external_id}.example", "Mia Brandt")
    return Utility(founded, households, accounts, {SUPPLIER: partner_id}, link_path)


def _supply() -> Json:
    """The buy rate: by the kWh and by the day, net; the supplier charges VAT on it."""
    return {
        "currency": "EUR",
        "seller_role": "principal",
        "release": "on_payment",
        "rules": [_rule("kwh", "0.28", "energy"), _rule("day", "0.32", "base")],
        "settlement": {"period": "month", "min_payout": "0", "supply_vat_rate": "0.19"},
    }


def _rule(name: str, price: str, component: str) -> Json:
    return {
        "id": name,
        "kind": "per_unit",
        "base": "net",
        "params": {"unit_price": price},
        "beneficiary": SUPPLIER,
        "components": [component],
    }


async def _sell(founded: Founded) -> None:
    api = founded.api
    terms = {"event_type": READING, "aggregation": "sum", "value": "kwh"}
    await api.post("/v1/meters", {"external_id": "strom", "name": "Stromzähler", "terms": terms})
    product = {"external_id": "strom", "name": "Strom", "tax_class": "standard"}
    await api.post("/v1/products", product)
    await offer(api, "strom", PLAN, "Hausstrom Prepaid", _terms())


def _terms() -> Json:
    energy = {
        "id": "energy",
        "kind": "usage",
        "meter": "strom",
        "price": _per_unit("0.32"),
        "every": "month",
        "revenue_account": "REV_ENERGY",
        "label": "Energie",
        "unit": "kWh",
    }
    base = {
        "id": "base",
        "kind": "recurring",
        "price": _per_unit("0.36"),
        "every": "day",
        "timing": "arrears",
        "revenue_account": "REV_BASE",
        "label": "Grundpreis",
        "unit": "Tage",
    }
    return {
        "currency": "EUR",
        "basis": "net",
        "components": [energy, base],
        "agreement": "vorlieferung",
        "revenue_account": "REV_ENERGY",
    }


def _per_unit(price: str) -> Json:
    return {"kind": "per_unit", "params": {"currency": "EUR", "unit_price": price}}


async def _open(founded: Founded, household: Household) -> Json:
    """Add a household with its account and wallet; return the account."""
    api, name = founded.api, household.name
    account = await add_customer(api, name, "person", name.replace("-", " ").title())
    wallet = {
        "account": f"ext:{name}",
        "external_id": name,
        "vat_mode": "single_purpose",
        "legal_class": "own_goods",
        "tax_class": "standard",
        "emergency_limit": "10.00",
        "protected_region": REGION,
        "thresholds": ["5.00"],
    }
    await api.post("/v1/wallets", wallet)
    return account


async def connect(utility: Utility) -> None:
    """Let every household subscribe from the first day on, with its meter and wallet."""
    for one in utility.households:
        item = {"plan": PLAN, "quantity": "1", "subjects": [meter_of(one.name)]}
        body = {
            "external_id": one.name,
            "account": one.name,
            "items": [item],
            "starts_at": STARTS,
            "funding": "wallet",
            "wallet": f"ext:{one.name}",
        }
        await utility.founded.api.post("/v1/subscriptions", body)


def meter_of(name: str) -> str:
    """The meter of a household, as readings call it."""
    return f"zaehler-{name}"
