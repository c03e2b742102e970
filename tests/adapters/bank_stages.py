"""Where each bank is tried: how to open it, to write a file for it, and to be refused by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from groschen.adapters.bank.pain001 import Pain001Writer
from groschen.adapters.bank.sandbox import SandboxBanks, magic_iban

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.conftest import MovableClock
    from groschen.core.ports.bank import Bank
    from groschen.core.ports.payment_files import PaymentFileWriter
    from groschen.kit.db import Database


@dataclass(frozen=True)
class Stage:
    """A bank on trial; ``refused`` are IBANs that it refuses, by reason."""

    bank: Bank
    writer: PaymentFileWriter
    good_ibans: tuple[str, ...]
    refused: Mapping[str, str]


class OpenStage(Protocol):
    async def __call__(self, database: Database, clock: MovableClock) -> Stage: ...


async def sandbox(database: Database, clock: MovableClock) -> Stage:
    return Stage(
        await SandboxBanks(database).open(clock.tenant_id),
        Pain001Writer(),
        tuple(magic_iban(account=number) for number in range(1, 4)),
        {code: magic_iban(code) for code in ("AC01", "AC04", "AC06")},
    )


STAGES: dict[str, OpenStage] = {"sandbox": sandbox}
