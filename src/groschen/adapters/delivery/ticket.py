"""The delivery adapter ``ticket``: signs what was bought, as text for a file or a QR code.

It reads from a task's payload:

``product``, ``route``, ``order``  texts
``legs``         ``[{"operator": ..., "distance_km": ...}]``, or ``operators``, a list of names
``quantity``     how many may travel with it, a whole number, 1 if left out
``service_on``   the day of travel, and ``valid_minutes`` from its midnight in the tenant's zone
                 (None: no end); or ``valid_from`` and ``valid_to``, instants with a time zone

Signing has no effect outside, so a repetition and reading back just make the same text again.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, cast
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from groschen.adapters.delivery.signed_ticket import Ticket, TicketLeg, TicketNotIssuable, sign
from groschen.core.ports.delivery import (
    DeliveryFailure,
    DeliveryRequest,
    DeliveryResult,
    DeliveryState,
    ErrorClass,
)
from groschen.kit.db import SYSTEM
from groschen.kit.ids import encode_id
from groschen.kit.signing_keys import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from groschen.kit.db import Database, TenantFacts
    from groschen.kit.signing_keys import SigningKeys

NAME: Final = "ticket"
ID_PREFIX: Final = "tkt"


class TicketSigner:
    """Signs tickets with the tenant's own key; the public key is what inspectors carry."""

    def __init__(self, database: Database, keys: SigningKeys) -> None:
        self._database = database
        self._keys = keys

    @property
    def name(self) -> str:
        """The name tasks refer to."""
        return NAME

    async def deliver(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        """Sign tickets; ``output`` is ``{"ticket": text, "ticket_id": ..., "valid_...": ...}``."""
        results: dict[UUID, DeliveryResult] = {}
        for tenant_id in dict.fromkeys(request.tenant_id for request in requests):
            own = [request for request in requests if request.tenant_id == tenant_id]
            [key, *_] = await self._keys.current(tenant_id, Purpose.TICKET)
            async with self._database.scope(tenant_id, SYSTEM, write=False) as scope:
                tenant = scope.tenant
            private = Ed25519PrivateKey.from_private_bytes(key.secret)
            signed = await asyncio.to_thread(_sign_all, own, tenant, private)
            results.update((result.task_id, result) for result in signed)
        return [results[request.task_id] for request in requests]

    async def find(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        """Make the same tickets again: nothing but the text ever existed."""
        return list(await self.deliver(requests))

    async def public_key(self, tenant_id: UUID) -> str:
        """Return the PEM that ``groschen ticket verify --key`` reads."""
        [key, *_] = await self._keys.current(tenant_id, Purpose.TICKET)
        return key.public_key or ""


def _sign_all(
    requests: Sequence[DeliveryRequest], tenant: TenantFacts, key: Ed25519PrivateKey
) -> list[DeliveryResult]:
    return [_sign(request, tenant, key) for request in requests]


def _sign(request: DeliveryRequest, tenant: TenantFacts, key: Ed25519PrivateKey) -> DeliveryResult:
    try:
        ticket = ticket_of(request, tenant)
        text = sign(ticket, key)
    except TicketNotIssuable as refusal:
        field = "" if refusal.field is None else f"{refusal.field}: "
        failure = DeliveryFailure(ErrorClass.INVALID, refusal.code, field + refusal.detail)
        return DeliveryResult(request.task_id, DeliveryState.FAILED, failure=failure)
    output = {
        "ticket": text,
        "ticket_id": ticket.ticket_id,
        "valid_from": ticket.valid_from.isoformat(),
        "valid_to": None if ticket.valid_to is None else ticket.valid_to.isoformat(),
    }
    return DeliveryResult(request.task_id, DeliveryState.DONE, ticket.ticket_id, output)


def ticket_of(request: DeliveryRequest, tenant: TenantFacts) -> Ticket:
    """Return what the ticket will say; raise ``TicketNotIssuable`` naming what is missing."""
    payload = request.payload
    valid_from, valid_to = _period(payload, ZoneInfo(tenant.time_zone))
    return Ticket(
        ticket_id=encode_id(ID_PREFIX, request.task_id),
        issuer=tenant.name,
        order=_text(payload, "order"),
        product=_text(payload, "product"),
        route=_text(payload, "route"),
        legs=_legs(payload),
        travellers=_travellers(payload),
        valid_from=valid_from,
        valid_to=valid_to,
    )


def _text(payload: Mapping[str, object], field: str) -> str:
    value = payload.get(field)
    if not isinstance(value, str) or not value.strip():
        raise TicketNotIssuable("a ticket needs this text", field=field)
    return value


def _legs(payload: Mapping[str, object]) -> tuple[TicketLeg, ...]:
    given = payload.get("legs", payload.get("operators"))
    if not isinstance(given, list | tuple) or not given:
        raise TicketNotIssuable("a ticket needs at least one operator", field="legs")
    return tuple(_leg(one) for one in cast("Sequence[object]", given))


def _leg(given: object) -> TicketLeg:
    if isinstance(given, str) and given.strip():
        return TicketLeg(given, "")
    if isinstance(given, dict):
        leg = cast("Mapping[str, object]", given)
        return TicketLeg(_text(leg, "operator"), str(leg.get("distance_km", "")))
    raise TicketNotIssuable("a leg needs the name of its operator", field="legs")


def _travellers(payload: Mapping[str, object]) -> int:
    """Read the quantity: a whole number, possibly as decimal text such as ``2.000``."""
    given = str(payload.get("quantity", 1))
    whole, _, decimals = given.partition(".")
    if not (whole.isascii() and whole.isdigit() and not decimals.strip("0") and int(whole) > 0):
        raise TicketNotIssuable(f"'{given[:40]}' is no number of travellers", field="quantity")
    return int(whole)


def _period(payload: Mapping[str, object], zone: ZoneInfo) -> tuple[datetime, datetime | None]:
    """Return the period in UTC: minutes are real ones, so a night with a clock change is right."""
    if payload.get("valid_from") is not None:
        end = payload.get("valid_to")
        return _instant(payload, "valid_from"), (
            None if end is None else _instant(payload, "valid_to")
        )
    try:
        day = date.fromisoformat(str(payload.get("service_on", "")))
    except ValueError as failure:
        raise TicketNotIssuable("the day of travel is missing", field="service_on") from failure
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    minutes = payload.get("valid_minutes")
    if minutes is None:
        return start, None
    if isinstance(minutes, bool) or not isinstance(minutes, int) or minutes < 1:
        raise TicketNotIssuable("give whole minutes above zero", field="valid_minutes")
    return start, start + timedelta(minutes=minutes)


def _instant(payload: Mapping[str, object], field: str) -> datetime:
    try:
        instant = datetime.fromisoformat(str(payload[field]))
    except ValueError as failure:
        raise TicketNotIssuable("this is no instant (RFC 3339)", field=field) from failure
    if instant.utcoffset() is None:
        raise TicketNotIssuable("the instant needs a time zone", field=field)
    return instant.astimezone(UTC).replace(microsecond=0)
