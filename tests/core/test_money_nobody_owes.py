"""Money that came although nothing is to be paid is owed back until it went back."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from groschen.core.ledger.sales import payment_unallocated

CUSTOMER = UUID(int=1)


def test_it_is_owed_to_the_customer() -> None:
    journal = payment_unallocated("EUR", CUSTOMER, Decimal("12.90"))
    assert {entry.account: entry.amount for entry in journal.entries} == {
        "PSP_CLEARING": Decimal("12.90"),
        "UNALLOCATED": Decimal("-12.90"),
    }


def test_what_went_back_takes_it_away() -> None:
    journal = payment_unallocated("EUR", CUSTOMER, Decimal("-12.90"), "BANK")
    assert {entry.account: entry.amount for entry in journal.entries} == {
        "BANK": Decimal("-12.90"),
        "UNALLOCATED": Decimal("12.90"),
    }
