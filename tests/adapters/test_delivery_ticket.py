"""The ticket adapter turns an order line into a ticket that the tenant's public key verifies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from adapters.delivery_stages import JOURNEY, task
from groschen.adapters.delivery.signed_ticket import TicketLeg, read_public_pem, verify
from groschen.adapters.delivery.ticket import TicketSigner
from groschen.core.ports.delivery import DeliveryState, ErrorClass
from support.database import make_tenant

if TYPE_CHECKING:
    from groschen.adapters.delivery.signed_ticket import Ticket
    from groschen.kit.db import Database
    from groschen.kit.postgres import ServerUrls
    from groschen.kit.signing_keys import SigningKeys


@pytest.fixture
def signer(database: Database, keys: SigningKeys) -> TicketSigner:
    return TicketSigner(database, keys)


async def issue(signer: TicketSigner, tenant_id: UUID, **changes: Any) -> Ticket:
    [result] = await signer.deliver([task(tenant_id, {**JOURNEY, **changes})])
    assert result.failure is None
    public_key = read_public_pem((await signer.public_key(tenant_id)).encode())
    return verify(str(result.output["ticket"]).encode(), public_key)


async def test_the_ticket_says_what_was_bought(signer: TicketSigner, tenant_id: UUID) -> None:
    ticket = await issue(signer, tenant_id)
    assert (ticket.issuer, ticket.order, ticket.route) == ("Tenant", "shop-1", "airport-harbour")
    assert ticket.legs == (TicketLeg("opA", ""), TicketLeg("opB", ""), TicketLeg("opC", ""))
    assert ticket.travellers == 1


async def test_the_day_of_travel_is_the_tenants(signer: TicketSigner, tenant_id: UUID) -> None:
    ticket = await issue(signer, tenant_id)
    assert ticket.valid_from == datetime(2027, 2, 28, 23, tzinfo=UTC)
    assert ticket.valid_to == ticket.valid_from + timedelta(days=1)


async def test_legs_may_say_how_far(signer: TicketSigner, tenant_id: UUID) -> None:
    legs = [{"operator": "opA", "distance_km": "8.4"}, {"operator": "opB"}]
    ticket = await issue(signer, tenant_id, legs=legs, quantity="3.000")
    assert ticket.legs == (TicketLeg("opA", "8.4"), TicketLeg("opB", ""))
    assert ticket.travellers == 3


async def test_the_period_may_be_given_and_may_be_open(
    signer: TicketSigner, tenant_id: UUID
) -> None:
    ticket = await issue(
        signer,
        tenant_id,
        valid_from="2027-03-01T08:00:00.5+01:00",
        valid_to="2027-03-01T10:00:00+01:00",
    )
    assert ticket.valid_from == datetime(2027, 3, 1, 7, tzinfo=UTC)
    assert ticket.valid_to == datetime(2027, 3, 1, 9, tzinfo=UTC)
    assert (await issue(signer, tenant_id, valid_minutes=None)).valid_to is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"operators": []}, "legs"),
        ({"operators": [""]}, "legs"),
        ({"operators": [7]}, "legs"),
        ({"operators": "opA"}, "legs"),
        ({"legs": [{"distance_km": "1"}]}, "operator"),
        ({"route": ""}, "route"),
        ({"route": None}, "route"),
        ({"product": 5}, "product"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "1.5"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"service_on": None}, "service_on"),
        ({"service_on": "yesterday"}, "service_on"),
        ({"valid_minutes": 0}, "valid_minutes"),
        ({"valid_minutes": "60"}, "valid_minutes"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"valid_from": "2027-03-01T08:00:00"}, "valid_from"),
        ({"route": "x" * 5000}, "legs"),
    ],
)
async def test_what_cannot_be_a_ticket_fails_by_field(
    signer: TicketSigner, tenant_id: UUID, changes: dict[str, object], field: str
) -> None:
    [result] = await signer.deliver([task(tenant_id, {**JOURNEY, **changes})])
    assert result.state is DeliveryState.FAILED
    assert result.failure is not None
    assert result.failure.error_class is ErrorClass.INVALID
    assert result.failure.detail.startswith(f"{field}: ")


async def test_tenants_sign_with_keys_of_their_own(
    signer: TicketSigner, tenant_id: UUID, database_urls: ServerUrls
) -> None:
    other_id = make_tenant(database_urls, name="Other")
    results = await signer.deliver(
        [task(tenant_id, JOURNEY), task(other_id, JOURNEY), task(tenant_id, JOURNEY)]
    )
    for result, owner in zip(results, (tenant_id, other_id, tenant_id), strict=True):
        public_key = read_public_pem((await signer.public_key(owner)).encode())
        ticket = verify(str(result.output["ticket"]).encode(), public_key)
        assert ticket.issuer == ("Tenant" if owner == tenant_id else "Other")
    assert await signer.public_key(tenant_id) != await signer.public_key(other_id)
