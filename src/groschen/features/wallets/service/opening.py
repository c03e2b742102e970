"""Opening wallets: their terms are checked once and never change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.ledger import VatMode
from groschen.core.money import ZERO, canonical
from groschen.features.catalog import service as catalog
from groschen.features.parties import service as parties
from groschen.features.wallets.model import (
    LegalClass,
    ProtectedRegionUnknown,
    Wallet,
    WalletDraft,
    WalletExists,
    WalletState,
    WalletUnlawful,
)
from groschen.features.wallets.queries import wallets as queries
from groschen.features.wallets.service.protection import regions
from groschen.kit.ids import encode_id, new_id
from groschen.kit.outbox import Event, publish

if TYPE_CHECKING:
    from groschen.kit.db import Scope


async def open_wallet(scope: Scope, draft: WalletDraft) -> Wallet:
    """Open a wallet for an account, in its currency and zone.

    The VAT rate is that of today, of the wallet's country and tax class. Raises
    AccountNotFound, TaxRateUnknown, ProtectedRegionUnknown, WalletUnlawful, WalletExists.
    """
    account = await parties.get_account(scope, draft.account)
    _check(draft)
    rate = await catalog.tax_rate(scope, draft.tax_class, scope.today, draft.country)
    wallet_id = new_id()
    wallet = Wallet(
        id=wallet_id,
        external_id=draft.external_id or encode_id("wal", wallet_id),
        account_id=account.id,
        party_id=account.party_id,
        currency=account.currency,
        vat_mode=draft.vat_mode,
        legal_class=draft.legal_class,
        country=draft.country or scope.tenant.country,
        vat_rate=canonical(rate.rate),
        time_zone=account.time_zone,
        emergency_limit=draft.emergency_limit,
        protected_region=draft.protected_region,
        restored_days=draft.restored_days,
        thresholds=sorted(set(draft.thresholds), reverse=True),
        state=WalletState.OPEN,
        credit=ZERO,
        overdraft=ZERO,
        exhausted=False,
        revision=0,
        created_at=scope.now,
    )
    if not await queries.insert_wallet(scope, wallet):
        raise WalletExists(
            f"another wallet has the external id '{wallet.external_id}'",
            field="external_id",
            hint=f"read it at GET /v1/wallets/ext:{wallet.external_id}, or choose another id",
        )
    data = {"account": encode_id("acc", account.id), "currency": wallet.currency}
    await publish(scope, [Event("wallet.opened", wallet.id, data)])
    return wallet


def _check(draft: WalletDraft) -> None:
    region = draft.protected_region
    if region is not None and region not in regions():
        raise ProtectedRegionUnknown(
            f"the public holidays of {region!r} are not known",
            field="protected_region",
            hint="give the ISO 3166-2 code of a federal state, such as DE-BY",
        )
    if draft.legal_class is not LegalClass.E_MONEY:
        return
    if draft.vat_mode is VatMode.SINGLE_PURPOSE:
        raise WalletUnlawful(
            "money that can be paid back is a means of payment, no advance on a supply",
            field="vat_mode",
            hint="use multi_purpose: the VAT is due with the supply",
        )
    if draft.emergency_limit:
        raise WalletUnlawful(
            "electronic money cannot be lent",
            field="emergency_limit",
            hint='give "0", or choose another legal class',
        )
