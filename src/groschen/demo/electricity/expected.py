"""What the story must come to: computed from its plot alone, in exact fractions.

Nothing of the product is used, so that a fault of the product cannot hide in its own proof.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from groschen.demo.exact import CENT, TWELFTH, ZERO, to_unit

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from groschen.demo.electricity.numbers import Household

VAT: Final = Fraction(19, 100)
KWH: Final = Fraction("0.32")
DAY: Final = Fraction("0.36")
SUPPLY_KWH: Final = Fraction("0.28")
SUPPLY_DAY: Final = Fraction("0.32")
GRID_KWH: Final = Fraction("0.095")
METERING_DAY: Final = Fraction("0.046")
PLATFORM_DAY: Final = Fraction("0.02")
EMERGENCY_LIMIT: Final = Fraction(10)
SATURDAY: Final = 5


def tax_in(gross: Fraction) -> Fraction:
    """The VAT inside a gross amount at twelve decimals."""
    return to_unit(gross * VAT / (1 + VAT), TWELFTH)


@dataclass(slots=True)
class Credit:
    """One top-up as credit: what it was, what is used of it, the VAT paid on it in advance."""

    amount: Fraction
    spent: Fraction = ZERO

    @property
    def left(self) -> Fraction:
        """What can still be used."""
        return self.amount - self.spent

    @property
    def spent_vat(self) -> Fraction:
        """The VAT that its use brought back from the contra account."""
        return to_unit(tax_in(self.amount) * self.spent / self.amount, TWELFTH)


@dataclass(slots=True)
class Purse:
    """A wallet: the oldest credit burns first, then emergency credit; the rest is owed."""

    credits: list[Credit] = field(default_factory=list[Credit])
    overdraft: Fraction = ZERO
    lent: Fraction = ZERO
    owed: Fraction = ZERO

    @property
    def balance(self) -> Fraction:
        """What can be used."""
        return sum((one.left for one in self.credits), start=ZERO)

    @property
    def prepaid_vat(self) -> Fraction:
        """The VAT in what is left, paid in advance."""
        return sum((tax_in(one.amount) - one.spent_vat for one in self.credits), start=ZERO)

    def pay(self, amount: Fraction) -> None:
        """Money comes in: emergency credit is repaid first."""
        repaid = min(self.overdraft, amount)
        self.overdraft -= repaid
        if amount > repaid:
            self.credits.append(Credit(amount - repaid))

    def use(self, gross: Fraction, *, protected: bool) -> None:
        """Use something of a day; on a protected one emergency credit has no limit."""
        for one in self.credits:
            taken = min(one.left, gross)
            one.spent += taken
            gross -= taken
        room = gross if protected else max(ZERO, EMERGENCY_LIMIT - self.overdraft)
        lent = min(room, gross)
        self.overdraft += lent
        self.lent += lent
        self.owed += gross - lent


@dataclass(frozen=True, slots=True)
class Standing:
    """A wallet in the morning after a day, before anybody tops up."""

    credit: Fraction
    overdraft: Fraction


@dataclass(frozen=True, slots=True)
class Life:
    """One household: its wallet after each day, and all it paid and used."""

    purse: Purse
    standings: tuple[Standing, ...]
    paid: Fraction
    energy: Fraction
    days: int


class ExpectedSupplier:
    """What the supplier comes to, of what its utilities come to."""

    def __init__(self, utilities: Sequence[Expected]) -> None:
        energy = sum((one.energy for one in utilities), start=ZERO)
        days = sum(one.contract_days for one in utilities)
        self.claims = sum((one.supply for one in utilities), start=ZERO)
        self.costs = {
            "netzbetreiber": energy * GRID_KWH,
            "messstellenbetreiber": days * METERING_DAY,
            "plattform": days * PLATFORM_DAY,
        }

    @property
    def statements(self) -> dict[str, Fraction]:
        """What each of those it pays gets, in cents."""
        return {name: to_unit(cost, CENT) for name, cost in self.costs.items()}

    def ledger(self) -> dict[str, Fraction]:
        """The balance of every account once the bank has paid: debit positive, no zeros."""
        cost = sum(self.costs.values(), start=ZERO)
        stated = sum(self.statements.values(), start=ZERO)
        balances = {
            "PARTNER_CLAIM": self.claims,
            "REV_WHOLESALE": -self.claims,
            "COST_OF_SHARES": cost,
            "SHARE_RELEASED": stated - cost,
            "BANK": -stated,
        }
        return {account: balance for account, balance in balances.items() if balance}


class Expected:
    """What one utility comes to; ``holidays`` are those of its federal state."""

    def __init__(
        self, households: Sequence[Household], days: Sequence[date], holidays: Collection[date]
    ) -> None:
        self.days = days
        self.holidays = holidays
        self.lives = {one.name: self._life(one) for one in households}

    def _life(self, household: Household) -> Life:
        purse, standings = Purse(), list[Standing]()
        purse.pay(Fraction(household.top_ups[0]))
        for index, day in enumerate(self.days):
            if index < len(household.used):
                protected = day.weekday() >= SATURDAY or day in self.holidays
                used = Fraction(household.used[index])
                purse.use(used * KWH * (1 + VAT), protected=protected)
                purse.use(DAY * (1 + VAT), protected=protected)
            standings.append(Standing(purse.balance, purse.overdraft))
            if index + 1 in household.top_ups:
                purse.pay(Fraction(household.top_ups[index + 1]))
        paid = sum(map(Fraction, household.top_ups.values()), start=ZERO)
        energy = sum(map(Fraction, household.used), start=ZERO)
        return Life(purse, tuple(standings), paid, energy, len(household.used))

    def total_on(self, day: int) -> Fraction:
        """All credit in the morning after a day."""
        return sum((one.standings[day].credit for one in self.lives.values()), start=ZERO)

    @property
    def energy(self) -> Fraction:
        """All kWh."""
        return sum((one.energy for one in self.lives.values()), start=ZERO)

    @property
    def contract_days(self) -> int:
        """All days for which the base fee was due."""
        return sum(one.days for one in self.lives.values())

    @property
    def revenue(self) -> Fraction:
        """What customers were charged, net."""
        return self.energy * KWH + self.contract_days * DAY

    @property
    def supply(self) -> Fraction:
        """What the supplier gets of it, net."""
        return self.energy * SUPPLY_KWH + self.contract_days * SUPPLY_DAY

    @property
    def margin(self) -> Fraction:
        """What is left for the reseller, net."""
        return self.revenue - self.supply

    @property
    def statement(self) -> Fraction:
        """The supplier's statement, net, in cents (B7)."""
        return to_unit(self.supply, CENT)

    @property
    def statement_vat(self) -> Fraction:
        """The VAT on it that the supplier charges, in cents (B7)."""
        return to_unit(self.statement * VAT, CENT)

    def _tax_on_use(self, purses: Sequence[Purse]) -> Fraction:
        """The VAT of use that emergency credit paid: what use cost less what it brought back."""
        spent = sum((one.spent for purse in purses for one in purse.credits), start=ZERO)
        released = sum((one.spent_vat for purse in purses for one in purse.credits), start=ZERO)
        lent = sum((purse.lent for purse in purses), start=ZERO)
        return spent + lent - self.revenue - released

    def ledger(self) -> dict[str, Fraction]:
        """The balance of every account after the statement: debit positive, zeros left out."""
        purses = [one.purse for one in self.lives.values()]
        received = sum((one.paid for one in self.lives.values()), start=ZERO)
        left = sum((purse.balance for purse in purses), start=ZERO)
        prepaid_vat = sum((purse.prepaid_vat for purse in purses), start=ZERO)
        overdraft = sum((purse.overdraft for purse in purses), start=ZERO)
        payable = self.statement + self.statement_vat
        paid_in = [credit for purse in purses for credit in purse.credits]
        advance_vat = sum((tax_in(credit.amount) for credit in paid_in), start=ZERO)
        balances = {
            "BANK": received,
            "PREPAID": -left,
            "PREPAID_VAT": prepaid_vat,
            "EMERGENCY_CREDIT": overdraft,
            "REV_ENERGY": -self.energy * KWH,
            "REV_BASE": -self.contract_days * DAY,
            "COST_OF_SHARES": self.supply,
            "SHARE_RELEASED": self.statement - self.supply,
            "TAX_IN": self.statement_vat,
            "TAX_OUT": -advance_vat - self._tax_on_use(purses),
            "PARTNER_PAYABLE": -payable,
        }
        return {account: balance for account, balance in balances.items() if balance}
