"""Sharing one line under the terms of an agreement: the same for quote and sale.

Line rules are evaluated in order and exactly; then one split brings all parts and what the
seller retains to twelve decimals, so that they add up to the base. Statement rules give the
commissions that the partners' shares bear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from groschen.core.errors import GroschenError, Kind
from groschen.core.money import (
    ZERO,
    CurrencyMismatch,
    add_all,
    amount_text,
    round12,
    split_exact,
    subtract,
)
from groschen.core.shares.rule import ALL, SELLER, Base, Portion, ShareBase, ShareRule
from groschen.core.shares.terms import AgreementTerms, SellerRole


class SharesExceedBase(GroschenError):
    """The rules give away more than the line has."""

    code = "shares_exceed_base"
    kind = Kind.UNPROCESSABLE


@dataclass(frozen=True, slots=True)
class SharePart:
    """What one rule gives one beneficiary (a partner, or ``SELLER``), at twelve decimals."""

    rule_id: str
    beneficiary: str
    amount: Decimal
    factors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CommissionPart:
    """What ``beneficiary``'s share under ``of_rule_id`` bears on the statement.

    ``amount`` is net and ``vat_amount`` the VAT on it, both at twelve decimals and with the
    sign of the share: positive lowers what the partner is paid.
    """

    rule_id: str
    of_rule_id: str
    beneficiary: str
    amount: Decimal
    vat_amount: Decimal
    vat_rate: Decimal


@dataclass(frozen=True, slots=True)
class Split:
    """A shared line: ``parts`` plus ``retained`` is ``base``, exactly.

    ``base`` is the gross for an agent and the net for a principal. ``retained`` is what no
    rule gave away; parts whose beneficiary is ``SELLER`` stay with the seller as well.
    """

    base: Decimal
    parts: tuple[SharePart, ...]
    retained: Decimal
    commissions: tuple[CommissionPart, ...]

    @property
    def partner_parts(self) -> tuple[SharePart, ...]:
        """The parts of the partners, in the order of the rules."""
        return tuple(part for part in self.parts if part.beneficiary != SELLER)

    @property
    def kept(self) -> Decimal:
        """All that stays with the seller: what is retained and the seller's own parts."""
        own = (part.amount for part in self.parts if part.beneficiary == SELLER)
        return add_all((self.retained, *own))


class Excess(StrEnum):
    """What happens when the rules give away more than the line has."""

    REFUSE = "refuse"
    """The line is not sold: ``SharesExceedBase``."""
    BEAR = "bear"
    """It was supplied already. A principal bears the cost, so that less than nothing is retained;
    an agent, who has no more than the line, gives the rules in order until nothing is left."""


def evaluate(
    terms: AgreementTerms,
    line: ShareBase,
    component: str | None = None,
    excess: Excess = Excess.REFUSE,
) -> Split:
    """Share ``line``, which is of a price component, under ``terms``.

    Raises ``CurrencyMismatch``, ``SharesExceedBase``, ``WeightsAllZero``, ``LegsMissing``.
    """
    _check_currency(terms, line)
    is_agent = terms.seller_role is SellerRole.AGENT
    base = line.gross.amount if is_agent else line.net.amount
    rules = [rule for rule in terms.line_rules if rule.applies_to(component)]
    if excess is Excess.REFUSE:
        given, left = _given(rules, line, Fraction(base))
    else:
        given, left = _given_whatever(rules, line, Fraction(base), is_capped=is_agent)
    amounts = _to_twelve_decimals(base, [portion.amount for _, portion in given], left)
    parts = tuple(
        SharePart(rule.id, portion.beneficiary, amount, portion.factors)
        for (rule, portion), amount in zip(given, amounts[:-1], strict=True)
    )
    commissions = [rule for rule in terms.statement_rules if rule.applies_to(component)]
    return Split(base, parts, amounts[-1], _commissions(commissions, parts, line))


def _check_currency(terms: AgreementTerms, line: ShareBase) -> None:
    for amount in (line.gross, line.net):
        if amount.currency != terms.currency:
            raise CurrencyMismatch(
                f"the line is in {amount.currency}, the agreement in {terms.currency}",
                field="currency",
                hint=f"sell it in {terms.currency}, or agree terms in {amount.currency}",
                expected=terms.currency,
                actual=amount.currency,
            )


def _given(
    rules: Iterable[ShareRule], line: ShareBase, pool: Fraction
) -> tuple[list[tuple[ShareRule, Portion]], Fraction]:
    """What the rules give in their order, exactly, and what they leave of ``pool``."""
    given: list[tuple[ShareRule, Portion]] = []
    left = pool
    sign = -1 if pool < 0 else 1
    for rule in rules:
        for portion in _portions(rule, _value(rule, line, left), line):
            given.append((rule, portion))
            left -= portion.amount
            if left * sign < 0 or portion.amount * sign < 0:
                raise _exceeded(rule, pool, left)
    return given, left


def _given_whatever(
    rules: Iterable[ShareRule], line: ShareBase, pool: Fraction, *, is_capped: bool
) -> tuple[list[tuple[ShareRule, Portion]], Fraction]:
    """Like ``_given``, but nothing is refused; ``is_capped`` rules give what is left at most."""
    given: list[tuple[ShareRule, Portion]] = []
    left = pool
    for rule in rules:
        there = left if left * pool > 0 else Fraction(0)
        for portion in _portions(rule, _value(rule, line, there), line):
            part = _capped(portion, left) if is_capped else portion
            given.append((rule, part))
            left -= part.amount
    return given, left


def _capped(portion: Portion, left: Fraction) -> Portion:
    """At most ``left``, and nothing against its sign; the proof says what the rule asked for."""
    most = max(left, Fraction(0))
    least = min(left, Fraction(0))
    amount = min(max(portion.amount, least), most)
    if amount == portion.amount:
        return portion
    factors = {**portion.factors, "asked": f"{round12(portion.amount):f}"}
    return replace(portion, amount=amount, factors=factors)


def _portions(rule: ShareRule, value: Fraction, line: ShareBase) -> Iterator[Portion]:
    currency = line.gross.currency
    known = {"base": rule.base.value, "value": amount_text(round12(value), currency)}
    for portion in rule.formula.portions(rule.beneficiary, value, line):
        yield replace(portion, factors={**known, **portion.factors})


def _value(rule: ShareRule, line: ShareBase, left: Fraction) -> Fraction:
    if rule.base is Base.GROSS:
        return Fraction(line.gross.amount)
    if rule.base is Base.NET:
        return Fraction(line.net.amount)
    return left


def _exceeded(rule: ShareRule, pool: Fraction, left: Fraction) -> SharesExceedBase:
    given = round12(pool - left)
    return SharesExceedBase(
        f"up to rule {rule.id!r} the shares are {given:f}, the line has only {round12(pool):f}",
        field="rules",
        hint="lower a rate or an amount, or apply the rule to what is left",
        rule_id=rule.id,
        shares=given,
        base=round12(pool),
    )


def _to_twelve_decimals(
    base: Decimal, exact: list[Fraction], left: Fraction
) -> tuple[Decimal, ...]:
    amounts = [*exact, left]
    if not any(amounts):
        return tuple(ZERO for _ in amounts)
    if base and all(amount * Fraction(base) >= 0 for amount in amounts):
        return split_exact(base, [abs(amount) for amount in amounts])
    parts = tuple(round12(amount) for amount in exact)
    return (*parts, subtract(base, *parts))


def _commissions(
    rules: Iterable[ShareRule], parts: Iterable[SharePart], line: ShareBase
) -> tuple[CommissionPart, ...]:
    partners = [part for part in parts if part.beneficiary != SELLER]
    return tuple(
        _commission(rule, part, line)
        for rule in rules
        for part in partners
        if rule.of in (ALL, part.rule_id)
    )


def _commission(rule: ShareRule, part: SharePart, line: ShareBase) -> CommissionPart:
    portions = rule.formula.portions(rule.beneficiary, Fraction(part.amount), line)
    amount = round12(sum((portion.amount for portion in portions), start=Fraction(0)))
    vat_amount = round12(Fraction(amount) * Fraction(rule.vat_rate))
    return CommissionPart(
        rule.id, part.rule_id, part.beneficiary, amount, vat_amount, rule.vat_rate
    )
