"""How the segments of an item follow from what was planned and changed. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from groschen.core.errors import invariant
from groschen.features.subscriptions.model import Segment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from groschen.features.catalog.model import Offer


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What to store so that ``before`` becomes ``after``. Numbers of ``removed`` are not reused."""

    removed: tuple[Segment, ...]
    cut: tuple[Segment, ...]
    added: tuple[Segment, ...]


def planned(starts: Sequence[tuple[datetime, Offer, Decimal]]) -> tuple[Segment, ...]:
    """The segments of terms that follow each other, by the instants at which they begin."""
    ends = [*(from_at for from_at, _, _ in starts[1:]), None]
    return tuple(
        Segment(number, offer, quantity, from_at, until_at)
        for number, ((from_at, offer, quantity), until_at) in enumerate(
            zip(starts, ends, strict=True), start=1
        )
    )


def changed(
    segments: Sequence[Segment], at: datetime, offer: Offer | None, quantity: Decimal | None
) -> tuple[Segment, ...]:
    """The segments with another plan or quantity from ``at`` on; some segment holds at ``at``.

    Another plan replaces what was planned for later; another quantity alone holds in the later
    phases too. What begins anew gets a new number.
    """
    held = [one for one in segments if one.holds_at(at)]
    invariant(len(held) == 1, "a change at an instant at which no segment holds")
    number = max(one.segment for one in segments) + 1
    kept = [one for one in segments if one.from_at < at]
    kept = [replace(one, until_at=at) if one is held[0] else one for one in kept]
    later = [] if offer else [one for one in segments if one.from_at > at]
    first = replace(
        held[0],
        offer=offer or held[0].offer,
        quantity=quantity or held[0].quantity,
        from_at=at,
        until_at=segments[-1].until_at if offer else held[0].until_at,
    )
    new = [first, *(replace(one, quantity=quantity or one.quantity) for one in later)]
    return (*kept, *(replace(one, segment=number + index) for index, one in enumerate(new)))


def rewriting(before: Sequence[Segment], after: Sequence[Segment]) -> Rewriting:
    """What distinguishes the segments before and after a change."""
    old = {one.segment: one for one in before}
    new = {one.segment: one for one in after}
    return Rewriting(
        removed=tuple(one for one in before if one.segment not in new),
        cut=tuple(
            one for one in after if one.segment in old and one.until_at != old[one.segment].until_at
        ),
        added=tuple(one for one in after if one.segment not in old),
    )
