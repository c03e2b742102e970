"""Where parties get their money. The newest account of a currency counts, older ones stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from groschen.features.parties import queries
from groschen.features.parties.model import PayoutAccount, SealedPayoutAccount
from groschen.features.parties.service.parties import get_party
from groschen.features.tenants import vault
from groschen.features.tenants.model import PersonErased
from groschen.kit.iban import check_bank_numbers
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from groschen.kit.db import Scope
    from groschen.kit.http import Reference


class _Sealed(msgspec.Struct, frozen=True):
    holder: str
    iban: str
    bic: str | None


async def add_payout_account(
    scope: Scope, party: Reference, *, currency: str, holder: str, iban: str, bic: str | None
) -> SealedPayoutAccount:
    """Store where a party gets ``currency`` from now on; raise ``IbanInvalid``."""
    payee = await get_party(scope, party)
    numbers = check_bank_numbers(iban, bic)
    sealed = msgspec.json.encode(_Sealed(holder, numbers.iban, numbers.bic))
    account = SealedPayoutAccount(
        id=new_id(),
        party_id=payee.id,
        currency=currency,
        iban_last4=numbers.last4,
        ciphertext=await vault.encrypt_for(scope, payee.id, sealed),
        created_at=scope.now,
    )
    await queries.insert_payout_account(scope, account)
    data = {
        "payout_account": encode_id("pac", account.id),
        "party": encode_id("pty", payee.id),
        "currency": currency,
    }
    await publish(scope, [Event("payout_account.added", account.id, data)])
    return account


async def list_payout_accounts(scope: Scope, party: Reference) -> list[SealedPayoutAccount]:
    """Return a party's payout accounts, newest first; of each IBAN the last four letters."""
    payee = await get_party(scope, party)
    return await queries.payout_accounts_of(scope, payee.id)


async def payout_account(scope: Scope, party_id: UUID, currency: str) -> PayoutAccount | None:
    """Return where a party gets ``currency``, decrypted; None if nowhere, or erased."""
    return (await payout_accounts(scope, [party_id], currency)).get(party_id)


async def payout_accounts(
    scope: Scope, party_ids: Sequence[UUID], currency: str
) -> dict[UUID, PayoutAccount]:
    """Return where parties get ``currency``, decrypted, by party; who has no account is absent."""
    found = await queries.newest_payout_accounts(scope, party_ids, currency)
    opened: dict[UUID, PayoutAccount] = {}
    for account in found:
        try:
            plain = await vault.decrypt_of(scope, account.party_id, account.ciphertext)
        except PersonErased:
            continue
        known = msgspec.json.decode(plain, type=_Sealed)
        opened[account.party_id] = PayoutAccount(
            id=account.id,
            party_id=account.party_id,
            currency=account.currency,
            holder=known.holder,
            iban=known.iban,
            bic=known.bic,
        )
    return opened
