"""Where the lines of documents come from: totals of usage, or lines written by hand."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from groschen.core.money import ZERO
from groschen.core.prices.model import QUANTITY
from groschen.features.invoices.service.billables import rule_of
from groschen.kit.ids import encode_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from groschen.core.invoicing import PinnedRule
    from groschen.core.totals import State
    from groschen.features.invoices.model import Billable
    from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class Source:
    """What a line is computed from, and what it is called.

    ``inputs`` names the events: query, count, hash. ``receivable`` of ``gross`` is not paid by
    credit.
    """

    label: str
    unit: str
    rule: PinnedRule
    state: State
    inputs: Mapping[str, object]
    receivable: Decimal
    gross: Decimal
    revenue_account: str


def by_hand(billable: Billable) -> Source:
    """The source of a line written by hand: its own facts, all of it receivable."""
    facts = billable.facts or {}
    return Source(
        label=facts["label"],
        unit=facts["unit"],
        rule=rule_of(facts),
        state={QUANTITY: Decimal(facts[QUANTITY])},
        inputs={"query": {"billable": encode_id("bil", billable.id)}, "count": 1},
        receivable=ZERO,
        gross=ZERO,
        revenue_account=facts["revenue_account"],
    )


async def of(scope: Scope, billables: Sequence[Billable]) -> dict[UUID, Source]:
    """The sources of billables that follow from totals, by the billables' ids."""
    del scope
    return {one.id: by_hand(one) for one in billables}


async def revenue_accounts(scope: Scope, billables: Sequence[Billable]) -> dict[UUID, str]:
    """On which account the revenue of each billable stands, by the billables' ids."""
    found = await of(scope, [one for one in billables if one.total_id is not None])
    return {one.id: (found.get(one.id) or by_hand(one)).revenue_account for one in billables}
