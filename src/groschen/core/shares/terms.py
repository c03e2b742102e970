"""The terms of an agreement, read strictly from JSON and pinned by a hash."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import cast

from groschen.core.canonical import rule_hash
from groschen.core.errors import GroschenError, Kind
from groschen.core.fields import FieldInvalid, Fields
from groschen.core.money import amount_text, round_currency
from groschen.core.shares.rule import (
    ALL,
    SELLER,
    Base,
    DeductedFrom,
    OnReversal,
    ShareFormula,
    ShareRule,
    formula_of,
    share_kinds,
)


class ShareKindUnknown(GroschenError):
    """No share rule has this name."""

    code = "share_kind_unknown"
    kind = Kind.INVALID


class SellerRole(StrEnum):
    """In whose name the seller sells; it decides what is shared and how it is posted."""

    AGENT = "agent"
    """For the partners: the gross is shared, shares are money held for others."""
    PRINCIPAL = "principal"
    """In its own name: the net is shared, shares are cost."""


class Release(StrEnum):
    """When a pending share becomes owed."""

    ON_PAYMENT = "on_payment"
    """In proportion to what the customer has paid."""
    ON_SALE = "on_sale"
    """At once."""


class SettlementPeriod(StrEnum):
    """How often partners get their statement."""

    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Settlement:
    """How partners are settled.

    A total below ``min_payout`` is carried to the next statement. ``supply_vat_rate`` is the
    VAT a partner charges a principal on its supply (0.07 is seven percent); an agent has none.
    """

    period: SettlementPeriod
    min_payout: Decimal
    supply_vat_rate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class AgreementTerms:
    """One version of an agreement. Rules are in the order in which they are applied."""

    currency: str
    seller_role: SellerRole
    release: Release
    rules: tuple[ShareRule, ...]
    settlement: Settlement

    @property
    def line_rules(self) -> tuple[ShareRule, ...]:
        """The rules of the split, in order."""
        return tuple(rule for rule in self.rules if rule.deducted_from is DeductedFrom.LINE)

    @property
    def statement_rules(self) -> tuple[ShareRule, ...]:
        """The rules of the commissions billed on the statement, in order."""
        return tuple(rule for rule in self.rules if rule.deducted_from is DeductedFrom.STATEMENT)

    def rule(self, rule_id: str) -> ShareRule:
        """The rule with this id, which must be one of these terms."""
        return next(rule for rule in self.rules if rule.id == rule_id)

    def to_json(self) -> dict[str, object]:
        """The stored form with all defaults written out; ``parse_terms`` gives it back."""
        settlement: dict[str, object] = {
            "period": self.settlement.period.value,
            "min_payout": amount_text(self.settlement.min_payout, self.currency),
        }
        if self.settlement.supply_vat_rate:
            settlement["supply_vat_rate"] = f"{self.settlement.supply_vat_rate:f}"
        return {
            "currency": self.currency,
            "seller_role": self.seller_role.value,
            "release": self.release.value,
            "rules": [_rule_json(rule) for rule in self.rules],
            "settlement": settlement,
        }

    @property
    def hash(self) -> str:
        """The SHA-256 of the stored form: the same terms have the same hash."""
        return rule_hash(self.to_json())


def parse_terms(data: object, path: str = "") -> AgreementTerms:
    """Read the terms of an agreement; errors name the field by its path below ``path``."""
    fields = Fields(data, path)
    currency = fields.currency()
    role = fields.choice("seller_role", SellerRole)
    release = fields.choice("release", Release, Release.ON_PAYMENT)
    rules = tuple(_read_rule(entry, currency) for entry in fields.objects("rules"))
    settlement = _read_settlement(fields.nested("settlement"), currency, role)
    fields.finish()
    _check_together(rules, fields.at("rules"))
    return AgreementTerms(currency, role, release, rules, settlement)


def _read_settlement(fields: Fields, currency: str, role: SellerRole) -> Settlement:
    period = fields.choice("period", SettlementPeriod, SettlementPeriod.MONTH)
    min_payout = fields.decimal("min_payout", Decimal(0))
    vat_rate = Decimal(0)
    if role is SellerRole.PRINCIPAL:
        vat_rate = fields.decimal("supply_vat_rate", Decimal(0))
    fields.finish()
    if min_payout != round_currency(min_payout, currency):
        raise FieldInvalid(
            f"{fields.at('min_payout')} has more decimals than {currency} has",
            field=fields.at("min_payout"),
            hint="payouts are made in whole cents; round the minimum",
        )
    return Settlement(period, min_payout, vat_rate)


def _read_rule(fields: Fields, currency: str) -> ShareRule:
    rule_id = fields.text("id")
    formula = _read_formula(fields, currency)
    place = fields.choice("deducted_from", DeductedFrom, DeductedFrom.LINE)
    on_statement = place is DeductedFrom.STATEMENT
    rule = ShareRule(
        id=rule_id,
        formula=formula,
        base=_read_base(fields, formula, on_statement=on_statement),
        deducted_from=place,
        beneficiary=_read_beneficiary(fields, formula, on_statement=on_statement),
        on_refund=fields.choice("on_refund", OnReversal, OnReversal.RETURN),
        on_chargeback=fields.choice("on_chargeback", OnReversal, OnReversal.RETURN),
        of=fields.text("of") if on_statement and fields.has("of") else ALL,
        vat_rate=fields.decimal("vat_rate") if on_statement else Decimal(0),
        components=_read_components(fields),
    )
    fields.finish()
    return rule


def _read_formula(fields: Fields, currency: str) -> ShareFormula:
    kind = fields.text("kind")
    formula = formula_of(kind)
    if formula is None:
        raise ShareKindUnknown(
            f"there is no share rule {kind!r}",
            field=fields.at("kind"),
            hint=f"use one of: {', '.join(share_kinds())}",
        )
    params = fields.nested("params") if fields.has("params") else Fields({}, fields.at("params"))
    read = formula.from_params(params, currency)
    params.finish()
    return read


def _read_base(fields: Fields, formula: ShareFormula, *, on_statement: bool) -> Base:
    possible = formula.bases & ({Base.SHARE} if on_statement else {Base.GROSS, Base.NET, Base.LEFT})
    if (formula.names_beneficiaries and on_statement) or not possible:
        raise FieldInvalid(
            f"a rule of kind {formula.kind} cannot be deducted on the statement",
            field=fields.at("deducted_from"),
            hint="deduct it from the line, or use percent, fixed or per_unit",
        )
    default = next(iter(possible)) if len(possible) == 1 else None
    base = fields.choice("base", Base, default)
    if base not in possible:
        raise FieldInvalid(
            f"{fields.at('base')} cannot be {base.value!r} for this rule",
            field=fields.at("base"),
            hint=f"use one of: {', '.join(sorted(possible))}",
        )
    return base


def _read_beneficiary(fields: Fields, formula: ShareFormula, *, on_statement: bool) -> str:
    if formula.names_beneficiaries:
        return ""
    if not on_statement:
        return fields.text("beneficiary")
    if fields.has("beneficiary") and fields.text("beneficiary") != SELLER:
        raise FieldInvalid(
            "a commission on the statement goes to the seller",
            field=fields.at("beneficiary"),
            hint=f'write "{SELLER}" or leave it out',
        )
    return SELLER


def _read_components(fields: Fields) -> tuple[str, ...]:
    """The component ids that a rule is limited to; none when it says nothing."""
    if not fields.has("components"):
        return ()
    value = fields.value("components")
    entries = cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
    names = tuple(entry for entry in entries if isinstance(entry, str) and entry)
    if not names or len(names) != len(entries) or len(set(names)) != len(names):
        raise FieldInvalid(
            f"{fields.at('components')} must be a list of different component ids",
            field=fields.at("components"),
            hint="name each price component once, or leave the field out to share in all",
        )
    return names


def _check_together(rules: Sequence[ShareRule], path: str) -> None:
    _check_ids(rules, path)
    line_ids = {rule.id for rule in rules if rule.deducted_from is DeductedFrom.LINE}
    residuals: list[ShareRule] = []
    for index, rule in enumerate(rules):
        if rule.deducted_from is DeductedFrom.STATEMENT:
            _check_target(rule, line_ids, f"{path}.{index}.of")
            continue
        before = next((one for one in residuals if _meet(one, rule)), None)
        if before is not None:
            raise FieldInvalid(
                f"nothing is left for {rule.id!r} after {before.id!r}",
                field=f"{path}.{index}",
                hint="put the residual rule last among the line rules",
            )
        if rule.formula.takes_the_rest:
            residuals.append(rule)


def _meet(one: ShareRule, other: ShareRule) -> bool:
    """Whether two rules can share in the same line."""
    together = set(one.components) & set(other.components)
    return bool(together) or not one.components or not other.components


def _check_ids(rules: Sequence[ShareRule], path: str) -> None:
    seen = {ALL}
    for index, rule in enumerate(rules):
        if rule.id in seen:
            raise FieldInvalid(
                f"the id {rule.id!r} is taken",
                field=f"{path}.{index}.id",
                hint=f"give every rule its own id, other than {ALL!r}",
            )
        seen.add(rule.id)


def _check_target(rule: ShareRule, line_ids: AbstractSet[str], field: str) -> None:
    if rule.of != ALL and rule.of not in line_ids:
        raise FieldInvalid(
            f"{rule.of!r} is no rule that is deducted from the line",
            field=field,
            hint=f"use {ALL!r} or one of: {', '.join(sorted(line_ids)) or 'none'}",
        )


def _rule_json(rule: ShareRule) -> dict[str, object]:
    stored: dict[str, object] = {
        "id": rule.id,
        "kind": rule.formula.kind,
        "params": rule.formula.to_params(),
        "base": rule.base.value,
        "deducted_from": rule.deducted_from.value,
        "on_refund": rule.on_refund.value,
        "on_chargeback": rule.on_chargeback.value,
    }
    if rule.components:
        stored["components"] = list(rule.components)
    if rule.beneficiary:
        stored["beneficiary"] = rule.beneficiary
    if rule.deducted_from is DeductedFrom.STATEMENT:
        stored |= {"of": rule.of, "vat_rate": f"{rule.vat_rate:f}"}
    return stored
