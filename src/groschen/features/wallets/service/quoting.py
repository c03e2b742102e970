"""What use would take of a wallet: the charge itself, computed and not written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.credit import EMERGENCY
from groschen.core.money import ZERO
from groschen.features.wallets.model import QuotedBurn, Wallet, WalletCharge, WalletQuote
from groschen.features.wallets.service.charging import compute
from groschen.features.wallets.service.standing import local_day
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from decimal import Decimal

    from groschen.kit.db import Scope


async def quote(scope: Scope, wallet: Wallet, component: str, amount: Decimal) -> WalletQuote:
    """Who would pay if ``amount`` (gross, above zero) of a component were used today.

    Nothing is held: by the time of use another charge may have taken the credit.
    """
    day = local_day(wallet, scope.now)
    asked = WalletCharge(wallet.id, new_id(), component, day, amount, ZERO)
    (charged,) = await compute(scope, [asked])
    stored = {row.id: row for row in charged.stored}
    (funded,) = charged.settled.funded
    return WalletQuote(
        wallet=wallet,
        amount=amount,
        burns=tuple(
            QuotedBurn(stored[burn.bucket_id], burn.amount)
            for burn in charged.settled.burns
            if burn.bucket_id != EMERGENCY
        ),
        emergency=funded.overdraft,
        receivable=funded.receivable,
        credit_after=charged.after.credit,
    )
