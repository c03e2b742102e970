from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from groschen.core.errors import Kind
from groschen.core.ports.bank import FileRefused
from groschen.core.ports.delivery import DeliveryRequest
from groschen.core.ports.payment_files import BankAccount, PostalAddress
from groschen.core.ports.payments import CALLBACK_TOLERANCE, CallbackForged, CallbackUnreadable


def test_every_attempt_of_a_group_has_the_same_key() -> None:
    request = DeliveryRequest(UUID(int=1), UUID(int=2), 3, "ticket", "ticket", {})
    assert request.idempotency_key == f"{UUID(int=2)}:3"


def test_a_callback_may_be_five_minutes_off() -> None:
    assert timedelta(minutes=5) == CALLBACK_TOLERANCE


def test_refusals_of_the_outside_have_their_kind() -> None:
    assert CallbackForged.kind is Kind.UNAUTHENTICATED
    assert CallbackUnreadable.kind is Kind.INVALID
    assert FileRefused.kind is Kind.UNPROCESSABLE


def test_an_account_is_found_by_its_iban_alone() -> None:
    account = BankAccount("Harbour Ferries", "DE89370400440532013000")
    assert (account.bic, account.address) == (None, None)


def test_an_address_needs_town_and_country_only() -> None:
    address = PostalAddress("Hamburg", "DE")
    assert (address.street, address.building, address.postal_code) == ("", "", "")
