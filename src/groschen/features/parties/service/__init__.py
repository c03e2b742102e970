"""What can be done with parties, their accounts and payout accounts."""

from groschen.features.parties.service.accounts import (
    accounts_by_external_id,
    create_account,
    get_account,
    list_accounts,
)
from groschen.features.parties.service.parties import (
    change_details,
    count_without_account,
    create_party,
    details,
    erase_details,
    find,
    get_party,
    ids_by_external_id,
    labels,
    list_parties,
    names,
    partners,
    party_by_external_id,
    with_account,
)
from groschen.features.parties.service.payouts import (
    add_payout_account,
    list_payout_accounts,
    payout_account,
    payout_accounts,
)
from groschen.features.parties.service.people import add_key, add_user

__all__ = [
    "accounts_by_external_id",
    "add_key",
    "add_payout_account",
    "add_user",
    "change_details",
    "count_without_account",
    "create_account",
    "create_party",
    "details",
    "erase_details",
    "find",
    "get_account",
    "get_party",
    "ids_by_external_id",
    "labels",
    "list_accounts",
    "list_parties",
    "list_payout_accounts",
    "names",
    "partners",
    "party_by_external_id",
    "payout_account",
    "payout_accounts",
    "with_account",
]
