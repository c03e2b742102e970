"""The portal's first page and the list of contracts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from groschen.core.money import Money
from groschen.web.console.subscription import FUNDING, ItemView

TEMPLATE = "customer/home.html"
CONTRACTS_TEMPLATE = "customer/contracts.html"


@dataclass(frozen=True, slots=True)
class ContractView:
    """One of one's own contracts; ``ends_at`` is set once it is cancelled."""

    number: str
    state: str
    funding: str
    starts_at: datetime
    ends_at: datetime | None
    items: tuple[ItemView, ...]

    @property
    def funding_text(self) -> str:
        return FUNDING.get(self.funding, self.funding)


@dataclass(frozen=True, slots=True)
class ContractsView:
    """All running contracts, then those that have ended, newest first."""

    contracts: tuple[ContractView, ...]


@dataclass(frozen=True, slots=True)
class HomeView:
    """What one sees first; ``open`` is what is waiting to be paid, by currency."""

    name: str
    open: tuple[Money, ...]
    contracts: tuple[ContractView, ...]
