"""The story's sellers: utilities with prepaid meters, each a tenant below their supplier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from groschen.demo.electricity.supplier import FOUNDED, add_meter, components, offer_to
from groschen.demo.electricity.supplier import NAME as SUPPLIER_TITLE
from groschen.demo.founding import (
    NewTenant,
    add_customer,
    add_partner,
    found,
    offer,
    sign_in_link,
)

if TYPE_CHECKING:
    import httpx2

    from groschen.demo.api import Api, Json
    from groschen.demo.electricity.numbers import Household
    from groschen.demo.electricity.supplier import Supplier
    from groschen.demo.founding import Founded
    from groschen.demo.installation import Platform

REGION: Final = "DE-BY"
STARTS: Final = "2027-03-05T00:00:00+01:00"
PLAN: Final = "hausstrom-prepaid"
SUPPLIER: Final = "vorlieferant"
INSTANT_TRANSFER: Final = "bank_instant"


@dataclass(frozen=True, slots=True)
class Utility:
    """A utility and its households; ``accounts`` are theirs by name, as the API shows them.

    ``external_id`` is what its supplier calls it.
    """

    external_id: str
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
    supplier: Supplier,
    place: tuple[str, str],
    households: tuple[Household, ...],
) -> Utility:
    """Found a utility below the supplier, its offer, its households and their wallets.

    ``place`` is its external id and its name.
    """
    external_id, name = place
    tenant = NewTenant(external_id, name, "principal", FOUNDED)
    founded = await found(client, platform, tenant, supplier.founded)
    partner_id = await add_partner(founded.api, SUPPLIER, SUPPLIER_TITLE, 2000)
    await _sell(founded, external_id, await offer_to(supplier, founded, external_id))
    accounts = {one.name: await _open(founded, one) for one in households}
    link_path = await sign_in_link(founded.api, f"leitung@{external_id}.example", "Mia Brandt")
    return Utility(external_id, founded, households, accounts, {SUPPLIER: partner_id}, link_path)


async def _sell(founded: Founded, external_id: str, bought: Json) -> None:
    """Accept what the supplier offers, and sell it on at prices of one's own."""
    api = founded.api
    acceptance = {"version": bought["version"], "hash": bought["hash"], "supplier": SUPPLIER}
    await api.post(f"/v1/offers/ext:{external_id}/accept", acceptance)
    await add_meter(api)
    product = {"external_id": "strom", "name": "Strom", "tax_class": "standard"}
    await api.post("/v1/products", product)
    terms = components("0.32", "0.36", "REV_ENERGY", "REV_BASE")
    wholesale = {"offer": external_id, "version": bought["version"]}
    sold = terms | {"agreement": bought["agreement"], "wholesale": wholesale}
    await offer(api, "strom", PLAN, "Hausstrom Prepaid", sold)


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
