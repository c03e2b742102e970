"""What payments ask of the outside world; the composition root connects the adapters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from groschen.core.ports.payments import PaymentProvider
from groschen.core.ports.sandbox import ProviderWorld
from groschen.kit.runtime import PortKey

ProviderOpener = Callable[[UUID, datetime], PaymentProvider]
"""Opens a provider for one tenant's merchant account, at a business instant (test clocks)."""


WorldOpener = Callable[[UUID], ProviderWorld]
"""Opens the other side of a simulated provider for one tenant."""


@dataclass(frozen=True, slots=True)
class ConnectedProvider:
    """A provider this installation can use; ``is_test_only`` when it moves no real money.

    ``world`` is the other side of a simulated one: what customers and banks do there.
    """

    open: ProviderOpener
    is_test_only: bool = False
    world: WorldOpener | None = None


PROVIDERS: PortKey[Mapping[str, ConnectedProvider]] = PortKey("payment providers")
