"""Undoing and giving back in any order: every step balances, and the end is exact.

The steps work on one total without a database; line states are folded from the movements they
give, as the database does.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from groschen.core.money import ZERO, add, add_all, round12, split_exact, subtract
from groschen.core.shares import parse_terms
from groschen.features.shares.model import (
    AgreementVersion,
    LineState,
    ReversalEvent,
    SoldTotal,
    UndoneMovement,
)
from groschen.features.shares.service.taking import Step, Taken, give_back, take

if TYPE_CHECKING:
    from collections.abc import Mapping


def version(role: str, keeps: Mapping[str, Mapping[str, str]]) -> AgreementVersion:
    """Two partners by rule, commission on the second; ``keeps`` are attributes by rule."""
    rules = [
        {
            "id": rule,
            "kind": "percent",
            "base": "gross",
            "beneficiary": f"op-{rule}",
            "params": {"rate": "0.3"},
            **keeps.get(rule, {}),
        }
        for rule in ("a", "b")
    ]
    commission = {
        "id": "commission",
        "kind": "percent",
        "params": {"rate": "0.06"},
        "deducted_from": "statement",
        "of": "b",
        "vat_rate": "0.19",
        **keeps.get("commission", {}),
    }
    terms = {
        "currency": "EUR",
        "seller_role": role,
        "rules": [*rules, commission],
        "settlement": {},
    }
    instant = datetime(2027, 1, 1, tzinfo=UTC)
    parsed = parse_terms(terms)
    return AgreementVersion(UUID(int=9), UUID(int=8), "x", 1, instant, parsed, parsed.hash, instant)


@dataclass
class Shared:
    """One total with its lines, and what was done to them so far."""

    version: AgreementVersion
    total: SoldTotal
    lines: dict[UUID, LineState]
    chargebacks: dict[UUID, Decimal] = field(default_factory=dict)
    movements: list[dict[str, Any]] = field(default_factory=list)
    own: Decimal = ZERO
    borne: Decimal = ZERO

    def take(self, amount: Decimal, event: ReversalEvent, source: UUID) -> Taken:
        step = Step(self.total, amount, event)
        taken = take(step, self.version, list(self.lines.values()), source)
        self.book(taken, event, sign=1)
        if event is ReversalEvent.CHARGEBACK:
            self.chargebacks[source] = amount
        return taken

    def win(self, source: UUID) -> Taken:
        amount = self.chargebacks.pop(source)
        step = Step(self.total, subtract(ZERO, amount), ReversalEvent.CHARGEBACK)
        undone = [
            UndoneMovement(
                one["share_line_id"],
                one["from_state"],
                one["amount"],
                one["vat_amount"],
                one["posted"],
            )
            for one in self.movements
            if one["source_id"] == source and one["to_state"] == "reversed"
        ]
        given = give_back(step, self.version, list(self.lines.values()), undone, source)
        self.book(given, ReversalEvent.CHARGEBACK, sign=-1)
        return given

    def book(self, taken: Taken, event: ReversalEvent, *, sign: int) -> None:
        is_chargeback = event is ReversalEvent.CHARGEBACK
        self.total = replace(
            self.total,
            returned=add(self.total.returned, taken.amount),
            charged_back=add(self.total.charged_back, taken.amount if is_chargeback else ZERO),
        )
        for one in taken.movements:
            self.movements.append(one)
            line = self.lines[one["share_line_id"]]
            self.lines[line.id] = _moved(line, one)
        self.own = add(self.own, sign * taken.net, sign * taken.tax)
        self.borne = add(self.borne, sign * taken.borne)

    def undone(self) -> dict[str, Decimal]:
        """What stands undone by rule; a commission with its VAT."""
        sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for one in self.movements:
            line = self.lines[one["share_line_id"]]
            sign = 1 if one["to_state"] == "reversed" else -1
            sums[line.rule] = add(sums[line.rule], sign * one["amount"], sign * one["vat_amount"])
        return dict(sums)

    def state(self) -> tuple[Any, ...]:
        sums = {rule: amount for rule, amount in self.undone().items() if amount}
        return sums, self.own, self.borne


def _moved(line: LineState, one: Mapping[str, Any]) -> LineState:
    changes: dict[str, Decimal] = {}
    for state, sign in ((one["to_state"], 1), (one["from_state"], -1)):
        name = {"pending": "pending", "released": "unstated"}.get(state)
        if name is not None:
            changes[name] = add(getattr(line, name), sign * one["amount"])
            changes[f"vat_{name}"] = add(getattr(line, f"vat_{name}"), sign * one["vat_amount"])
    return replace(line, **changes)


def drawn(random: Random, role: str, keeps: Mapping[str, Mapping[str, str]]) -> Shared:
    gross = Decimal(random.randint(1, 99_999)).scaleb(-2)
    parts = split_exact(gross, [random.randint(1, 1000) for _ in range(4)])
    released = Fraction(random.choice([0, 1, 1, Fraction(1, 3)]))
    commission = round12(parts[1] * Decimal("0.06"))
    amounts = [
        ("a", "share", parts[0], ZERO),
        ("b", "share", parts[1], ZERO),
        ("commission", "commission", commission, round12(commission * Decimal("0.19"))),
    ]
    lines = {
        UUID(int=number): _line(UUID(int=number), rule, kind, (amount, vat), released)
        for number, (rule, kind, amount, vat) in enumerate(amounts, start=1)
    }
    # a principal's revenue is the whole, its partners' shares are cost beside it
    net, tax = (parts[2], parts[3]) if role == "agent" else (gross - parts[3], parts[3])
    total = SoldTotal(
        UUID(int=50), UUID(int=51), UUID(int=9), "EUR", UUID(int=52), gross, ZERO, ZERO,
        "REV_COMMISSION", net, tax, "DE-19",
    )  # fmt: skip
    return Shared(version(role, keeps), total, lines)


def _line(
    line_id: UUID, rule: str, kind: Any, amounts: tuple[Decimal, Decimal], released: Fraction
) -> LineState:
    amount, vat = amounts
    out, vat_out = round12(Fraction(amount) * released), round12(Fraction(vat) * released)
    return LineState(
        line_id, UUID(int=50), UUID(int=51), UUID(int=9), rule, kind, UUID(int=60), "EUR",
        amount, Decimal("0.19") if kind == "commission" else None, vat,
        subtract(amount, out), subtract(vat, vat_out), out, vat_out, out, vat_out,
        Decimal(0), Decimal(0),
    )  # fmt: skip


KEEPS: list[dict[str, dict[str, str]]] = [
    {},
    {"commission": {"on_chargeback": "keep"}},
    {"a": {"on_refund": "keep"}, "commission": {"on_refund": "keep"}},
    {"a": {"on_chargeback": "keep"}, "b": {"on_refund": "keep"}},
]


def play(random: Random, shared: Shared) -> None:
    """Some refunds and chargebacks, won in any order; every step balances."""
    for number in range(random.randint(1, 9)):
        left = subtract(shared.total.gross, shared.total.returned)
        if shared.chargebacks and random.random() < 0.4:
            taken = shared.win(random.choice(sorted(shared.chargebacks)))
        elif left > 0:
            amount = Decimal(random.randint(1, int(left * 100))).scaleb(-2)
            event = random.choice([ReversalEvent.REFUND, ReversalEvent.CHARGEBACK])
            taken = shared.take(amount, event, UUID(int=100 + number))
        else:
            continue
        if taken.is_agent:
            parts = add_all(share.amount for share in taken.shares)
            whole = add(parts, taken.net, taken.tax, taken.borne)
        else:
            whole = add(taken.net, taken.tax)
        assert whole == abs(taken.amount)


@pytest.mark.parametrize("keeps", KEEPS)
@pytest.mark.parametrize("role", ["agent", "principal"])
@pytest.mark.parametrize("seed", range(60))
def test_every_step_balances_and_the_end_follows_from_what_stands(
    seed: int, role: str, keeps: Mapping[str, Mapping[str, str]]
) -> None:
    random = Random(seed)  # noqa: S311 - it must repeat
    shared = drawn(random, role, keeps)
    fresh = replace(shared, lines=dict(shared.lines), chargebacks={}, movements=[])
    play(random, shared)
    # the same in two steps, whatever the way was
    refunded = subtract(shared.total.returned, shared.total.charged_back)
    for amount, event in (
        (shared.total.charged_back, ReversalEvent.CHARGEBACK),
        (refunded, ReversalEvent.REFUND),
    ):
        if amount:
            fresh.take(amount, event, UUID(int=7))
    assert shared.state() == fresh.state()


@pytest.mark.parametrize("role", ["agent", "principal"])
@pytest.mark.parametrize("seed", range(60))
def test_undoing_all_of_it_leaves_nothing(seed: int, role: str) -> None:
    random = Random(seed)  # noqa: S311 - it must repeat
    shared = drawn(random, role, {})
    play(random, shared)
    left = subtract(shared.total.gross, shared.total.returned)
    if left:
        shared.take(left, ReversalEvent.REFUND, UUID(int=7))
    for line in shared.lines.values():
        assert shared.undone()[line.rule] == add(line.amount, line.vat_amount)
        assert (line.pending, line.unstated) == (0, 0)
        assert (line.vat_pending, line.vat_unstated) == (0, 0)
    assert shared.borne == 0
    assert shared.own == add(shared.total.net, shared.total.tax)


@pytest.mark.parametrize("keeps", KEEPS)
@pytest.mark.parametrize("seed", range(30))
def test_a_sale_that_was_never_paid_is_undone_whatever_is_kept(
    seed: int, keeps: Mapping[str, Mapping[str, str]]
) -> None:
    shared = drawn(Random(seed), "agent", keeps)  # noqa: S311 - it must repeat
    shared.take(shared.total.gross, ReversalEvent.CANCELLATION, UUID(int=7))
    for line in shared.lines.values():
        assert (line.pending, line.unstated) == (0, 0)
    assert shared.borne == 0
