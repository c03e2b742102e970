"""Founds the tenants of a run over the public API, as an administrator would."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from groschen.adapters.bank.sandbox import magic_iban
from groschen.features.tenants import service as tenants
from groschen.kit.actor import SYSTEM
from groschen.kit.ids import decode_id
from groschen.kit.permissions import PERMISSIONS
from groschen.simulation import terms
from groschen.simulation.business import Business, Offer, Versions
from groschen.simulation.client import Client

if TYPE_CHECKING:
    from groschen.kit.db import Database
    from groschen.simulation.chance import Chance
    from groschen.simulation.client import Network
    from groschen.simulation.model.sharing import Json

START: Final = datetime(2027, 1, 5, 8, tzinfo=UTC)
CHANGE: Final = START + timedelta(days=9)
"""When the first terms and prices change."""
ZONES: Final = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC")
BOTH: Final = (("agent", "on_payment"), ("principal", "on_payment"))
KINDS: Final = (
    (True, BOTH),
    (False, (("agent", "on_payment"),)),
    (False, BOTH),
    (False, (("agent", "on_sale"), ("principal", "on_sale"))),
    (True, (("agent", "on_sale"),)),
    (False, (("principal", "on_payment"),)),
)
"""Of the first, second, ... tenant: whether it is plain; role and release of its agreements."""
REJECTIONS: Final = (None, None, None, "AC04", "AC01")


async def platform_token(database: Database) -> str:
    """Make a key of the tenant above all; the installation is founded if it is new."""
    first = await tenants.ensure_installation(database)
    root_id = first.tenant_id if first else await _root_id(database)
    async with database.scope(root_id, SYSTEM) as scope:
        _, secret = await tenants.create_key(scope, name="Simulation", permissions=PERMISSIONS)
    return secret


async def _root_id(database: Database) -> Any:
    async with database.unscoped() as conn:
        cursor = await conn.execute(
            "SELECT tenant_id FROM directory WHERE kind = 'installation' LIMIT 1"
        )
        row = await cursor.fetchone()
    return row[0] if row else None


async def found(network: Network, token: str, chance: Chance, number: int, run: str) -> Business:
    """Found the tenant ``number`` of a run with everything it needs to sell and to pay out."""
    is_plain, agreements = KINDS[number % len(KINDS)]
    platform = Client(network, "platform", token)
    business = await _found_tenant(platform, chance, f"{run}-{number}", is_plain=is_plain)
    for index in range(3):
        await _add_customer(business, f"customer-{index}")
    for role, release in agreements:
        await _add_agreement(business, chance.below(role), role, release)
    await _add_merchandise(business, chance)
    return business


async def _found_tenant(platform: Client, chance: Chance, name: str, *, is_plain: bool) -> Business:
    zone = chance.pick(ZONES)
    body = {
        "external_id": name,
        "name": f"Alliance {name}",
        "country": "DE",
        "time_zone": zone,
        "home_currency": "EUR",
        "funds_model": "agent_for_payee",
    }
    live = (await platform.post("/v1/tenants", body)).json
    network, token = platform.network, platform.token
    above = Client(network, name, token, acting_for=live["id"])
    twin = (await above.post("/v1/tenants/current/test_twin")).json
    inside = Client(network, name, token, acting_for=twin["id"])
    await _set_debtor(inside)
    keys = [await _make_key(inside, role) for role in ("owner", "second")]
    owner, second = (Client(network, name, secret) for secret in keys)
    await owner.post("/v1/test_clock/advance", {"to": _text(START)})
    tenant_id = decode_id("ten", twin["id"])
    return Business(name, tenant_id, twin["id"], ZoneInfo(zone), is_plain, owner, second, START)


async def _set_debtor(inside: Client) -> None:
    current = await inside.send("GET", "/v1/tenants/current")
    body = {"debtor": {"name": "Verbund AG", "iban": magic_iban(account=999)}}
    await inside.send(
        "PATCH",
        "/v1/tenants/current",
        content=json.dumps(body).encode(),
        headers={"if-match": current.headers["etag"]},
    )


async def _make_key(inside: Client, name: str) -> str:
    body = {"name": name, "permissions": sorted(PERMISSIONS)}
    secret: str = (await inside.post("/v1/api_keys", body)).json["secret"]
    return secret


async def _add_customer(business: Business, name: str) -> None:
    party = {"external_id": name, "kind": "person", "roles": ["customer"], "country": "DE"}
    await business.owner.post("/v1/parties", party)
    account = {"external_id": f"account-{name}", "party": f"ext:{name}", "currency": "EUR"}
    await business.owner.post("/v1/accounts", account)
    business.accounts.append(f"account-{name}")


async def _add_agreement(business: Business, chance: Chance, role: str, release: str) -> None:
    """An agreement with partners of its own and two plans; a partner is never in two roles."""
    partners = [f"{role}-{letter}" for letter in "abcd"[: chance.whole(1, 4)]]
    for index, partner in enumerate(partners):
        await add_partner(business, chance.below(partner), partner, index)
    name = f"{role}-terms"
    await business.owner.post("/v1/agreements", {"external_id": name, "name": name})
    business.agreements[name] = Versions()
    agreed, changed = (
        terms.agreement(chance.below(draw), role, release, partners, is_plain=business.is_plain)
        for draw in ("terms", "changed")
    )
    changed["settlement"] = agreed["settlement"]
    await agree(business, name, agreed, START)
    await agree(business, name, changed, CHANGE)
    for index in range(2):
        await _add_plan(business, chance.below(index), f"{role}-{index}", name, tuple(partners))


async def add_partner(business: Business, chance: Chance, name: str, index: int) -> None:
    """A partner; its bank may reject what it is paid, or it has no account yet."""
    party = {"external_id": name, "kind": "organisation", "name": name, "country": "DE"}
    made = await business.owner.post("/v1/parties", {**party, "roles": ["partner", "payee"]})
    business.partners[name] = made.json["id"]
    if not chance.one_in(5):
        await set_payout_account(business, name, chance.pick(REJECTIONS), index)


async def set_payout_account(
    business: Business, partner: str, rejection: str | None, index: int
) -> None:
    """Say where a partner gets its money."""
    iban = magic_iban(rejection, account=index + 1)
    body = {"currency": "EUR", "holder": partner, "iban": iban}
    await business.owner.post(f"/v1/parties/ext:{partner}/payout_accounts", body)


async def agree(business: Business, name: str, agreed: Json, start: datetime) -> None:
    """Add a version to an agreement and sign it off."""
    body = {"valid_from": _text(start), "terms": agreed}
    version = (await business.owner.post(f"/v1/agreements/ext:{name}/versions", body)).json
    path = f"/v1/agreements/versions/{version['id']}/sign_off"
    await business.owner.post(path, {"hash": version["hash"]})
    business.agreements[name].by_start[start] = agreed


async def _add_plan(
    business: Business, chance: Chance, name: str, agreement: str, partners: tuple[str, ...]
) -> None:
    offer = Offer(name, chance.pick(("reduced", "standard")), partners, Versions(), agreement)
    drawn, changed = (
        terms.plan(chance.below(draw), agreement, partners, is_plain=business.is_plain)
        for draw in ("terms", "changed")
    )
    await _publish(business, offer, drawn)
    await publish_version(business, offer, changed, CHANGE)


async def _add_merchandise(business: Business, chance: Chance) -> None:
    offer = Offer("merchandise", "standard", (), Versions(), None)
    await _publish(business, offer, terms.merchandise(chance.below("merchandise")))


async def _publish(business: Business, offer: Offer, drawn: Json) -> None:
    product = {"external_id": offer.plan, "name": offer.plan, "tax_class": offer.tax_class}
    await business.owner.post("/v1/products", product)
    plan = {"external_id": offer.plan, "product": f"ext:{offer.plan}", "name": offer.plan}
    await business.owner.post("/v1/plans", plan)
    business.offers[offer.plan] = offer
    await publish_version(business, offer, drawn, START)


async def publish_version(business: Business, offer: Offer, drawn: Json, start: datetime) -> None:
    """Publish a version of a plan."""
    body = {"valid_from": _text(start), "terms": drawn}
    await business.owner.post(f"/v1/plans/ext:{offer.plan}/versions", body)
    offer.versions.by_start[start] = drawn


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def ahead(business: Business) -> datetime:
    """An instant so far ahead that no clock moved meanwhile has reached it."""
    return business.now + timedelta(days=45)
