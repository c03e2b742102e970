"""The world outside: what banks and customers do at the payment provider, and its calls to us.

Its signed calls travel over HTTP like a real provider's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.kit.ids import encode_id

if TYPE_CHECKING:
    from uuid import UUID

    import httpx2

    from groschen.adapters.payments.sandbox import SandboxWorld, SignedCallback

PROVIDER: Final = "sandbox"


class OutsideWorld:
    """The sandbox provider's own side, for one tenant."""

    def __init__(self, client: httpx2.AsyncClient, provider: SandboxWorld, tenant_id: UUID) -> None:
        self.provider = provider
        self._client = client
        self._path = f"/v1/payment_callbacks/{PROVIDER}/{encode_id('ten', tenant_id)}"

    async def deliver(self) -> int:
        """Deliver the provider's waiting calls until it has none; return how many there were."""
        count = 0
        while calls := await self.provider.next_callbacks():
            for call in calls:
                (await self.send(call)).raise_for_status()
            await self.provider.delivered([call.id for call in calls])
            count += len(calls)
        return count

    async def send(self, call: SignedCallback, *, signature: str | None = None) -> httpx2.Response:
        """Send one call; ``signature`` replaces the right one."""
        headers = dict(call.headers)
        if signature is not None:
            headers["webhook-signature"] = signature
        return await self._client.post(self._path, content=call.raw_body, headers=headers)
