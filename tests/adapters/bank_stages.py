"""Where each bank is tried: how to open it, to write a file for it, and to be refused by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from groschen.adapters.bank.pain001 import Pain001Writer
from groschen.adapters.bank.sandbox import SandboxBanks, magic_iban

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.conftest import MovableClock
    from groschen.core.ports.bank import Bank
    from groschen.core.ports.payment_files import PaymentFileWriter
    from groschen.kit.db import Database


@dataclass(frozen=True)
class Stage:
    """A bank on trial; ``refused`` are IBANs that it refuses, by reason."""

    open: Callable[[], Bank]
    writer: PaymentFileWriter
    good_ibans: tuple[str, ...]
    refused: Mapping[str, str]

    @property
    def bank(self) -> Bank:
        """The bank, opened at the tenant's present time."""
        return self.open()


class OpenStage(Protocol):
    def __call__(self, database: Database, clock: MovableClock) -> Stage: ...


def sandbox(database: Database, clock: MovableClock) -> Stage:
    banks = SandboxBanks(database)
    return Stage(
        lambda: banks.open(clock.tenant_id, clock.now),
        Pain001Writer(),
        tuple(magic_iban(account=number) for number in range(1, 4)),
        {code: magic_iban(code) for code in ("AC01", "AC04", "AC06")},
    )


STAGES: dict[str, OpenStage] = {"sandbox": sandbox}
