"""A partner's live claims: pending, released, stated, paid, and when money comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from groschen.core.money import ZERO, subtract
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


@dataclass(frozen=True, slots=True)
class PartnerClaims:
    """What a partner has in one currency, in each state of a share line."""

    currency: str
    pending: Amounts
    released: Amounts
    stated: Amounts
    paid: Amounts
    on_its_way: Decimal
    next_statement_on: date
    days: Sequence[DailyClaim]


async def partner_claims(scope: Scope, beneficiary_id: UUID) -> list[PartnerClaims]:
    """The live claims of one partner per currency, with the days of the last month.

    ``stated`` is on a statement and not paid yet; ``on_its_way`` are the cents of those
    statements that are to be paid out. Nothing here is rounded but documents. A partner's actor
    sees only itself. Raises PartnerNotFound.
    """
    party = await parties.find(scope, beneficiary_id)
    if party is None or scope.actor.party_id not in (None, beneficiary_id):
        raise PartnerNotFound(
            "there is no such partner",
            field="beneficiary_id",
            hint="list the partners with GET /v1/parties",
        )
    balances = await shares.balances(scope, beneficiary_id)
    since = scope.today - timedelta(days=SHOWN_DAYS)
    days = await shares.daily_claims(scope, beneficiary_id, since)
    open_amounts = await queries.open_amounts(scope, beneficiary_id)
    currencies = sorted({balance.currency for balance in balances} | {d.currency for d in days})
    return [
        PartnerClaims(
            currency,
            pending=_amounts(balances, currency, "pending"),
            released=_amounts(balances, currency, "released"),
            stated=_amounts(balances, currency, "stated"),
            paid=_amounts(balances, currency, "paid"),
            on_its_way=open_amounts.get(currency, ZERO),
            next_statement_on=first_of_next_month(scope.today),
            days=[day for day in days if day.currency == currency],
        )
        for currency in currencies
    ]


def _amounts(balances: Sequence[StateBalance], currency: str, state: str) -> Amounts:
    found = {
        balance.kind: balance
        for balance in balances
        if balance.currency == currency and balance.state == state
    }
    share, commission = found.get("share"), found.get("commission")
    return Amounts(
        share=ZERO if share is None else share.amount,
        commission=ZERO if commission is None else commission.amount,
        vat=ZERO if commission is None else commission.vat_amount,
    )
