"""The end of a run: everything is undone that can be, and every account must be back.

Open disputes are decided, waiting payments end, and all that is left of every sale is refunded
or, where the customer's bank takes no refund, charged back.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Final, LiteralString

from groschen.kit.actor import SYSTEM
from groschen.simulation.checks.check import none
from groschen.simulation.model.exact import TWELFTH, ZERO, shown
from groschen.simulation.operations.passing_time import advance
from groschen.simulation.operations.refunding import ask

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from groschen.audit import Check
    from groschen.kit.db import Database, Scope
    from groschen.simulation.business import Bought
    from groschen.simulation.operations.registry import Turn

    Rest = Callable[[], Awaitable[None]]

PENDING_LASTS: Final = timedelta(days=7)
MOST_ROUNDS: Final = 16
REFUSES_REFUNDS: Final = "tok_refund_declined"
OUTSIDE: Final = frozenset(
    {"BANK", "PSP_CLEARING", "EXP_PSP_FEE", "EXP_CHARGEBACK_FEE", "EXP_RETURN_FEE"}
)
"""Where fees of the provider leave a trace although every sale is undone."""
OWED: Final[LiteralString] = """
    SELECT j.source_id::text || ' ' || p.account, sum(p.amount)
      FROM postings p
      JOIN journals j ON j.tenant_id = p.tenant_id AND j.id = p.journal_id
      JOIN orders o ON o.tenant_id = j.tenant_id AND o.id = j.source_id
     WHERE p.tenant_id = %(tenant_id)s AND p.account = ANY(%(accounts)s)
     GROUP BY j.source_id, p.account, p.party_id
    HAVING sum(p.amount) <> 0
"""
BALANCES: Final[LiteralString] = """
    SELECT account, sum(amount)
      FROM postings
     WHERE tenant_id = %(tenant_id)s
     GROUP BY account
    HAVING sum(amount) <> 0
"""


@dataclass(frozen=True, slots=True)
class Unwinding:
    """Undoes one tenant. ``rest`` waits until all is quiet and the model knows what happened."""

    turn: Turn
    database: Database
    rest: Rest

    async def undo(self) -> None:
        """Undo everything that can be undone."""
        await self._decide_disputes()
        await self._end_what_waits()
        for _ in range(MOST_ROUNDS):
            left = [one for one in self.turn.business.in_state("captured") if _left(one)]
            if not left:
                return
            await asyncio.gather(*(self._give_back(one) for one in left))
            await self._pass_time()

    async def check(self) -> list[Check]:
        """Look whether the accounts are back."""
        business = self.turn.business
        undone = [one.external_id for one in business.bought.values() if _left(one)]
        async with self.database.scope(business.tenant_id, SYSTEM, write=False) as scope:
            owed = await _rows(scope, OWED, accounts=["AR", "SHARE_PENDING"])
            balances = dict(await _rows(scope, BALANCES))
        checks = [
            none(f"everything of {business.name} is undone", undone),
            none("nothing is owed or pending of an undone sale", [str(row) for row in owed]),
        ]
        own = {name: one for name, one in balances.items() if name not in OUTSIDE}
        if business.is_plain:
            wrong = [f"{name} is {one:f}" for name, one in sorted(own.items())]
            checks.append(none("every account is back where it began", wrong))
        else:
            checks.append(await self._kept(balances))
        return checks

    async def _kept(self, balances: dict[str, Fraction]) -> Check:
        """Of a tenant with kept shares, fees and statements the sales themselves are gone."""
        wrong: list[str] = []
        transport = Fraction(balances.get("REV_TRANSPORT", 0))
        if abs(transport) > TWELFTH:
            wrong.append(f"REV_TRANSPORT is {shown(transport)}")
        return none("no revenue is left of an undone sale", wrong)

    async def _decide_disputes(self) -> None:
        world, business = self.turn.outside.world, self.turn.business
        for number, bought in enumerate(business.in_state("disputed")):
            end = world.win if number % 2 else world.lose
            await self.turn.outside.happen(partial(end, bought.reference))
        await self.rest()

    async def _end_what_waits(self) -> None:
        """Let the provider's time pass until no payment and no refund waits for it."""
        for _ in range(MOST_ROUNDS):
            await self._pass_time()
            if not self.turn.business.in_state("requested"):
                return

    async def _pass_time(self) -> None:
        await advance(self.turn, self.turn.business.now + PENDING_LASTS)
        await self.turn.outside.happen(self.turn.outside.world.pass_time)
        await self.rest()

    async def _give_back(self, bought: Bought) -> None:
        """Refund what is left; where the provider refuses, the bank takes it.

        A payment can be disputed once; if that was won, the bank returns it as a debit.
        """
        if bought.method == REFUSES_REFUNDS:
            world, happen = self.turn.outside.world, self.turn.outside.happen
            await happen(lambda: world.open_dispute(bought.reference))
            await happen(lambda: world.lose(bought.reference))
            await happen(lambda: world.late_return(bought.reference))
        else:
            await ask(self.turn.business, bought, {"fee": "0", "reason": "the end"})


def _left(bought: Bought) -> Fraction:
    return ZERO if bought.sale is None or bought.state == "free" else bought.sale.left


async def _rows(scope: Scope, query: LiteralString, **given: object) -> list[tuple[str, Fraction]]:
    cursor = await scope.conn.execute(query, {"tenant_id": scope.tenant_id, **given})
    return await cursor.fetchall()
