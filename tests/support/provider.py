"""The other side of the sandbox payment provider, for one alliance: disputes, returns, calls."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from groschen.adapters.payments.sandbox import SandboxPayments, SandboxWorld, SignedCallback
from groschen.adapters.payments.sandbox.callbacks import signed
from groschen.adapters.payments.sandbox.records import StoredCallback
from groschen.kit.clock import real_now
from groschen.kit.ids import encode_id, new_id
from groschen.kit.seal import seal_from

if TYPE_CHECKING:
    import httpx2

    from support.tickets import Alliance


@dataclass
class Provider:
    """What the provider does to an alliance's merchant account, and its calls over the API."""

    alliance: Alliance

    @property
    def payments(self) -> SandboxPayments:
        runtime = self.alliance.app.state.runtime
        return SandboxPayments(runtime.database, seal_from(runtime.settings))

    @property
    def world(self) -> SandboxWorld:
        return self.payments.world(self.alliance.api.tenant_id)

    async def reference(self, name: str) -> str:
        """The provider's name of an order's payment."""
        order = await self.alliance.order(name)
        payment = await self.alliance.ask(
            "GET", f"/v1/payments/{order['payments'][0]['id']}", status=200
        )
        return str(payment["provider_reference"])

    async def calls(self) -> list[SignedCallback]:
        """Take the calls that wait; they do not come again."""
        calls = await self.world.next_callbacks()
        await self.world.delivered([call.id for call in calls])
        return calls

    async def deliver(self) -> None:
        """Let every call that waits arrive, and run the jobs."""
        for call in await self.calls():
            answer = await self.send(call)
            assert answer.status_code == 200, answer.text
        await self.alliance.drain()

    async def send(self, call: SignedCallback, **headers: str) -> httpx2.Response:
        """Post one call; ``headers`` replace its own."""
        changed = {name.replace("_", "-"): one for name, one in headers.items()}
        tenant = encode_id("ten", self.alliance.api.tenant_id)
        return await self.alliance.api.with_token(None)(
            "POST",
            f"/v1/payment_callbacks/sandbox/{tenant}",
            content=call.raw_body,
            headers={**call.headers, **changed},
        )

    async def told(self, name: str, **steps: Any) -> None:
        """Do one step to an order's charge and deliver the call: ``told("t1", win=())``."""
        reference = await self.reference(name)
        for step, arguments in steps.items():
            await getattr(self.world, step)(reference, *arguments)
        await self.deliver()

    def call(self, kind: str, reference: str, **changes: Any) -> SignedCallback:
        """A call as the provider would make and sign it; ``changes`` are of its body."""
        body: dict[str, Any] = {
            "id": f"evt_{new_id().hex}",
            "type": kind,
            "created_at": "2027-01-05T08:20:00Z",
            "reference": reference,
            "amount": _money(changes.pop("amount", "12.90")),
            "fee": _money(changes.pop("fee", "0.00")),
            "failure_code": None,
            **changes,
        }
        secret = self.payments._secret(self.alliance.api.tenant_id)
        return signed(StoredCallback(body["id"], json.dumps(body)), secret, real_now())


def _money(amount: str | dict[str, str]) -> dict[str, str]:
    return amount if isinstance(amount, dict) else {"amount": amount, "currency": "EUR"}
