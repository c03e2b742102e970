"""The event debugger: what an event would count for and cost, or why it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from groschen.core.money import ZERO, subtract
from groschen.features.usage.model import Draft, Fault, Result, ResultStatus
from groschen.features.usage.queries import events as queries
from groschen.features.usage.queries import totals as totals_queries
from groschen.features.usage.service.decoding import too_late_or_early
from groschen.features.usage.service.facts import VOIDED
from groschen.features.usage.service.ingest import REUSED
from groschen.features.usage.service.matching import matcher, unknown_subject
from groschen.features.usage.service.totals import key_row
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from groschen.core.prices import PriceLine
    from groschen.core.usage import UsageFact
    from groschen.features.usage.queries.totals import StoredTotal
    from groschen.features.usage.service.matching import Hit
    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class Explained:
    """What an event adds to one total, in the plan's basis, before a maximum or minimum."""

    hit: Hit
    quantity_before: Decimal
    quantity: Decimal
    amount_before: Decimal
    amount: Decimal
    lines: tuple[PriceLine, ...]

    @property
    def difference(self) -> Decimal:
        """What the event costs."""
        return subtract(self.amount, self.amount_before)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would become of an event, and what it would count for (or counts for already)."""

    result: Result
    counts: tuple[Explained, ...]


async def explain(scope: Scope, draft: Draft) -> Explanation:
    """Say what would become of an event that came now. Nothing is stored."""
    fact = draft.fact
    if fact is None:
        return Explanation(Result(draft.key, ResultStatus.REJECTED, draft.fault), ())
    found = _seen_by(scope, (await matcher(scope, [fact])).match(fact), fact)
    result = await _result(scope, draft, fact, found)
    if isinstance(found, Fault):
        return Explanation(result, ())
    rows = [key_row(place, hit.key) for place, hit in enumerate(found)]
    known = await totals_queries.stored_totals(scope, json_rows(rows))
    stored = {one.place: one for one in known}
    counts_now = result.status is not ResultStatus.DUPLICATE
    return Explanation(
        result,
        tuple(
            _explained(hit, fact, stored.get(place), counts_now=counts_now)
            for place, hit in enumerate(found)
        ),
    )


def _seen_by(scope: Scope, found: list[Hit] | Fault, fact: UsageFact) -> list[Hit] | Fault:
    """What the actor may know of it: for a party, a subject of others is an unknown one."""
    if scope.actor.party_id is None:
        return found
    hits = [] if isinstance(found, Fault) else found
    own = [hit for hit in hits if hit.contract.party_id == scope.actor.party_id]
    return own or unknown_subject(fact)


async def _result(scope: Scope, draft: Draft, fact: UsageFact, found: list[Hit] | Fault) -> Result:
    is_own = scope.actor.party_id is None or not isinstance(found, Fault)
    known = await queries.find_event(scope, fact.source, fact.id) if is_own else None
    fault = too_late_or_early(fact, scope.now) or (found if isinstance(found, Fault) else None)
    if known is not None and known.body_hash != draft.body_hash:
        fault = REUSED
    elif known is not None and known.mark != VOIDED:
        return Result(draft.key, ResultStatus.DUPLICATE)
    status = ResultStatus.ACCEPTED if fault is None else ResultStatus.REJECTED
    return Result(draft.key, status, fault)


def _explained(
    hit: Hit, fact: UsageFact, stored: StoredTotal | None, *, counts_now: bool
) -> Explained:
    rule = hit.metered.rule
    before: Mapping[str, Decimal] = rule.empty() if stored is None else stored.state
    after = rule.fold(before, fact) if counts_now else before
    return Explained(
        hit,
        ZERO if stored is None else stored.quantity,
        rule.quantity(after),
        ZERO if stored is None else stored.amount,
        rule.amount(after).amount,
        rule.lines(after),
    )
