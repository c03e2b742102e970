"""The showcase's tenant: a transport alliance with its operators, customers, offers, agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from groschen.adapters.bank.sandbox import magic_iban
from groschen.demo.api import Api, Json
from groschen.kit.ids import decode_id, new_id
from groschen.kit.permissions import PERMISSIONS

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
    tenant_id = await _found_tenant(client, platform)
    acting = Api(client, platform.key, tenant_id)
    key = await _key(acting, "Kasse")
    api = Api(client, key)
    approver = Api(client, await _key(acting, "Buchhaltung, zweite Person"))
    await api.patch("/v1/tenants/current", {"debtor": {"name": NAME, "iban": magic_iban(None, 1)}})
    partner_ids = {
        operator_id(index): await _operator(api, index) for index in range(len(numbers.legs))
    }
    for external_id, kind, name in CUSTOMERS:
        await _customer(api, external_id, kind, name)
    await _agree(api, numbers)
    await _offer(api, numbers, cards_url)
    return Alliance(
        decode_id("ten", tenant_id), key, api, approver, partner_ids, await _sign_in_link(api)
    )


async def _found_tenant(client: httpx2.AsyncClient, platform: Platform) -> str:
    """Return the public id of a new test tenant below the platform's test twin."""
    above = Api(client, platform.key)
    twin_id: str | None = (await above.get("/v1/tenants/current"))["twin_tenant_id"]
    if twin_id is None:
        twin_id = (await above.post("/v1/tenants/current/test_twin"))["id"]
    body = {
        "external_id": f"waterkant-{new_id()}",
        "name": NAME,
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "home_currency": "EUR",
        "funds_model": "agent_for_payee",
        "test_now": "2027-01-01T08:00:00+01:00",
    }
    tenant: Json = await Api(client, platform.key, twin_id).post("/v1/tenants", body)
    return str(tenant["id"])


async def _key(acting: Api, name: str) -> str:
    made = await acting.post("/v1/api_keys", {"name": name, "permissions": sorted(PERMISSIONS)})
    return str(made["secret"])


async def _operator(api: Api, index: int) -> str:
    name = OPERATORS[index]
    party = await api.post(
        "/v1/parties",
        {
            "external_id": operator_id(index),
            "kind": "organisation",
            "name": name,
            "roles": ["partner", "payee"],
            "country": "DE",
        },
    )
    await api.post(
        f"/v1/parties/{party['id']}/payout_accounts",
        {"currency": "EUR", "holder": name, "iban": magic_iban(None, 1000 + index)},
    )
    return str(party["id"])


async def _customer(api: Api, external_id: str, kind: str, name: str) -> None:
    body: Json = {
        "external_id": external_id,
        "kind": kind,
        "roles": ["customer"],
        "country": "DE",
    }
    own = {"details": {"name": name}} if kind == "person" else {"name": name}
    await api.post("/v1/parties", body | own)
    await api.post("/v1/accounts", {"party": f"ext:{external_id}", "external_id": external_id})


async def _agree(api: Api, numbers: EticketNumbers) -> None:
    """Sign the clearing agreement: fares by kilometres, commission on the statement."""
    await api.post("/v1/agreements", {"external_id": "clearing", "name": "Clearing 2027"})
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
    version = await api.post(
        "/v1/agreements/ext:clearing/versions", {"valid_from": STARTS, "terms": terms}
    )
    await api.post(f"/v1/agreements/versions/{version['id']}/sign_off", {"hash": version["hash"]})


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
        body = {"external_id": plan, "product": "ext:einzelticket", "name": name}
        await api.post("/v1/plans", body)
        await api.post(f"/v1/plans/ext:{plan}/versions", {"terms": _terms(numbers, steps)})


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


async def _sign_in_link(api: Api) -> str:
    user = await api.post(
        "/v1/users",
        {"email": "leitung@waterkant.example", "name": "Ada Berg", "role": "administrator"},
    )
    link = await api.post(f"/v1/users/{user['id']}/sign_in_links")
    return str(link["path"])
