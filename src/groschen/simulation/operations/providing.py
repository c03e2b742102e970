"""What happens at the provider: chargebacks, their end, returns, payouts, time, calls to us."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from groschen.simulation.model.exact import CENT
from groschen.simulation.operations.registry import operation

if TYPE_CHECKING:
    from groschen.simulation.business import Bought
    from groschen.simulation.operations.registry import Turn


@operation(weight=4)
async def chargeback(turn: Turn) -> None:
    """A customer disputes a payment, mostly all of it."""
    bought = _known(turn, "captured")
    if bought is None:
        return
    cents = max(int(bought.gross / CENT), 1)
    part = Decimal(turn.chance.decimal(1, cents, 2)) if turn.chance.one_in(3) else None
    await turn.outside.happen(lambda: turn.outside.world.open_dispute(bought.reference, part))


@operation(weight=2)
async def chargeback_won(turn: Turn) -> None:
    """The bank decides for the seller."""
    bought = _known(turn, "disputed")
    if bought is not None:
        await turn.outside.happen(lambda: turn.outside.world.win(bought.reference))


@operation(weight=1)
async def chargeback_lost(turn: Turn) -> None:
    """The bank decides for the customer."""
    bought = _known(turn, "disputed")
    if bought is not None:
        await turn.outside.happen(lambda: turn.outside.world.lose(bought.reference))


@operation(weight=1)
async def chargeback_in_one_breath(turn: Turn) -> None:
    """Opened and decided before we hear of either; the calls may come in any order."""
    bought = _known(turn, "captured")
    if bought is None:
        return
    world, outside = turn.outside.world, turn.outside
    if await outside.happen(lambda: world.open_dispute(bought.reference)):
        end = turn.chance.pick((world.win, world.lose))
        await outside.happen(lambda: end(bought.reference))


@operation(weight=2)
async def late_return(turn: Turn) -> None:
    """A direct debit comes back."""
    debits = [
        one
        for one in turn.business.in_state("captured")
        if one.method.startswith("sepa_") and one.reference
    ]
    if debits:
        bought = turn.chance.pick(debits)
        await turn.outside.happen(lambda: turn.outside.world.late_return(bought.reference))


@operation(weight=2)
async def late_capture(turn: Turn) -> None:
    """A charge that was refused takes the money after all."""
    bought = _known(turn, "failed")
    if bought is not None:
        await turn.outside.happen(lambda: turn.outside.world.capture_late(bought.reference))


@operation(weight=3, once=True)
async def provider_pays_out(turn: Turn) -> None:
    """The provider pays out what it holds; we are called, or ask for its report."""
    await turn.outside.happen(turn.outside.world.pay_out)
    if turn.chance.one_in(3):
        await turn.business.owner.post("/v1/psp_payouts/import")


@operation(weight=3, once=True)
async def provider_time_passes(turn: Turn) -> None:
    """What is due at the provider happens: pending payments end, debits return."""
    await turn.outside.happen(turn.outside.world.pass_time)


@operation(weight=5)
async def callbacks(turn: Turn) -> None:
    """The provider calls, in any order, some calls twice."""
    await turn.outside.call_back(turn.chance)


@operation(weight=1)
async def forged_callback(turn: Turn) -> None:
    """Somebody else pretends to be the provider."""
    await turn.outside.forge(turn.chance)


def _known(turn: Turn, state: str) -> Bought | None:
    found = [one for one in turn.business.in_state(state) if one.reference]
    return turn.chance.pick(found) if found else None
