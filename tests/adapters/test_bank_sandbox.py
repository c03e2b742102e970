"""What is special about the sandbox bank: booking days, live tenants."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from schwifty import IBAN

from groschen.adapters.bank.pain001 import Pain001Writer
from groschen.adapters.bank.sandbox import (
    REFUSED_ENDINGS,
    SandboxBanks,
    SandboxInLiveTenant,
    magic_iban,
)
from groschen.adapters.bank.target_days import easter_sunday, is_booking_day, next_booking_day
from groschen.core.money import Money
from groschen.core.ports.payment_files import BankAccount, Transfer, TransferOrder

if TYPE_CHECKING:
    from groschen.kit.db import Database


@pytest.mark.parametrize(
    ("after", "booked"),
    [
        (date(2027, 3, 1), date(2027, 3, 2)),
        (date(2027, 3, 5), date(2027, 3, 8)),
        (date(2027, 3, 6), date(2027, 3, 8)),
        (date(2027, 3, 25), date(2027, 3, 30)),
        (date(2026, 12, 24), date(2026, 12, 28)),
        (date(2026, 12, 31), date(2027, 1, 4)),
        (date(2026, 4, 30), date(2026, 5, 4)),
    ],
)
def test_money_is_booked_on_days_the_banks_work(after: date, booked: date) -> None:
    assert next_booking_day(after) == booked
    assert is_booking_day(booked)


@pytest.mark.parametrize(
    "easter",
    [date(2000, 4, 23), date(2008, 3, 23), date(2024, 3, 31), date(2038, 4, 25), date(2285, 3, 22)],
)
def test_easter(easter: date) -> None:
    assert easter_sunday(easter.year) == easter


def test_magic_ibans_are_valid_and_differ() -> None:
    ibans = {magic_iban(reason) for reason in (None, *REFUSED_ENDINGS.values())}
    assert len(ibans) == len(REFUSED_ENDINGS) + 1
    assert all(IBAN(iban, allow_invalid=True).is_valid for iban in ibans)


async def test_a_live_tenant_cannot_use_it(database: Database, tenant_id: UUID) -> None:
    account = BankAccount("Operator", magic_iban())
    file = Pain001Writer().write(
        TransferOrder(
            "message",
            datetime(2027, 3, 1, tzinfo=UTC),
            date(2027, 3, 1),
            account,
            [Transfer("one", Money(Decimal("1.00"), "EUR"), account, "")],
        )
    )
    bank = SandboxBanks(database).open(tenant_id, datetime(2027, 3, 1, tzinfo=UTC))
    with pytest.raises(SandboxInLiveTenant):
        await bank.submit(file)
