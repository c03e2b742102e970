from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from groschen.core.errors import GroschenError, InvariantBroken
from groschen.core.shares import (
    SELLER,
    AgreementTerms,
    Base,
    DeductedFrom,
    OnReversal,
    Release,
    SellerRole,
    SettlementPeriod,
    parse_terms,
    share_rule,
)
from groschen.core.shares.percent import PercentShare

FARE: dict[str, Any] = {
    "id": "fare",
    "kind": "apportion",
    "params": {"weights": "legs"},
    "base": "gross",
}
SALES: dict[str, Any] = {
    "id": "sales",
    "kind": "percent",
    "params": {"rate": "0.05"},
    "base": "gross",
    "beneficiary": "agency",
}
REST: dict[str, Any] = {"id": "rest", "kind": "residual", "beneficiary": "op-a"}
COMMISSION: dict[str, Any] = {
    "id": "commission",
    "kind": "percent",
    "params": {"rate": "0.06"},
    "deducted_from": "statement",
    "of": "fare",
    "vat_rate": "0.19",
    "on_chargeback": "keep",
}


def terms(*rules: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "currency": "EUR",
        "seller_role": "agent",
        "release": "on_payment",
        "rules": list(rules),
        "settlement": {"period": "month", "min_payout": "10.00"},
    } | changes


def without(rule: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in rule.items() if key != name}


def read(*rules: dict[str, Any], **changes: Any) -> AgreementTerms:
    return parse_terms(terms(*rules, **changes))


def test_terms_are_read() -> None:
    agreed = read(FARE, COMMISSION)
    assert (agreed.currency, agreed.seller_role) == ("EUR", SellerRole.AGENT)
    assert agreed.release is Release.ON_PAYMENT
    assert agreed.settlement.period is SettlementPeriod.MONTH
    assert agreed.settlement.min_payout == Decimal(10)
    assert [rule.id for rule in agreed.line_rules] == ["fare"]
    assert [rule.id for rule in agreed.statement_rules] == ["commission"]


def test_a_statement_rule_applies_to_the_share_and_goes_to_the_seller() -> None:
    rule = read(FARE, COMMISSION).rule("commission")
    assert (rule.base, rule.beneficiary, rule.of) == (Base.SHARE, SELLER, "fare")
    assert rule.vat_rate == Decimal("0.19")


def test_rules_come_back_unless_they_say_otherwise() -> None:
    fare, commission = read(FARE, COMMISSION).rules
    assert (fare.on_refund, fare.on_chargeback) == (OnReversal.RETURN, OnReversal.RETURN)
    assert (commission.on_refund, commission.on_chargeback) == (
        OnReversal.RETURN,
        OnReversal.KEEP,
    )


def test_defaults_are_written_out_and_do_not_change_the_hash() -> None:
    short = terms(SALES, settlement={"period": "month"})
    del short["release"]
    agreed = parse_terms(short)
    assert agreed.rules[0].deducted_from is DeductedFrom.LINE
    assert parse_terms(agreed.to_json()).hash == agreed.hash
    assert agreed.to_json()["settlement"] == {"period": "month", "min_payout": "0.00"}


def test_other_terms_have_another_hash() -> None:
    assert read(FARE).hash != read(FARE, COMMISSION).hash
    assert read(SALES, FARE).hash != read(FARE, SALES).hash


def test_only_a_principal_is_billed_vat_by_its_partners() -> None:
    settlement = {"period": "month", "min_payout": "10.00", "supply_vat_rate": "0.07"}
    agreed = read(SALES, seller_role="principal", settlement=settlement)
    assert agreed.settlement.supply_vat_rate == Decimal("0.07")
    assert parse_terms(agreed.to_json()) == agreed
    with pytest.raises(GroschenError) as refusal:
        read(SALES, settlement=settlement)
    assert refusal.value.field == "settlement.supply_vat_rate"


def test_the_id_of_a_party_may_not_be_the_seller_of_a_statement_rule_only() -> None:
    assert read({**SALES, "beneficiary": SELLER}).rules[0].beneficiary == SELLER
    assert read(FARE, {**COMMISSION, "beneficiary": SELLER}).rules[1].beneficiary == SELLER


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        (terms(), "field_invalid", "rules"),
        (terms(FARE, currency="EURO"), "currency_unknown", "currency"),
        (terms(FARE, seller_role="broker"), "field_invalid", "seller_role"),
        (terms(FARE, release="on_delivery"), "field_invalid", "release"),
        (terms(FARE, extra="1"), "field_unknown", "extra"),
        (
            terms(FARE, settlement={"period": "week", "min_payout": "1.00"}),
            "field_invalid",
            "settlement.period",
        ),
        (
            terms(FARE, settlement={"period": "month", "min_payout": "1.005"}),
            "field_invalid",
            "settlement.min_payout",
        ),
        (
            terms(FARE, settlement={"period": "month", "min_payout": "-1"}),
            "amount_invalid",
            "settlement.min_payout",
        ),
        (terms(without(FARE, "id")), "field_missing", "rules.0.id"),
        (terms({**FARE, "kind": "magic"}), "share_kind_unknown", "rules.0.kind"),
        (terms(without(FARE, "params")), "field_missing", "rules.0.params.weights"),
        (terms(without(FARE, "base")), "field_missing", "rules.0.base"),
        (terms({**FARE, "base": "share"}), "field_invalid", "rules.0.base"),
        (terms({**FARE, "base": "margin"}), "field_invalid", "rules.0.base"),
        (terms({**FARE, "beneficiary": "op-a"}), "field_unknown", "rules.0.beneficiary"),
        (terms({**FARE, "vat_rate": "0.19"}), "field_unknown", "rules.0.vat_rate"),
        (terms({**FARE, "of": "all"}), "field_unknown", "rules.0.of"),
        (terms({**FARE, "on_refund": "half"}), "field_invalid", "rules.0.on_refund"),
        (
            terms({**FARE, "params": {"weights": "km"}}),
            "field_invalid",
            "rules.0.params.weights",
        ),
        (
            terms({**FARE, "params": {"weights": {"op-a": "0"}}}),
            "weights_all_zero",
            "rules.0.params.weights",
        ),
        (
            terms({**FARE, "params": {"weights": {"op-a": "-1"}}}),
            "amount_invalid",
            "rules.0.params.weights.op-a",
        ),
        (
            terms({**FARE, "params": {"weights": "legs", "rat": "1"}}),
            "field_unknown",
            "rules.0.params.rat",
        ),
        (
            terms({**SALES, "params": {"rate": "0.0500000000001"}}),
            "amount_invalid",
            "rules.0.params.rate",
        ),
        (terms(without(SALES, "beneficiary")), "field_missing", "rules.0.beneficiary"),
        (terms({**REST, "base": "gross"}), "field_invalid", "rules.0.base"),
        (terms(FARE, FARE), "field_invalid", "rules.1.id"),
        (terms({**FARE, "id": "all"}), "field_invalid", "rules.0.id"),
        (terms(REST, SALES), "field_invalid", "rules.1"),
        (terms(FARE, {**COMMISSION, "of": "fee"}), "field_invalid", "rules.1.of"),
        (terms(COMMISSION), "field_invalid", "rules.0.of"),
        (terms(FARE, without(COMMISSION, "vat_rate")), "field_missing", "rules.1.vat_rate"),
        (terms(FARE, {**COMMISSION, "base": "gross"}), "field_invalid", "rules.1.base"),
        (
            terms(FARE, {**COMMISSION, "beneficiary": "agency"}),
            "field_invalid",
            "rules.1.beneficiary",
        ),
        (
            terms({**FARE, "deducted_from": "statement", "vat_rate": "0.19"}),
            "field_invalid",
            "rules.0.deducted_from",
        ),
        (
            terms({**REST, "deducted_from": "statement", "vat_rate": "0.19"}),
            "field_invalid",
            "rules.0.deducted_from",
        ),
    ],
)
def test_bad_terms_are_refused_with_the_path_of_their_field(
    data: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(GroschenError) as refusal:
        parse_terms(data)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert refusal.value.hint


def test_a_statement_rule_of_all_may_stand_before_the_line_rules() -> None:
    agreed = read({**COMMISSION, "of": "all"}, FARE)
    assert [rule.id for rule in agreed.line_rules] == ["fare"]


def test_a_name_of_a_rule_is_taken_once() -> None:
    with pytest.raises(InvariantBroken):

        @share_rule("percent")
        @dataclass(frozen=True, slots=True)
        class _Again(PercentShare):
            """A second rule of the same name."""


def test_a_fixed_key_names_its_parties_and_legs_do_not() -> None:
    by_key = {**FARE, "params": {"weights": {"op-a": "60", "op-b": "40"}}}
    assert read(by_key).rules[0].formula.fixed_beneficiaries == ("op-a", "op-b")
    assert read(FARE, SALES).rules[0].formula.fixed_beneficiaries == ()
    assert read(FARE, SALES).rules[1].formula.fixed_beneficiaries == ()
