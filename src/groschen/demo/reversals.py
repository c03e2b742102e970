"""Month 2: one ticket is refunded, one charged back and lost, one charged back and won."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from groschen.demo.waiting import wait_until

if TYPE_CHECKING:
    import httpx2

    from groschen.demo.api import Api, Json
    from groschen.demo.selling import Plot, Sale
    from groschen.demo.world import OutsideWorld

FORGED: Final = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@dataclass(frozen=True, slots=True)
class Reversals:
    """The three orders afterwards, and what became of a forged and of a repeated callback."""

    refunded: Json
    lost: Json
    won: Json
    forged_status: int
    repetition_is_duplicate: bool


async def reverse_three(api: Api, world: OutsideWorld, plot: Plot) -> Reversals:
    """Let the three things happen, one after the other."""
    refunded = await _refund(api, plot.refunded)
    charges = [await _charge_of(api, sale) for sale in (plot.lost, plot.won)]
    await world.provider.open_dispute(charges[0])
    forged, repeated = await _forge_and_repeat(world)
    await world.provider.open_dispute(charges[1])
    await world.deliver()
    await world.provider.lose(charges[0])
    await world.provider.win(charges[1])
    await world.deliver()
    return Reversals(
        refunded=refunded,
        lost=await api.get(f"/v1/orders/ext:{plot.lost.external_id}"),
        won=await api.get(f"/v1/orders/ext:{plot.won.external_id}"),
        forged_status=forged.status_code,
        repetition_is_duplicate=repeated.json()["duplicate"] is True,
    )


async def _refund(api: Api, sale: Sale) -> Json:
    path = f"/v1/orders/ext:{sale.external_id}"
    await api.post(f"{path}/refund", {"reason": "Fahrt fällt aus"})

    async def look() -> Json:
        return await api.get(path)

    def done(order: Json) -> bool:
        return [refund["state"] for refund in order["refunds"]] == ["done"]

    return await wait_until("the refund is done", look, done)


async def _charge_of(api: Api, sale: Sale) -> str:
    """Return the provider's name of the payment of an order."""
    order = await api.get(f"/v1/orders/ext:{sale.external_id}")
    payment = await api.get(f"/v1/payments/{order['payments'][0]['id']}")
    return str(payment["provider_reference"])


async def _forge_and_repeat(world: OutsideWorld) -> tuple[httpx2.Response, httpx2.Response]:
    """Send the next call with a wrong signature, then rightly, then once more."""
    [call] = await world.provider.next_callbacks()
    forged = await world.send(call, signature=FORGED)
    (await world.send(call)).raise_for_status()
    repeated = await world.send(call)
    await world.provider.delivered([call.id])
    return forged, repeated
