"""Taking events in: each exactly once, in one transaction for a whole call.

``ingest`` is one attempt inside a scope; ``take_in`` repeats it when a total would become too
large, with the events of that total refused.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import msgspec

from groschen.features.usage.model import Draft, Fault, Result, ResultStatus, TotalTooLarge
from groschen.features.usage.queries import events as queries
from groschen.features.usage.service import rejects
from groschen.features.usage.service.decoding import too_late_or_early
from groschen.features.usage.service.hits import Counted, charges, owners
from groschen.features.usage.service.matching import matcher
from groschen.features.usage.service.months import Months, months
from groschen.features.usage.service.totals import book_charges, lock_owners
from groschen.kit.ids import new_id
from groschen.kit.rows import json_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

    from groschen.core.totals import TotalKey
    from groschen.core.usage import UsageFact
    from groschen.features.usage.queries.events import KnownEvent
    from groschen.kit.db import Scope

RESTORED: Final = "sent again"
_rows: Final = msgspec.json.Encoder(decimal_format="number", uuid_format="canonical").encode
REUSED: Final = Fault(
    "event_id_reused",
    "another event with this source and id was accepted before",
    "an event never changes: void the old one, and send the new one under an id of its own",
    "id",
)
DUPLICATE: Final = ResultStatus.DUPLICATE
TOO_LARGE: Final = Fault(
    "total_too_large",
    "a total would pass sixteen integer digits",
    "check the unit of the value",
    "data",
)


Work: TypeAlias = "Callable[[Scope], Coroutine[Any, Any, list[Result]]]"


class Transact(Protocol):
    """Does work in one transaction of its own."""

    async def __call__(self, work: Work, /) -> list[Result]:
        """Run ``work``, again if other transactions collide with it."""
        ...


class Attempt(Protocol):
    """One attempt at taking in the events of a call."""

    async def __call__(
        self, scope: Scope, drafts: Sequence[Draft], too_large: AbstractSet[TotalKey]
    ) -> list[Result]:
        """Take in ``drafts``; the totals ``too_large`` take no more."""
        ...


@dataclass(slots=True)
class _Call:
    """The events of one call while they are sorted out; ``results`` by place."""

    drafts: Sequence[Draft]
    results: dict[int, Result] = field(default_factory=dict[int, Result])
    copies: dict[int, int] = field(default_factory=dict[int, int])

    def settle(self, place: int, status: ResultStatus, fault: Fault | None = None) -> None:
        """Say what became of an event."""
        self.results[place] = Result(self.drafts[place].key, status, fault)

    def refuse(self, place: int, fault: Fault) -> None:
        """Say that an event is refused."""
        self.settle(place, ResultStatus.REJECTED, fault)

    @property
    def open(self) -> list[tuple[int, Draft, UsageFact]]:
        """The events of which nothing is known yet, each key once."""
        return [
            (place, draft, draft.fact)
            for place, draft in enumerate(self.drafts)
            if draft.fact is not None and place not in self.results and place not in self.copies
        ]


async def ingest(
    scope: Scope, drafts: Sequence[Draft], too_large: AbstractSet[TotalKey]
) -> list[Result]:
    """``sort_in``, and keep what is refused as rejects."""
    results = await sort_in(scope, drafts, too_large)
    await rejects.keep(scope, drafts, results)
    return results


async def sort_in(
    scope: Scope, drafts: Sequence[Draft], too_large: AbstractSet[TotalKey]
) -> list[Result]:
    """Take in what can be taken; results in the order of ``drafts``.

    ``too_large`` are totals that take no more. Raises ``TotalTooLarge``: roll back, and call
    again with its key.
    """
    call = _Call(drafts)
    _sort_out(call, scope)
    live = await months(scope)
    counted = await _matched(scope, call, live, too_large)
    await lock_owners(scope, owners(counted.values()))
    accepted = await _stored(scope, call, counted, live)
    await book_charges(scope, await charges(scope, accepted), locked=True)
    _copy_results(call)
    return [call.results[place] for place in range(len(drafts))]


async def take_in(
    transact: Transact, drafts: Sequence[Draft], attempt: Attempt = ingest
) -> list[Result]:
    """Take in the events of a call in one transaction; results in the order of ``drafts``.

    The events of a total that would become too large are refused, the others taken.
    """
    too_large: set[TotalKey] = set()
    while True:
        try:
            return await transact(partial(attempt, drafts=drafts, too_large=frozenset(too_large)))
        except TotalTooLarge as refusal:
            if refusal.key in too_large:
                raise
            too_large.add(refusal.key)


def _sort_out(call: _Call, scope: Scope) -> None:
    """Refuse what is faulty, and find the copies of an event within the call."""
    first: dict[tuple[str | None, str | None], int] = {}
    for place, draft in enumerate(call.drafts):
        if draft.fact is None:
            call.refuse(place, draft.fault or REUSED)
            continue
        original = first.setdefault(draft.key, place)
        if original == place:
            fault = too_late_or_early(draft.fact, scope.now)
            if fault is not None:
                call.refuse(place, fault)
        elif call.drafts[original].body_hash == draft.body_hash:
            call.copies[place] = original
        else:
            call.refuse(place, REUSED)


async def _matched(
    scope: Scope, call: _Call, live: Months, too_large: AbstractSet[TotalKey]
) -> dict[int, Counted]:
    """The events that count somewhere, by place; the others are duplicates or refused."""
    waiting = call.open
    known = await matcher(scope, (fact for _, _, fact in waiting))
    counted: dict[int, Counted] = {}
    unmatched: dict[int, Fault] = {}
    for place, draft, fact in waiting:
        found = known.match(fact)
        if isinstance(found, Fault):
            unmatched[place] = found
        elif too_large and any(hit.key in too_large for hit in found):
            unmatched[place] = TOO_LARGE
        else:
            counted[place] = Counted(fact, draft.body_hash, found)
    await _settle_unmatched(scope, call, unmatched, live)
    return counted


async def _settle_unmatched(
    scope: Scope, call: _Call, unmatched: dict[int, Fault], live: Months
) -> None:
    """What matches nothing now may have been accepted before, when it did."""
    if not unmatched:
        return
    keys = [
        {"place": place, "source": call.drafts[place].key[0], "event_id": call.drafts[place].key[1]}
        for place in unmatched
    ]
    found = await queries.known_events(scope, json_rows(keys), (live.live, *live.earlier))
    before = {one.place: one for one in found}
    for place, fault in unmatched.items():
        one = before.get(place)
        if one is None:
            call.refuse(place, fault)
        elif one.body_hash != call.drafts[place].body_hash:
            call.refuse(place, REUSED)
        elif one.mark == "voided":
            call.refuse(place, fault)
        else:
            call.settle(place, DUPLICATE)


async def _stored(
    scope: Scope, call: _Call, counted: dict[int, Counted], live: Months
) -> list[Counted]:
    """Store what is new; answer what counts now: new events, and voided ones sent again."""
    if not counted:
        return []
    rows = _rows([_event_row(place, one) for place, one in counted.items()]).decode()
    known = await queries.insert_events(scope, rows, live.live, live.earlier)
    known = await _with_the_newest(scope, call, known, live)
    restored = await _restored(scope, call, known)
    before = {one.place for one in known}
    for place in counted:
        if place not in before or place in restored:
            call.settle(place, ResultStatus.ACCEPTED)
    for one in known:
        if one.place in restored:
            continue
        if one.body_hash == call.drafts[one.place].body_hash:
            call.settle(one.place, DUPLICATE)
        else:
            call.refuse(one.place, REUSED)
    return [one for place, one in counted.items() if place not in before or place in restored]


async def _with_the_newest(
    scope: Scope, call: _Call, known: list[KnownEvent], live: Months
) -> list[KnownEvent]:
    """Read again what somebody else stored while we waited for it."""
    if all(one.body_hash is not None for one in known):
        return known
    keys = [
        {
            "place": one.place,
            "source": call.drafts[one.place].key[0],
            "event_id": call.drafts[one.place].key[1],
        }
        for one in known
        if one.body_hash is None
    ]
    newest = await queries.known_events(scope, json_rows(keys), (live.live, *live.earlier))
    return [one for one in known if one.body_hash is not None] + newest


async def _restored(scope: Scope, call: _Call, known: Iterable[KnownEvent]) -> set[int]:
    """Accept voided events again that are sent again as they were; answer their places."""
    again = [
        one
        for one in known
        if one.mark == "voided" and one.body_hash == call.drafts[one.place].body_hash
    ]
    if not again:
        return set()
    rows = [
        {
            "source": call.drafts[one.place].key[0],
            "event_id": call.drafts[one.place].key[1],
            "ordinal": one.ordinal + 1,
            "kind": "restored",
            "reason": RESTORED,
        }
        for one in again
    ]
    marked = await queries.insert_marks(scope, json_rows(rows))
    return {one.place for one in again if call.drafts[one.place].key in marked}


def _copy_results(call: _Call) -> None:
    """A copy within the call fares as its original: a duplicate, or refused for the same."""
    for place, original in call.copies.items():
        result = call.results[original]
        if result.status is ResultStatus.REJECTED and result.fault is not None:
            call.refuse(place, result.fault)
        else:
            call.settle(place, DUPLICATE)


def _event_row(place: int, one: Counted) -> dict[str, object]:
    fact = one.fact
    return {
        "place": place,
        "source": fact.source,
        "event_id": fact.id,
        "id": new_id(),
        "type": fact.type,
        "subject": fact.subject,
        "occurred_at": fact.occurred_at,
        "body_hash": one.body_hash,
        "properties": fact.properties,
    }
