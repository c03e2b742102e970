"""What a job or a request handler finds around it: database, settings and connected ports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from groschen.core.errors import invariant

if TYPE_CHECKING:
    from groschen.kit.config import Settings
    from groschen.kit.db import Database

Port = TypeVar("Port")


@dataclass(frozen=True, slots=True)
class PortKey(Generic[Port]):
    """Names a port of ``core.ports`` that the composition root connects to an adapter.

    A feature declares it, ``PROVIDERS: PortKey[Mapping[str, PaymentProvider]] =
    PortKey("payment providers")``, and asks ``runtime.ports[PROVIDERS]``.
    """

    name: str


@dataclass(slots=True)
class Ports:
    """The adapters that ``app.py`` connected, by key."""

    _connected: dict[str, Any] = field(default_factory=dict)

    def connect(self, key: PortKey[Port], adapter: Port) -> None:
        """Connect a port; each key once."""
        invariant(key.name not in self._connected, f"the port '{key.name}' is connected twice")
        self._connected[key.name] = adapter

    def __getitem__(self, key: PortKey[Port]) -> Port:
        invariant(key.name in self._connected, f"the port '{key.name}' is not connected")
        return cast("Port", self._connected[key.name])


@dataclass(frozen=True, slots=True)
class Runtime:
    """Handed to every job; requests find it in ``app.state.runtime``."""

    database: Database
    settings: Settings
    ports: Ports
