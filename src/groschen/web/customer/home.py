"""The portal's first page and the list of contracts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from groschen.core.money import Money
from groschen.web.console.invoices import InvoiceRow
from groschen.web.console.subscription import FUNDING, ItemView, UsageRow
from groschen.web.console.wallets import TopUpRow

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
class CreditView:
    """One's own wallet; ``days_left`` by the mean use of the last days, None without use.

    ``top_up_at`` leads to the form, None when nothing can be paid in.
    """

    number: str
    credit: Money
    emergency: Money
    limit: Money
    is_exhausted: bool
    per_day: Money
    days_left: int | None
    top_up_at: str | None
    top_ups: tuple[TopUpRow, ...]


@dataclass(frozen=True, slots=True)
class HomeView:
    """What one sees first; ``open`` is what is waiting to be paid, by currency.

    ``is_paying`` says that the reader comes from topping up.
    """

    name: str
    open: tuple[Money, ...]
    credits: tuple[CreditView, ...]
    used: tuple[UsageRow, ...]
    invoices: tuple[InvoiceRow, ...]
    contracts: tuple[ContractView, ...]
    is_paying: bool
