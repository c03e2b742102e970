"""A total while a call changes it: its state now, and the differences by service day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from groschen.core.canonical import EventHash
from groschen.core.errors import invariant
from groschen.core.money import EXACT, LIMIT, ZERO, Money
from groschen.core.sale import Basis
from groschen.core.tax import split_net_exact
from groschen.core.totals import state_to_json
from groschen.features.usage.model import DatedFact, ItemTotal, TotalTooLarge
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from decimal import Decimal
    from uuid import UUID

    from groschen.core.totals import State, TotalKey
    from groschen.features.subscriptions.model import Contract, Segment
    from groschen.features.usage.queries.totals import StoredTotal

_HASH_RANGE: Final = 2**256
_plus: Final = EXACT.add
_minus: Final = EXACT.subtract


@dataclass(slots=True)
class DayDifference:
    """What one call adds to the slice of one day; ``amount`` in the plan's basis, the rest gross.

    ``wallet``, ``overdraft`` and ``receivable`` add up to ``gross``.
    """

    quantity: Decimal = ZERO
    amount: Decimal = ZERO
    gross: Decimal = ZERO
    wallet: Decimal = ZERO
    wallet_vat: Decimal = ZERO
    overdraft: Decimal = ZERO
    receivable: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class BookTerms:
    """What a total is priced under and whose it is; ``vat_rate`` applies to net prices."""

    key: TotalKey
    contract: Contract
    segment: Segment
    rule_hash: str
    vat_rate: Decimal


@dataclass(slots=True)
class Book:
    """One total of a call. ``move`` takes it from state to state; nothing is clamped."""

    terms: BookTerms
    id: UUID
    is_new: bool
    state: State
    quantity: Decimal
    amount: Decimal
    gross: Decimal
    funded_wallet: Decimal
    funded_overdraft: Decimal
    receivable: Decimal
    facts: EventHash
    revision: int
    days: dict[date, DayDifference] = field(default_factory=dict["date", "DayDifference"])

    @classmethod
    def opened(cls, terms: BookTerms, stored: StoredTotal | None, empty: State) -> Book:
        """The book of a total that is stored, or of a new one with an ``empty`` state."""
        if stored is None:
            return cls(
                terms,
                new_id(),
                is_new=True,
                state=empty,
                quantity=ZERO,
                amount=ZERO,
                gross=ZERO,
                funded_wallet=ZERO,
                funded_overdraft=ZERO,
                receivable=ZERO,
                facts=EventHash(),
                revision=0,
            )
        invariant(
            stored.rule_hash == terms.rule_hash, "a total changed under a rule it is not pinned to"
        )
        return cls(
            terms,
            stored.id,
            is_new=False,
            state=stored.state,
            quantity=stored.quantity,
            amount=stored.amount,
            gross=stored.gross,
            funded_wallet=stored.funded_wallet,
            funded_overdraft=stored.funded_overdraft,
            receivable=stored.receivable,
            facts=EventHash.of(stored.event_count, stored.event_hash),
            revision=stored.revision,
        )

    def move(self, day: date, state: State, quantity: Decimal, amount: Decimal) -> None:
        """Take the total to a new state; the difference belongs to ``day``.

        Raises ``TotalTooLarge``.
        """
        gross = self._gross_of(amount)
        for figure in (quantity, amount, gross):
            if not -LIMIT < figure < LIMIT:
                raise TotalTooLarge(self.terms.key)
        if amount != self.amount or quantity != self.quantity:
            difference = self.days.setdefault(day, DayDifference())
            difference.quantity = _plus(difference.quantity, _minus(quantity, self.quantity))
            difference.amount = _plus(difference.amount, _minus(amount, self.amount))
            difference.gross = _plus(difference.gross, _minus(gross, self.gross))
        self.state, self.quantity, self.amount, self.gross = state, quantity, amount, gross

    def count(self, added: Sequence[DatedFact], removed: Sequence[DatedFact]) -> None:
        """Count facts in and out, for the proof."""
        value = self.facts.value + sum(fact.hash for fact in added)
        value -= sum(fact.hash for fact in removed)
        count = self.facts.count + len(added) - len(removed)
        self.facts = EventHash(count, value % _HASH_RANGE)

    def recount(self, facts: Sequence[DatedFact]) -> None:
        """Count facts anew, all that the total has."""
        self.facts = EventHash(len(facts), sum(fact.hash for fact in facts) % _HASH_RANGE)

    def fund(
        self,
        day: date,
        *,
        wallet: Decimal,
        wallet_vat: Decimal,
        overdraft: Decimal,
        receivable: Decimal,
    ) -> None:
        """Say what paid the difference of a day."""
        difference = self.days[day]
        invariant(
            _plus(_plus(wallet, overdraft), receivable) == difference.gross,
            "a difference is not funded to the last decimal",
        )
        difference.wallet, difference.wallet_vat = wallet, wallet_vat
        difference.overdraft, difference.receivable = overdraft, receivable
        self.funded_wallet = _plus(self.funded_wallet, wallet)
        self.funded_overdraft = _plus(self.funded_overdraft, overdraft)
        self.receivable = _plus(self.receivable, receivable)

    @property
    def is_needed(self) -> bool:
        """Whether there is something to store: a new total that came to nothing is not kept."""
        return bool(self.days) or not self.is_new

    def row(self) -> dict[str, object]:
        """All columns of a new total."""
        key, contract = self.terms.key, self.terms.contract
        return {
            **self.changes(),
            "owner_id": key.owner_id,
            "component": key.component,
            "window_id": key.window_id,
            "segment": key.segment,
            "group_key": key.group,
            "account_id": contract.account_id,
            "party_id": contract.party_id,
            "plan_version_id": self.terms.segment.offer.plan_version_id,
            "rule_hash": self.terms.rule_hash,
            "currency": contract.currency,
        }

    def changes(self) -> dict[str, object]:
        """The columns that a call changes."""
        return {
            "id": self.id,
            "state": state_to_json(self.state),
            "quantity": self.quantity,
            "amount": self.amount,
            "gross": self.gross,
            "funded_wallet": self.funded_wallet,
            "funded_overdraft": self.funded_overdraft,
            "receivable": self.receivable,
            "event_count": self.facts.count,
            "event_hash": self.facts.hex,
        }

    def day_rows(self) -> Iterator[dict[str, object]]:
        """What is added to the slices of this total."""
        for day, difference in self.days.items():
            yield {
                "total_id": self.id,
                "day": day,
                "quantity": difference.quantity,
                "amount": difference.amount,
                "gross": difference.gross,
                "wallet": difference.wallet,
                "wallet_vat": difference.wallet_vat,
                "overdraft": difference.overdraft,
                "receivable": difference.receivable,
            }

    def total(self) -> ItemTotal:
        """The total as it is now."""
        contract = self.terms.contract
        return ItemTotal(
            self.id,
            self.terms.key,
            contract.account_id,
            contract.party_id,
            self.terms.segment.offer.plan_version_id,
            self.terms.rule_hash,
            contract.currency,
            self.state,
            self.quantity,
            self.amount,
            self.gross,
            self.funded_wallet,
            self.funded_overdraft,
            self.receivable,
            self.facts,
            self.revision + 1,
        )

    def _gross_of(self, amount: Decimal) -> Decimal:
        """The amount with its VAT: itself when prices are gross."""
        if self.terms.segment.offer.terms.basis is Basis.GROSS:
            return amount
        net = Money(amount, self.terms.contract.currency)
        return _plus(amount, split_net_exact(net, self.terms.vat_rate).tax.amount)
