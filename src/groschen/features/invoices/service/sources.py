"""Where the lines of documents come from: totals of usage, or lines written by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from groschen.core.invoicing import PinnedRule, receivable_part
from groschen.core.money import ZERO
from groschen.core.prices import parse_price
from groschen.core.prices.model import QUANTITY
from groschen.features.usage.service.billing import BilledTotal, billed_totals
from groschen.kit.ids import encode_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

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

    @property
    def should(self) -> Decimal:
        """What is to be billed of it, in its basis, at twelve decimals."""
        return receivable_part(self.rule.amount(self.state), self.receivable, self.gross)


def rule_of(facts: Mapping[str, Any]) -> PinnedRule:
    """The price of a line written by hand."""
    return PinnedRule(parse_price(facts["price"]))


def by_hand(billable: Billable) -> Source:
    """The source of a line written by hand: its own facts, all of it receivable."""
    facts = billable.facts or {}
    query = {"billable": encode_id("bil", billable.id)}
    return Source(
        label=facts["label"],
        unit=facts["unit"],
        rule=rule_of(facts),
        state={QUANTITY: Decimal(facts[QUANTITY])},
        inputs={"query": query, "count": 1, "hash": None},
        receivable=ZERO,
        gross=ZERO,
        revenue_account=facts["revenue_account"],
    )


async def of(scope: Scope, billables: Sequence[Billable]) -> dict[UUID, Source]:
    """The sources of billables by their ids; totals as they are in this transaction."""
    total_ids = [one.total_id for one in billables if one.total_id is not None]
    totals = {one.id: one for one in await billed_totals(scope, total_ids)}
    return {
        one.id: by_hand(one) if one.total_id is None else of_total(totals[one.total_id])
        for one in billables
    }


def of_total(total: BilledTotal) -> Source:
    """The source of a line that follows from a total."""
    return Source(
        label=_label(total),
        unit=total.component.unit or "",
        rule=PinnedRule(total.rule),
        state=total.state,
        inputs={
            "query": _query(total),
            "count": total.event_count,
            "hash": total.event_hash,
        },
        receivable=total.receivable,
        gross=total.gross,
        revenue_account=total.revenue_account,
    )


def _label(total: BilledTotal) -> str:
    """The component's label, and the values it is grouped by."""
    label = total.component.label or total.component.id
    if not total.group:
        return label
    values = cast("Mapping[str, object]", json.loads(total.group)).values()
    return f"{label} ({', '.join(str(value) for value in values)})"


def _query(total: BilledTotal) -> dict[str, object]:
    """Which events were folded, as GET /v1/events takes it."""
    return {
        "total": encode_id("tot", total.id),
        "item": encode_id("sbi", total.owner_id),
        "component": total.component.id,
        "meter": total.component.meter,
        "from": total.used.start.isoformat(),
        "to": total.used.end.isoformat(),
        "group": total.group,
    }


async def revenue_accounts(scope: Scope, billables: Sequence[Billable]) -> dict[UUID, str]:
    """On which account the revenue of each billable stands, by the billables' ids."""
    return {key: one.revenue_account for key, one in (await of(scope, billables)).items()}
