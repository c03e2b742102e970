"""Where each delivery adapter is tried: a task it can do, and one that it cannot."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from adapters.receiver import receiving
from groschen.adapters.delivery.manual import ManualDelivery
from groschen.adapters.delivery.ticket import TicketSigner
from groschen.adapters.delivery.webhook import WebhookDelivery
from groschen.core.ports.delivery import DeliveryRequest, DeliveryState
from groschen.kit.ids import new_id
from groschen.kit.signing_keys import Purpose, SigningKeys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from uuid import UUID

    from groschen.core.ports.delivery import DeliveryAdapter
    from groschen.kit.db import Database

JOURNEY: Mapping[str, object] = {
    "order": "shop-1",
    "product": "single",
    "plan": "single-2027",
    "route": "airport-harbour",
    "operators": ["opA", "opB", "opC"],
    "quantity": "1",
    "service_on": "2027-03-01",
    "valid_minutes": 1440,
}


@dataclass(frozen=True)
class Stage:
    """An adapter on trial. ``effects`` counts what it did in the world, None if nothing stays."""

    adapter: DeliveryAdapter
    good: Callable[[], DeliveryRequest]
    bad: Callable[[], DeliveryRequest] | None
    ends_in: DeliveryState
    effects: Callable[[], int] | None


@dataclass(frozen=True)
class House:
    """What an adapter may find at home."""

    database: Database
    keys: SigningKeys
    tenant_id: UUID


class OpenStage(Protocol):
    def __call__(self, house: House) -> AbstractAsyncContextManager[Stage]: ...


def task(tenant_id: UUID, payload: Mapping[str, object], target: str = "") -> DeliveryRequest:
    return DeliveryRequest(tenant_id, new_id(), 1, "issue", target, payload)


@asynccontextmanager
async def ticket(house: House) -> AsyncIterator[Stage]:
    yield Stage(
        TicketSigner(house.database, house.keys),
        lambda: task(house.tenant_id, JOURNEY),
        lambda: task(house.tenant_id, {**JOURNEY, "operators": []}),
        DeliveryState.DONE,
        None,
    )


@asynccontextmanager
async def manual(house: House) -> AsyncIterator[Stage]:
    adapter = ManualDelivery()
    yield Stage(adapter, lambda: task(house.tenant_id, {}), None, DeliveryState.ACCEPTED, None)


@asynccontextmanager
async def webhook(house: House) -> AsyncIterator[Stage]:
    [key, *_] = await house.keys.current(house.tenant_id, Purpose.WEBHOOK)
    async with receiving(key.secret) as receiver:
        yield Stage(
            WebhookDelivery(house.keys, allow_private_targets=True, timeout_seconds=2),
            lambda: task(house.tenant_id, JOURNEY, receiver.url),
            lambda: task(house.tenant_id, JOURNEY, "ftp://nowhere"),
            DeliveryState.DONE,
            lambda: len(receiver.effects),
        )


STAGES: dict[str, OpenStage] = {"ticket": ticket, "manual": manual, "webhook": webhook}
