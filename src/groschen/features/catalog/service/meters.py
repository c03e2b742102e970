"""Meters: published once, never changed, found by the names that prices use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.catalog.model import MeterExists, MeterNotFound, PublishedMeter
from groschen.features.catalog.queries import meters as queries
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish

if TYPE_CHECKING:
    from collections.abc import Collection

    from groschen.core.meters import Meter
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference, Slice


async def create(scope: Scope, name: str, meter: Meter) -> PublishedMeter:
    """Publish a meter under its own id; raises ``MeterExists``."""
    one = PublishedMeter(new_id(), meter.id, name, meter, meter.hash, scope.now)
    if not await queries.insert_meter(scope, one):
        raise MeterExists(
            f"there is a meter {meter.id!r} already, and a meter never changes",
            field="external_id",
            hint="choose another external id, and use it in the next version of your plans",
        )
    data = {"meter": encode_id("mtr", one.id), "hash": one.hash}
    await publish(scope, [Event("meter.published", one.id, data)])
    return one


async def find(scope: Scope, reference: Reference) -> PublishedMeter:
    """Read a meter by either id; raises ``MeterNotFound``."""
    found = await queries.meter(scope, reference)
    if found is None:
        raise MeterNotFound("there is no such meter", hint="list the meters with GET /v1/meters")
    return found


async def page(scope: Scope, asked: Slice) -> list[PublishedMeter]:
    """A page of meters, newest first."""
    return await queries.meters(scope, asked)


async def of_names(scope: Scope, names: Collection[str]) -> dict[str, Meter]:
    """The meters of these external ids; one that does not exist is left out."""
    found = await queries.meters_of(scope, names) if names else []
    return {one.external_id: one.meter for one in found}
