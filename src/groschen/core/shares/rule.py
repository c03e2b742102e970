"""What a share rule is: who gets which part of a line, or of another's share.

A rule is its formula (one file of this package each, registered by ``@share_rule``) plus the
attributes all rules have. It is stored as JSON: ``id``, ``kind``, ``params``, the attributes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, Self, TypeVar

from groschen.core.errors import invariant
from groschen.core.fields import Fields
from groschen.core.money import Money
from groschen.core.prices.model import Leg

SELLER = "seller"
"""The beneficiary that is no partner: the contracting seller keeps this part."""
ALL = "all"
"""``of`` a statement rule that applies to every partner's share."""


class Base(StrEnum):
    """What a formula is applied to."""

    GROSS = "gross"
    NET = "net"
    LEFT = "left"
    """What the rules before have left of the line."""
    SHARE = "share"
    """The partner's share of the line; the only base of a rule deducted on the statement."""


class DeductedFrom(StrEnum):
    """Where a rule takes effect."""

    LINE = "line"
    """Inside the split: the parts and what is retained add up to the line."""
    STATEMENT = "statement"
    """A commission billed on the partner's statement, with its own VAT."""


class OnReversal(StrEnum):
    """What becomes of a part when the line it came from is reversed."""

    RETURN = "return"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class ShareBase:
    """The line that is shared. ``gross`` is ``net`` plus tax; all are of the whole quantity."""

    gross: Money
    net: Money
    quantity: Decimal = Decimal(1)
    legs: tuple[Leg, ...] = ()


@dataclass(frozen=True, slots=True)
class Portion:
    """An exact part before rounding; ``factors`` say for the proof how it came about."""

    beneficiary: str
    amount: Fraction
    factors: Mapping[str, str] = field(default_factory=dict[str, str])


class ShareFormula(ABC):
    """How much a rule gives. The result has the sign of the line."""

    kind: ClassVar[str]
    names_beneficiaries: ClassVar[bool] = False
    """Whether the formula itself says who benefits, so that the rule must not."""
    takes_the_rest: ClassVar[bool] = False
    """Whether no line rule can follow."""
    bases: ClassVar[frozenset[Base]] = frozenset(Base)
    """What the formula can be applied to."""

    @classmethod
    @abstractmethod
    def from_params(cls, params: Fields, currency: str) -> Self:
        """Read the stored form; errors name the path of the field."""

    @abstractmethod
    def to_params(self) -> dict[str, object]:
        """The stored form: JSON with decimals as strings."""

    @property
    def fixed_beneficiaries(self) -> tuple[str, ...]:
        """The parties that the formula itself names, whatever the line."""
        return ()

    @abstractmethod
    def portions(self, beneficiary: str, value: Fraction, line: ShareBase) -> tuple[Portion, ...]:
        """The exact parts of ``value``, which is what the rule's base names."""


@dataclass(frozen=True, slots=True)
class ShareRule:
    """One rule of an agreement. ``of`` and ``vat_rate`` belong to statement rules only.

    ``components`` are the price components that the rule shares in; empty means all.
    """

    id: str
    formula: ShareFormula
    base: Base
    deducted_from: DeductedFrom
    beneficiary: str
    on_refund: OnReversal
    on_chargeback: OnReversal
    of: str = ALL
    vat_rate: Decimal = Decimal(0)
    components: tuple[str, ...] = ()

    def applies_to(self, component: str | None) -> bool:
        """Whether a line of this component is shared by the rule; None asks of any component."""
        return not self.components or component is None or component in self.components


FormulaT = TypeVar("FormulaT", bound=ShareFormula)
_FORMULAS: dict[str, type[ShareFormula]] = {}


def share_rule(kind: str) -> Callable[[type[FormulaT]], type[FormulaT]]:
    """Register a formula under ``kind``, the name it is stored with."""

    def register(formula: type[FormulaT]) -> type[FormulaT]:
        invariant(kind not in _FORMULAS, f"two share rules are called {kind}")
        formula.kind = kind
        _FORMULAS[kind] = formula
        return formula

    return register


def share_kinds() -> tuple[str, ...]:
    """The names of all share rules, sorted."""
    return tuple(sorted(_FORMULAS))


def formula_of(kind: str) -> type[ShareFormula] | None:
    """The formula registered under ``kind``."""
    return _FORMULAS.get(kind)
