"""Letting things happen at a simulated provider, and hearing of them as from a real one.

The provider acts in transactions of its own; its signed calls are then received one by one.
Only test tenants have such a provider.
"""

from enum import StrEnum
from uuid import UUID

from groschen.core.ports.sandbox import ProviderWorld
from groschen.features.payments.model import ProviderUnknown
from groschen.features.payments.ports import PROVIDERS, ConnectedProvider
from groschen.features.payments.service.callbacks import receive_callback
from groschen.features.payments.service.capture import payment as find_payment
from groschen.kit.actor import SYSTEM
from groschen.kit.db import Scope
from groschen.kit.runtime import Runtime


class Step(StrEnum):
    """What a customer or a bank may do about one payment."""

    DISPUTE = "dispute"
    WIN = "win"
    LOSE = "lose"
    RETURN = "return"


async def act(runtime: Runtime, scope: Scope, payment_id: UUID, step: Step) -> None:
    """Let a customer or a bank do ``step`` about a payment.

    Raises PaymentNotFound, ProviderUnknown when its provider is not simulated, and what the
    simulation refuses: a live tenant, a payment that is not captured, a dispute that is none.
    """
    payment = await find_payment(scope, payment_id)
    connected, world = _world(runtime, scope, payment.provider)
    reference = payment.provider_reference or ""
    match step:
        case Step.DISPUTE:
            await world.open_dispute(reference)
        case Step.WIN:
            await world.win(reference)
        case Step.LOSE:
            await world.lose(reference)
        case Step.RETURN:
            await world.late_return(reference)
    await _deliver(runtime, scope.tenant_id, payment.provider, connected)


async def pay_out(runtime: Runtime, scope: Scope, provider: str) -> list[str]:
    """Let the provider pay out everything; return the payouts' references. Raises as ``act``."""
    connected, world = _world(runtime, scope, provider)
    references = await world.pay_out()
    await _deliver(runtime, scope.tenant_id, provider, connected)
    return references


async def pass_time(runtime: Runtime, scope: Scope, provider: str) -> int:
    """Let happen what is due at the tenant's clock; return how much. Raises as ``act``."""
    connected, world = _world(runtime, scope, provider)
    happened = await world.pass_time()
    await _deliver(runtime, scope.tenant_id, provider, connected)
    return happened


def simulated(runtime: Runtime) -> list[str]:
    """The names of the simulated providers of this installation."""
    return sorted(name for name, one in runtime.ports[PROVIDERS].items() if one.world is not None)


def _world(
    runtime: Runtime, scope: Scope, provider: str
) -> tuple[ConnectedProvider, ProviderWorld]:
    connected = runtime.ports[PROVIDERS].get(provider)
    if connected is None or connected.world is None:
        raise ProviderUnknown(
            f"no simulated provider {provider!r} is connected",
            field="provider",
            hint=f"use one of: {', '.join(simulated(runtime)) or 'none'}",
        )
    return connected, connected.world(scope.tenant_id)


async def _deliver(
    runtime: Runtime, tenant_id: UUID, provider: str, connected: ConnectedProvider
) -> None:
    """Receive the provider's waiting calls, each in a transaction of its own."""
    if connected.world is None:
        return
    world = connected.world(tenant_id)
    while calls := await world.next_callbacks():
        for call in calls:
            headers = {name.lower(): value for name, value in call.headers.items()}
            async with runtime.database.scope(tenant_id, SYSTEM) as scope:
                opened = connected.open(tenant_id, scope.now)
                event = opened.parse_callback(headers, call.raw_body, scope.real_now)
                await receive_callback(scope, provider, event, call.raw_body)
        await world.delivered([call.id for call in calls])
