"""Who pays what changed: the wallet of the contract at once, or an invoice later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.money import ZERO
from groschen.features.wallets import service as wallets
from groschen.features.wallets.model import WalletCharge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from groschen.features.usage.service.books import Book
    from groschen.kit.db import Scope


async def fund(scope: Scope, books: Iterable[Book]) -> None:
    """Charge wallets with the gross differences; what they do not cover stays receivable."""
    asked: list[tuple[Book, WalletCharge]] = []
    for book in books:
        wallet_id = book.terms.contract.wallet_id
        for day, difference in sorted(book.days.items()):
            if wallet_id is None or not difference.gross:
                book.fund(
                    day, wallet=ZERO, wallet_vat=ZERO, overdraft=ZERO, receivable=difference.gross
                )
            else:
                asked.append(
                    (
                        book,
                        WalletCharge(
                            wallet_id,
                            book.id,
                            book.terms.key.component,
                            day,
                            difference.gross,
                            book.receivable,
                        ),
                    )
                )
    funded = await wallets.charge(scope, [charge for _, charge in asked])
    for (book, charge), paid in zip(asked, funded, strict=True):
        book.fund(
            charge.day,
            wallet=paid.wallet,
            wallet_vat=paid.wallet_vat,
            overdraft=paid.overdraft,
            receivable=paid.receivable,
        )
