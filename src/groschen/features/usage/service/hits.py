"""From hits to charges: facts that count in the same total, put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from groschen.features.subscriptions import service as subscriptions
from groschen.features.usage.model import Charge, DatedFact

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from groschen.core.usage import UsageFact
    from groschen.features.subscriptions.model import WindowRow
    from groschen.features.usage.service.matching import Hit
    from groschen.kit.db import Scope


_Place: TypeAlias = tuple[int, str, int, int, str]
"""Contract (by its place in memory), component, window, segment and group."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A fact with everything it counts in; ``body_hash`` stands for it in proofs."""

    fact: UsageFact
    body_hash: str
    hits: Sequence[Hit]


@dataclass(slots=True)
class _Facts:
    """What one total gains and loses."""

    hit: Hit
    added: list[DatedFact] = field(default_factory=list[DatedFact])
    removed: list[DatedFact] = field(default_factory=list[DatedFact])


def owners(counted: Iterable[Counted]) -> set[UUID]:
    """The items whose totals the facts change."""
    return {hit.contract.item_id for one in counted for hit in one.hits}


async def charges(
    scope: Scope, added: Iterable[Counted], removed: Iterable[Counted] = ()
) -> list[Charge]:
    """The charges of facts that came and went. Makes the windows; the owners are locked."""
    found: dict[_Place, _Facts] = {}
    for one in added:
        for hit, dated in _dated(one):
            _of(found, hit).added.append(dated)
    for one in removed:
        for hit, dated in _dated(one):
            _of(found, hit).removed.append(dated)
    wanted = {facts.hit.window_key for facts in found.values()}
    windows = await subscriptions.windows(scope, wanted)
    return [_charge(facts, windows[facts.hit.window_key]) for facts in found.values()]


def _dated(one: Counted) -> Iterable[tuple[Hit, DatedFact]]:
    number = int(one.body_hash, 16)
    for hit in one.hits:
        yield hit, DatedFact(hit.day, one.fact, number)


def _of(found: dict[_Place, _Facts], hit: Hit) -> _Facts:
    place = (
        id(hit.contract),
        hit.metered.component.id,
        hit.window.ordinal,
        hit.segment.segment,
        hit.group,
    )
    facts = found.get(place)
    if facts is None:
        facts = found[place] = _Facts(hit)
    return facts


def _charge(facts: _Facts, window: WindowRow) -> Charge:
    hit = facts.hit
    return Charge(
        hit.key,
        hit.contract,
        hit.segment,
        hit.metered.component,
        hit.metered.rule,
        window,
        tuple(facts.added),
        tuple(facts.removed),
    )
