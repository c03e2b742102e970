"""Rating: from a price and the facts to an amount with its lines and its proof.

Preview, quote, real-time charge and explanation all call ``rate``; there is no second version.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from groschen.core.canonical import EventHash
from groschen.core.meters import UsageFact
from groschen.core.money import Money
from groschen.core.prices.model import Fact, PriceLine, PriceModel, ProofStep
from groschen.core.totals import State
from groschen.core.usage import Rule

ROUNDING = "twelve decimals, half up on the absolute value"


@dataclass(frozen=True, slots=True)
class Proof:
    """Why an amount is what it is: the pinned rule, the facts, the steps, the rounding."""

    rule_hash: str
    facts: EventHash
    steps: tuple[ProofStep, ...]
    rounding: str = ROUNDING

    def to_json(self) -> dict[str, object]:
        """The form that API, console and the offline verifier show."""
        return {
            "rule_hash": self.rule_hash,
            "inputs": {"count": self.facts.count, "hash": self.facts.hex},
            "steps": [
                {"name": step.name, "formula": step.formula, "result": step.result}
                for step in self.steps
            ],
            "rounding": self.rounding,
        }


@dataclass(frozen=True, slots=True)
class Rated:
    """The result of rating. ``amount`` has twelve decimals; gross or net as the plan says."""

    amount: Money
    lines: tuple[PriceLine, ...]
    proof: Proof
    state: State


def rate(price: PriceModel, facts: Iterable[Fact]) -> Rated:
    """Fold ``facts`` under ``price`` and say what they cost, and why.

    The order of the facts does not matter. Raises what the model raises for a bad fact.
    """
    state = price.empty()
    counted = EventHash()
    for fact in facts:
        state = price.fold(state, fact)
        counted = counted.plus(fact)
    lines = price.lines(state)
    return Rated(
        price.amount(state), lines, Proof(price.rule_hash, counted, price.steps(state)), state
    )


def rate_usage(rule: Rule, facts: Iterable[UsageFact]) -> Rated:
    """Fold the events of one total and say what they cost, and why: quantity first, then price.

    The order of the facts does not matter. Raises what the rule raises for a bad fact.
    """
    met = list(facts)
    state = rule.fold_many(rule.empty(), met)
    counted = EventHash()
    for fact in met:
        counted = counted.plus(fact.to_json())
    return Rated(rule.amount(state), rule.lines(state), prove(rule, state, counted), state)


def prove(rule: Rule, state: State, facts: EventHash) -> Proof:
    """Why a total costs what it costs; ``facts`` are those folded into ``state``."""
    return Proof(rule.rule_hash, facts, rule.steps(state))
