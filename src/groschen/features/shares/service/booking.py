"""The one door: book the difference between a total as it is now and what was booked before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.ledger import (
    Journal,
    PartyAmount,
    Revenue,
    Used,
    condensed,
    sale_agent,
    sale_principal,
    shares_accrued,
    shares_released,
    usage_booked,
    usage_for_others,
)
from groschen.core.money import subtract
from groschen.core.shares import SellerRole
from groschen.core.totals import TotalKey
from groschen.features.ledger import service as ledger
from groschen.features.ledger.model import NewJournal
from groschen.features.shares.model import BookedPart, BookedTotal, Change, Supply
from groschen.features.shares.queries import totals as queries
from groschen.features.shares.service.lines import (
    Part,
    PartKey,
    ShareLine,
    booked_with,
    differences,
    is_owed_at_once,
    parts_of,
)
from groschen.kit.db import Scope
from groschen.kit.ids import new_id
from groschen.kit.rows import json_rows


@dataclass(slots=True)
class Reached:
    """What is booked of one total while its changes are booked one after another."""

    total: BookedTotal
    gross: Decimal
    net: Decimal
    tax: Decimal
    parts: Mapping[PartKey, BookedPart]

    def follow(self, change: Change, parts: Sequence[Part]) -> None:
        """A change is booked."""
        self.gross, self.net, self.tax = change.sale.gross, change.sale.net, change.sale.tax
        self.parts = booked_with(parts, self.total.id)


@dataclass(frozen=True, slots=True)
class Step:
    """What one change adds: its share lines, and its revenue as a difference."""

    change: Change
    gross: Decimal
    own: Revenue
    lines: Sequence[ShareLine]

    @property
    def shares(self) -> list[PartyAmount]:
        """What it adds to the partners' shares."""
        return [
            PartyAmount(line.part.beneficiary_id, line.amount)
            for line in self.lines
            if line.part.kind == "share"
        ]

    @property
    def is_agent(self) -> bool:
        """Whether it was sold for others."""
        agreement = self.change.agreement
        return agreement is not None and agreement.terms.seller_role is SellerRole.AGENT


@dataclass(slots=True)
class Journals:
    """The journals of one booking: one for each sale, one for a day's usage of an account."""

    new: list[NewJournal] = field(default_factory=list[NewJournal])
    of_usage: dict[tuple[UUID, UUID, date, str], list[Journal]] = field(
        default_factory=dict[tuple[UUID, UUID, date, str], list[Journal]]
    )

    def add_sale(self, step: Step, total: BookedTotal) -> None:
        """The sale (A1, A1p) of a difference and, if its shares are owed at once, A3."""
        sale_id = step.change.sale_id
        if step.gross or step.own.gross or step.shares:
            reference = f"sale:{total.id}:{total.revision}"
            self.new.append(NewJournal(new_id(), _sale(step), reference, sale_id))
        if step.shares and is_owed_at_once(step.change):
            reference = f"release:{total.id}:{total.revision}"
            journal = shares_released(step.change.currency, step.shares)
            self.new.append(NewJournal(new_id(), journal, reference, sale_id))

    def add_usage(self, step: Step, supply: Supply, effective_on: date) -> None:
        """The usage (B3, B5, B10) of a difference."""
        currency = step.change.currency
        key = (supply.booking_id, supply.account_id, effective_on, currency)
        journals = self.of_usage.setdefault(key, [])
        journals += _usage(step, supply)
        if is_owed_at_once(step.change):
            journals.append(shares_released(currency, step.shares))

    async def post(self, scope: Scope) -> None:
        """Book all of them."""
        for (booking_id, account_id, day, currency), journals in self.of_usage.items():
            journal = condensed("usage", currency, journals)
            if journal.entries:
                reference = f"usage:{booking_id}:{account_id}:{day.isoformat()}:{currency}"
                self.new.append(NewJournal(new_id(), journal, reference, account_id, day))
        await ledger.post_new(scope, self.new)


async def book_differences(scope: Scope, changes: Sequence[Change]) -> None:
    """Store the totals as they are now, and book what that adds to their shares and the ledger.

    Takes the totals in key order. A total that comes out as it was books nothing. The rule of a
    total is pinned: a change under another rule is a bug. Only usage, which is booked by service
    day, changes a total several times in one booking.
    """
    ordered = sorted(changes, key=_order)
    reached = await _store(scope, ordered)
    lines: list[ShareLine] = []
    journals = Journals()
    parts = {id(change.split): parts_of(change) for change in ordered}
    for change in ordered:
        now = reached[change.key]
        invariant(
            now.total.rule_hash_before in (None, change.rule_hash),
            "a total changed under a rule it is not pinned to",
        )
        day = _effective_on(scope, change)
        step = _step(change, parts[id(change.split)], now, day)
        lines += step.lines
        if change.supply is None:
            journals.add_sale(step, now.total)
        else:
            journals.add_usage(step, change.supply, day or scope.today)
            now.follow(change, parts[id(change.split)])
    if lines:
        await queries.insert_share_lines(scope, json_rows([line.row() for line in lines]))
    if released := [line.release_row() for line in lines if line.is_owed_at_once]:
        await queries.insert_movements(scope, json_rows(released))
    await journals.post(scope)


async def _store(scope: Scope, ordered: Sequence[Change]) -> dict[TotalKey, Reached]:
    """Store each total as its last change leaves it; answer what was booked on it before."""
    last = {change.key: change for change in ordered}
    invariant(
        len(last) == len(ordered) or all(change.supply for change in ordered),
        "one total changed twice in one booking",
    )
    booked = await queries.upsert_totals(scope, json_rows([_total_row(c) for c in last.values()]))
    before = await _booked_before(scope, booked)
    return {
        total.key: Reached(
            total, total.gross_before, total.net_before, total.tax_before, before[total.id]
        )
        for total in booked
    }


async def _booked_before(
    scope: Scope, booked: Sequence[BookedTotal]
) -> Mapping[UUID, Mapping[PartKey, BookedPart]]:
    grown = [total.id for total in booked if total.revision > 1]
    before: dict[UUID, dict[PartKey, BookedPart]] = defaultdict(dict)
    for part in await queries.booked_parts(scope, grown) if grown else []:
        before[part.total_id][part.rule, part.kind, part.of_rule, part.beneficiary_id] = part
    return before


def _effective_on(scope: Scope, change: Change) -> date | None:
    """The service day, or the first day whose books are open; none but for usage."""
    if change.supply is None:
        return None
    service_on, open_from = change.supply.service_on, scope.tenant.books_open_from
    return service_on if open_from is None else max(service_on, open_from)


def _step(
    change: Change, parts: Sequence[Part], before: Reached, effective_on: date | None
) -> Step:
    sale = change.sale
    own = Revenue(
        sale.revenue_account,
        subtract(sale.net, before.net),
        subtract(sale.tax, before.tax),
        sale.tax_key,
    )
    lines = differences(change, parts, before.total.id, before.parts, effective_on)
    return Step(change, subtract(sale.gross, before.gross), own, lines)


def _sale(step: Step) -> Journal:
    currency, customer_id = step.change.currency, step.change.sale.customer_id
    if step.is_agent:
        kept = [step.own] if step.own.gross else []
        return sale_agent(currency, customer_id, step.gross, step.shares, kept)
    return sale_principal(currency, customer_id, [step.own], step.shares)


def _usage(step: Step, supply: Supply) -> list[Journal]:
    currency, own = step.change.currency, step.own
    if step.is_agent:
        return [usage_for_others(currency, supply.funding, step.shares, [own], supply.tax_key)]
    used = [Used(own.account, own.net)]
    return [
        usage_booked(currency, supply.funding, used, supply.tax_key),
        shares_accrued(currency, step.shares),
    ]


def _order(change: Change) -> tuple[object, ...]:
    key, supply = change.key, change.supply
    day = date.min if supply is None else supply.service_on
    return key.owner_id, key.component, key.window_id, key.segment, key.group, day


def _total_row(change: Change) -> dict[str, object]:
    sale = change.sale
    return {
        "owner_id": change.key.owner_id,
        "component": change.key.component,
        "window_id": change.key.window_id,
        "segment": change.key.segment,
        "group_key": change.key.group,
        "id": change.total_id,
        "rule_hash": change.rule_hash,
        "agreement_version_id": change.agreement.id if change.agreement else None,
        "state": change.state,
        "currency": change.currency,
        "amount": change.amount,
        "sale_id": change.sale_id,
        "reference": change.reference,
        "customer_id": sale.customer_id,
        "gross": sale.gross,
        "revenue_account": sale.revenue_account,
        "net": sale.net,
        "tax": sale.tax,
        "tax_key": sale.tax_key,
        "event_count": change.facts.count,
        "event_hash": change.facts.hex,
    }
