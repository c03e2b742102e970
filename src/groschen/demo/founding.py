"""Founding the tenants that stories are about: with a clock, keys, a way to sign in, offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from groschen.adapters.bank.sandbox import magic_iban
from groschen.demo.api import Api, Json
from groschen.kit.ids import decode_id, encode_id, new_id
from groschen.kit.permissions import PERMISSIONS

if TYPE_CHECKING:
    import httpx2

    from groschen.demo.installation import Platform


@dataclass(frozen=True, slots=True)
class NewTenant:
    """A tenant to found. ``external_id`` gets an end of its own, so that a story can be retold."""

    external_id: str
    name: str
    funds_model: str
    test_now: str


@dataclass(frozen=True, slots=True)
class Founded:
    """A tenant and two keys of it: ``api`` (by ``key``) works, ``approver`` is a second person."""

    tenant_id: UUID
    name: str
    key: str
    api: Api
    approver: Api

    @property
    def public_id(self) -> str:
        """The tenant's id as the API writes it."""
        return encode_id("ten", self.tenant_id)


async def found(
    client: httpx2.AsyncClient,
    platform: Platform,
    tenant: NewTenant,
    above: Founded | None = None,
) -> Founded:
    """Found a test tenant below another, or below the platform's test twin.

    It pays from an account of its own.
    """
    above_id = await _twin(client, platform) if above is None else above.public_id
    tenant_id = await _found_tenant(Api(client, platform.key, above_id), tenant)
    acting = Api(client, platform.key, tenant_id)
    key = await _key(acting, "Kasse")
    api = Api(client, key)
    approver = Api(client, await _key(acting, "Buchhaltung, zweite Person"))
    debtor = {"name": tenant.name, "iban": magic_iban(None, 1)}
    await api.patch("/v1/tenants/current", {"debtor": debtor})
    return Founded(decode_id("ten", tenant_id), tenant.name, key, api, approver)


async def _twin(client: httpx2.AsyncClient, platform: Platform) -> str:
    """Return the public id of the platform's test twin, which is made if need be."""
    api = Api(client, platform.key)
    twin_id: str | None = (await api.get("/v1/tenants/current"))["twin_tenant_id"]
    return twin_id or str((await api.post("/v1/tenants/current/test_twin"))["id"])


async def _found_tenant(above: Api, tenant: NewTenant) -> str:
    """Return the public id of a new test tenant."""
    body = {
        "external_id": f"{tenant.external_id}-{new_id()}",
        "name": tenant.name,
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "home_currency": "EUR",
        "funds_model": tenant.funds_model,
        "test_now": tenant.test_now,
    }
    made = await above.post("/v1/tenants", body)
    return str(made["id"])


async def _key(acting: Api, name: str) -> str:
    made = await acting.post("/v1/api_keys", {"name": name, "permissions": sorted(PERMISSIONS)})
    return str(made["secret"])


async def sign_in_link(api: Api, email: str, name: str) -> str:
    """Make an administrator and return the path that signs in to the console once."""
    user = await api.post("/v1/users", {"email": email, "name": name, "role": "administrator"})
    link = await api.post(f"/v1/users/{user['id']}/sign_in_links")
    return str(link["path"])


async def add_partner(api: Api, external_id: str, name: str, number: int) -> str:
    """Add a partner that is paid to an account of its own; ``number`` makes its IBAN."""
    party = await api.post(
        "/v1/parties",
        {
            "external_id": external_id,
            "kind": "organisation",
            "name": name,
            "roles": ["partner", "payee"],
            "country": "DE",
        },
    )
    await api.post(
        f"/v1/parties/{party['id']}/payout_accounts",
        {"currency": "EUR", "holder": name, "iban": magic_iban(None, number)},
    )
    return str(party["id"])


async def add_customer(api: Api, external_id: str, kind: str, name: str, **more: Json) -> Json:
    """Add a customer with one account of the same external id; return the account.

    A person's name is personal data; ``more`` are further details.
    """
    body: Json = {
        "external_id": external_id,
        "kind": kind,
        "roles": ["customer"],
        "country": "DE",
    }
    own: Json = {"details": {"name": name, **more}}
    if kind != "person":
        own = {"name": name, "details": more} if more else {"name": name}
    await api.post("/v1/parties", body | own)
    account = {"party": f"ext:{external_id}", "external_id": external_id}
    return await api.post("/v1/accounts", account)


async def agree(api: Api, external_id: str, name: str, terms: Json, valid_from: str) -> None:
    """Sign the first version of an agreement."""
    await api.post("/v1/agreements", {"external_id": external_id, "name": name})
    version = await api.post(
        f"/v1/agreements/ext:{external_id}/versions", {"valid_from": valid_from, "terms": terms}
    )
    await api.post(f"/v1/agreements/versions/{version['id']}/sign_off", {"hash": version["hash"]})


async def offer(api: Api, product: str, plan: str, name: str, terms: Json) -> None:
    """Publish the first version of a plan of a product."""
    await api.post("/v1/plans", {"external_id": plan, "product": f"ext:{product}", "name": name})
    await api.post(f"/v1/plans/ext:{plan}/versions", {"terms": terms})
