"""The port that delivery asks the composition root to connect."""

from collections.abc import Mapping
from typing import Final

from groschen.core.ports.delivery import DeliveryAdapter
from groschen.kit.runtime import PortKey

ADAPTERS: Final[PortKey[Mapping[str, DeliveryAdapter]]] = PortKey("delivery adapters")
"""The adapters that steps of plans may name."""
