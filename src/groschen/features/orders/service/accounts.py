"""The billing account an order is for."""

from collections.abc import Mapping

from groschen.features.orders.model import CustomerAccountUnknown
from groschen.features.parties.model import Account


def customer_account(found: Mapping[str, Account], external_id: str) -> Account:
    """The account of this external id among ``found``; raises CustomerAccountUnknown."""
    account = found.get(external_id)
    if account is None:
        raise CustomerAccountUnknown(
            f"there is no account {external_id!r}",
            field="account",
            hint="create it first with POST /v1/accounts, or correct the id",
        )
    return account
