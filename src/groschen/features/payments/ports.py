"""What payments ask of the outside world; the composition root connects the adapters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from groschen.core.ports.payments import PaymentProvider
from groschen.kit.runtime import PortKey

ProviderOpener = Callable[[UUID, datetime], PaymentProvider]
"""Opens a provider for one tenant's merchant account, at a business instant (test clocks)."""


@dataclass(frozen=True, slots=True)
class ConnectedProvider:
    """A provider this installation can use; ``is_test_only`` when it moves no real money."""

    open: ProviderOpener
    is_test_only: bool = False


PROVIDERS: PortKey[Mapping[str, ConnectedProvider]] = PortKey("payment providers")
