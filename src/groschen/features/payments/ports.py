"""What payments ask of the outside world; the composition root connects the adapters."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from groschen.core.ports.payments import PaymentProvider
from groschen.kit.runtime import PortKey

ProviderOpener = Callable[[UUID, datetime], PaymentProvider]
"""Opens a provider for one tenant's merchant account, at a business instant (test clocks)."""

PROVIDERS: PortKey[Mapping[str, ProviderOpener]] = PortKey("payment providers")
