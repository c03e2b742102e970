"""Partners' live claims: pending, released, stated, paid, and when money comes next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from groschen.core.money import ZERO, add, subtract
from groschen.core.period import first_of_next_month
from groschen.features.parties import service as parties
from groschen.features.settlements.model import PartnerNotFound
from groschen.features.settlements.queries import payouts as queries
from groschen.features.shares.service import claims as shares
from groschen.features.shares.statement_model import DailyClaim, StateBalance
from groschen.kit.db import Scope

SHOWN_DAYS: Final = 31


@dataclass(frozen=True, slots=True)
class Amounts:
    """A share and what is taken from it on the statement, at twelve decimals."""

    share: Decimal = ZERO
    commission: Decimal = ZERO
    vat: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """What reaches the partner."""
        return subtract(self.share, self.commission, self.vat)

    def plus(self, balance: StateBalance) -> "Amounts":
        """With what one balance adds."""
        if balance.kind == "share":
            return Amounts(add(self.share, balance.amount), self.commission, self.vat)
        return Amounts(
            self.share,
            add(self.commission, balance.amount),
            add(self.vat, balance.vat_amount),
        )


@dataclass(frozen=True, slots=True)
class PartnerClaims:
    """What a partner has in one currency, in each state of a share line.

    ``on_its_way`` are the cents of its statements that are to be paid out, ``paid_out`` those
    that a bank has booked.
    """

    beneficiary_id: UUID
    currency: str
    pending: Amounts
    released: Amounts
    stated: Amounts
    paid: Amounts
    on_its_way: Decimal
    paid_out: Decimal
    next_statement_on: date
    days: Sequence[DailyClaim]


@dataclass(frozen=True, slots=True)
class Held:
    """What the tenant holds for all its partners in one currency."""

    currency: str
    pending: Amounts
    released: Amounts
    stated: Amounts
    on_its_way: Decimal


async def partner_claims(scope: Scope, beneficiary_id: UUID) -> list[PartnerClaims]:
    """The live claims of one partner per currency, with the days of the last month.

    ``stated`` is on a statement and not paid yet. Nothing here is rounded but documents. A
    partner's actor sees only itself. Raises PartnerNotFound.
    """
    await require_partner(scope, beneficiary_id)
    return await claims_of(scope, [beneficiary_id])


async def require_partner(scope: Scope, beneficiary_id: UUID) -> None:
    """Raise PartnerNotFound unless there is such a partner that the actor may see."""
    party = await parties.find(scope, beneficiary_id)
    if party is None or scope.actor.party_id not in (None, beneficiary_id):
        raise PartnerNotFound(
            "there is no such partner",
            field="beneficiary_id",
            hint="list the partners with GET /v1/parties",
        )


async def claims_of(scope: Scope, beneficiary_ids: Sequence[UUID]) -> list[PartnerClaims]:
    """The live claims of partners, read together; who never had any is left out.

    A partner's actor sees only itself.
    """
    own = scope.actor.party_id
    wanted = [one for one in beneficiary_ids if own in (None, one)]
    balances = await shares.balances(scope, wanted)
    days = await daily(scope, wanted)
    cents = {(row.beneficiary_id, row.currency): row for row in await queries.cents(scope, wanted)}
    keys = {(one.beneficiary_id, one.currency) for one in balances} | cents.keys()
    keys |= {(one.beneficiary_id, one.currency) for one in days}
    return [
        PartnerClaims(
            beneficiary_id=key[0],
            currency=key[1],
            pending=_amounts(balances, "pending", key),
            released=_amounts(balances, "released", key),
            stated=_amounts(balances, "stated", key),
            paid=_amounts(balances, "paid", key),
            on_its_way=cents[key].on_its_way if key in cents else ZERO,
            paid_out=cents[key].paid_out if key in cents else ZERO,
            next_statement_on=first_of_next_month(scope.today),
            days=[day for day in days if (day.beneficiary_id, day.currency) == key],
        )
        for key in sorted(keys)
    ]


async def held(scope: Scope) -> list[Held]:
    """What is held for all partners, per currency; a partner's actor sees only its own."""
    own = None if scope.actor.party_id is None else [scope.actor.party_id]
    balances = await shares.balances(scope, own)
    cents = await queries.cents(scope, own)
    currencies = {one.currency for one in balances} | {row.currency for row in cents}
    return [
        Held(
            currency,
            _amounts(balances, "pending", currency=currency),
            _amounts(balances, "released", currency=currency),
            _amounts(balances, "stated", currency=currency),
            add(*(row.on_its_way for row in cents if row.currency == currency)),
        )
        for currency in sorted(currencies)
    ]


async def daily(scope: Scope, beneficiary_ids: Sequence[UUID] | None = None) -> list[DailyClaim]:
    """What each day of the latest month with claims added to them, oldest first."""
    own = scope.actor.party_id
    wanted = beneficiary_ids if own is None else [own]
    latest = await shares.latest_claim(scope, wanted)
    if latest is None:
        return []
    return await shares.daily_claims(scope, latest - timedelta(days=SHOWN_DAYS), wanted)


def _amounts(
    balances: Iterable[StateBalance],
    state: str,
    key: tuple[UUID, str] | None = None,
    *,
    currency: str | None = None,
) -> Amounts:
    """What stands in a state, of one partner and currency or of all in a currency."""
    amounts = Amounts()
    for balance in balances:
        is_wanted = (
            balance.currency == currency
            if key is None
            else (balance.beneficiary_id, balance.currency) == key
        )
        if balance.state == state and is_wanted:
            amounts = amounts.plus(balance)
    return amounts
