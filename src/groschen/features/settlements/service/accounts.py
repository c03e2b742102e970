"""Whose accounts money goes from and to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from groschen.core.ports.payment_files import BankAccount
from groschen.features.parties import service as parties
from groschen.features.settlements.model import (
    DebtorAccountMissing,
    FundsModelMissing,
    FundsModelPaysElsewhere,
)
from groschen.features.settlements.queries import runs as queries
from groschen.kit.db import Scope

PROVIDER_PAYS: Final = "licensed_psp_split"


@dataclass(frozen=True, slots=True)
class Payee:
    """Where a partner gets its money."""

    payout_account_id: UUID
    account: BankAccount


async def debtor_account(scope: Scope) -> BankAccount:
    """The account that the tenant pays from.

    Raises FundsModelMissing, FundsModelPaysElsewhere and DebtorAccountMissing.
    """
    if scope.tenant.funds_model is None:
        raise FundsModelMissing(
            "nobody has said yet whose money is paid out here",
            field="funds_model",
            hint="set the tenant's funds_model; the choice has legal consequences",
        )
    if scope.tenant.funds_model == PROVIDER_PAYS:
        raise FundsModelPaysElsewhere(
            "with licensed_psp_split the payment provider divides and pays out the money",
            field="funds_model",
            hint="there is no bank transfer to make; ask the provider for its payout report",
        )
    settings = await queries.debtor(scope)
    holder, iban = settings.get("name"), settings.get("iban")
    if not holder or not iban:
        raise DebtorAccountMissing(
            "the tenant has no bank account to pay from",
            field="debtor.iban" if holder else "debtor.name",
            hint="set name and iban of the tenant's debtor account",
        )
    return BankAccount(str(holder), str(iban), _text(settings.get("bic")))


async def payees(
    scope: Scope, beneficiary_ids: Sequence[UUID], currency: str
) -> Mapping[UUID, Payee]:
    """Where each partner gets ``currency``; who has no account is left out."""
    accounts = await parties.payout_accounts(scope, sorted(set(beneficiary_ids)), currency)
    return {
        party_id: Payee(account.id, BankAccount(account.holder, account.iban, account.bic))
        for party_id, account in accounts.items()
    }


def _text(value: object) -> str | None:
    return str(value) if value else None
