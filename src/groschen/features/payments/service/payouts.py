"""What providers pay out to our bank: A4 for each payout of their report, once."""

from collections.abc import Sequence

from groschen.core.ledger import psp_payout
from groschen.core.money import add_all, subtract
from groschen.core.ports.payments import MovementKind
from groschen.core.ports.payments import PspPayout as ReportedPayout
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.payments.model import PspPayout
from groschen.features.payments.queries import payouts as queries
from groschen.kit.db import Scope
from groschen.kit.http import Slice
from groschen.kit.ids import new_id
from groschen.kit.outbox import Event, publish

FEE_BOOKED_BEFORE = frozenset({MovementKind.DISPUTE, MovementKind.RETURN})
"""Their fee left the clearing account with the chargeback itself (A9)."""


async def book_payouts(scope: Scope, provider: str, report: Sequence[ReportedPayout]) -> int:
    """Book the payouts of a report that are new; answers how many."""
    booked = 0
    for reported in report:
        payout = _read(provider, reported)
        if await queries.insert_psp_payout(scope, payout):
            await _book(scope, payout)
            booked += 1
    return booked


async def payout_page(scope: Scope, asked: Slice) -> list[PspPayout]:
    """Providers' payouts, newest first; none for a partner or customer."""
    if scope.actor.party_id is not None:
        return []
    return await queries.page_of_psp_payouts(scope, asked)


def _read(provider: str, reported: ReportedPayout) -> PspPayout:
    """``gross`` is what leaves the clearing account, ``fees`` what was not booked there before."""
    fees = add_all(
        movement.fee.amount
        for movement in reported.movements
        if movement.kind not in FEE_BOOKED_BEFORE
    )
    already = subtract(reported.fee.amount, fees)
    gross = subtract(add_all(one.gross.amount for one in reported.movements), already)
    return PspPayout(
        id=new_id(),
        provider=provider,
        reference=reported.id,
        currency=reported.amount.currency,
        gross=gross,
        fees=fees,
        net=reported.amount.amount,
        paid_on=reported.paid_on,
    )


async def _book(scope: Scope, payout: PspPayout) -> None:
    journal = psp_payout(payout.currency, payout.gross, payout.fees)
    reference = f"psp_payout:{payout.provider}:{payout.reference}"
    await ledger.post_new(scope, [NewJournal(new_id(), journal, reference, payout.id)])
    data = {"net": payout.net, "fees": payout.fees}
    await publish(scope, [Event("psp_payout.booked", payout.id, data)])
