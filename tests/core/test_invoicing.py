"""Billing: cents telescope, VAT by group, and a proof that shows one changed figure."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.core.currencies import CurrencyUnknown
from groschen.core.fields import FieldInvalid, FieldMissing
from groschen.core.invoicing import (
    ContentLine,
    DocumentLine,
    DocumentType,
    DocumentUnreadable,
    Effect,
    LineTax,
    PinnedRule,
    Rated,
    Reversal,
    VatCategory,
    billed_amount,
    content_hash,
    content_of,
    document_figures,
    faults,
    line_amount,
    read_proof,
    read_rule,
    receivable_part,
)
from groschen.core.ledger import (
    BilledTax,
    balanced,
    check,
    invoice_issued,
    standard_chart,
    work_delivered,
)
from groschen.core.meters import parse_meter
from groschen.core.money import ZERO, add, add_all, round_currency, subtract
from groschen.core.prices import parse_price
from groschen.core.prices.model import PriceKindUnknown
from groschen.core.sale import Basis
from groschen.core.usage import FixedRule, UsageRule

RATES = [Decimal(0), Decimal("0.07"), Decimal("0.19"), Decimal("0.055")]
exact = st.decimals(-(10**6), 10**6, places=12)
cents = st.decimals(-(10**6), 10**6, places=2)
CUSTOMER = UUID(int=7)
METERED = PinnedRule(
    parse_price({"kind": "per_unit", "params": {"currency": "EUR", "unit_price": "0.32"}})
)


def tax(rate: Decimal) -> LineTax:
    return LineTax(VatCategory.of_rate(rate), rate, f"DE-{rate:f}")


def rated(quantity: str, billed: str = "0", credit: tuple[str, str] = ("0", "0")) -> Rated:
    return Rated(
        rule=METERED,
        state={"quantity": Decimal(quantity)},
        inputs={"query": {"component": "energy"}, "count": 96, "hash": "00" * 32},
        receivable=Decimal(credit[0]),
        gross=Decimal(credit[1]),
        billed=Decimal(billed),
        currency="EUR",
    )


# lines --------------------------------------------------------------------------------------------


@given(st.lists(exact, min_size=1, max_size=8))
def test_lines_of_all_documents_add_up_to_the_rounded_amount(stages: list[Decimal]) -> None:
    entries: list[tuple[Effect, Decimal]] = []
    for should in stages:
        amount = line_amount(should, billed_amount(entries), "EUR")
        entries.append((Effect.CORRECT, amount))
    assert billed_amount(entries) == round_currency(stages[-1], "EUR")


def test_what_is_conceded_is_not_owed_again() -> None:
    entries = [(Effect.CHARGE, Decimal("10.00")), (Effect.CONCEDE, Decimal("-4.00"))]
    assert line_amount(Decimal(10), billed_amount(entries), "EUR") == 0


def test_what_is_cancelled_is_owed_again() -> None:
    entries = [(Effect.CHARGE, Decimal("10.00")), (Effect.CANCEL_REISSUE, Decimal("-10.00"))]
    assert line_amount(Decimal(10), billed_amount(entries), "EUR") == 10


@pytest.mark.parametrize(
    ("amount", "receivable", "gross", "part"),
    [
        ("10", "11.9", "11.9", "10"),
        ("10", "5.95", "11.9", "5"),
        ("10", "0", "11.9", "0"),
        ("1", "1", "3", "0.333333333333"),
        ("0", "0", "0", "0"),
        ("5", "-1", "0", "0"),
    ],
)
def test_only_the_part_that_credit_did_not_pay_is_billed(
    amount: str, receivable: str, gross: str, part: str
) -> None:
    found = receivable_part(Decimal(amount), Decimal(receivable), Decimal(gross))
    assert found == Decimal(part)


# documents ----------------------------------------------------------------------------------------


def oracle(lines: list[tuple[Decimal, Decimal]], basis: Basis) -> dict[Decimal, list[Fraction]]:
    """Net and VAT of each rate by fractions; half goes away from zero."""
    found: dict[Decimal, list[Fraction]] = {}
    for rate in {rate for _, rate in lines}:
        amounts = [Fraction(amount) for amount, other in lines if other == rate]
        total = sum(amounts, start=Fraction(0))
        factor = Fraction(rate)
        vat = total * factor / (1 + factor) if basis is Basis.GROSS else total * factor
        whole, rest = divmod(abs(vat) * 100, 1)
        rounded = Fraction(int(whole) + (1 if rest >= Fraction(1, 2) else 0), 100)
        rounded = rounded if vat >= 0 else -rounded
        net = total - rounded if basis is Basis.GROSS else total
        found[rate] = [net, rounded]
    return found


drawn_lines = st.lists(st.tuples(cents, st.sampled_from(RATES)), min_size=1, max_size=12)


@given(drawn_lines, st.sampled_from(Basis))
def test_documents_agree_with_the_oracle(
    lines: list[tuple[Decimal, Decimal]], basis: Basis
) -> None:
    figures = document_figures(
        [DocumentLine(amount, tax(rate)) for amount, rate in lines], basis, "EUR"
    )
    sign = figures.sign
    expected = oracle(lines, basis)
    found = {
        group.tax.rate: [sign * Fraction(group.net), sign * Fraction(group.vat)]
        for group in figures.groups
    }
    assert found == expected
    gross = sum((part for pair in expected.values() for part in pair), start=Fraction(0))
    assert sign * Fraction(figures.gross) == gross
    assert figures.gross >= 0
    assert figures.type is (DocumentType.CREDIT_NOTE if gross < 0 else DocumentType.INVOICE)


@given(drawn_lines, st.sampled_from(Basis))
def test_nets_of_lines_add_up_and_a_gross_total_stays(
    lines: list[tuple[Decimal, Decimal]], basis: Basis
) -> None:
    figures = document_figures(
        [DocumentLine(amount, tax(rate)) for amount, rate in lines], basis, "EUR"
    )
    assert add_all(figures.line_nets) == figures.net
    assert figures.gross == add(figures.net, figures.vat)
    if basis is Basis.GROSS:
        assert figures.gross == abs(add_all(amount for amount, _ in lines))
    for amount, net, (_, rate) in zip(figures.line_amounts, figures.line_nets, lines, strict=True):
        alone = amount if basis is Basis.NET else Fraction(amount) / (1 + Fraction(rate))
        assert abs(Fraction(net) - Fraction(alone)) <= Fraction(1, 100)


@given(drawn_lines, st.sampled_from(Basis), exact)
def test_journal_of_a_document_balances_and_its_mirror_undoes_it(
    lines: list[tuple[Decimal, Decimal]], basis: Basis, unbilled: Decimal
) -> None:
    figures = document_figures(
        [DocumentLine(amount, tax(rate)) for amount, rate in lines], basis, "EUR"
    )
    taxes = [BilledTax(figures.sign * group.vat, group.tax.key) for group in figures.groups]
    journal = invoice_issued("EUR", CUSTOMER, figures.sign * figures.net, unbilled, taxes)
    check(journal, standard_chart())
    owed = add_all(entry.amount for entry in journal.entries if entry.account == "AR")
    assert owed == figures.sign * figures.gross
    mirror = invoice_issued(
        "EUR",
        CUSTOMER,
        -figures.sign * figures.net,
        -unbilled,
        [BilledTax(-one.amount, one.tax_key) for one in taxes],
    )
    assert not add_all(entry.amount for entry in (*journal.entries, *mirror.entries))


def test_work_charged_by_hand_is_revenue_before_it_is_billed() -> None:
    journal = work_delivered("EUR", CUSTOMER, Decimal("12.5"), "REVENUE")
    assert balanced(journal)
    assert [(entry.account, entry.amount) for entry in journal.entries] == [
        ("UNBILLED", Decimal("12.5")),
        ("REVENUE", Decimal("-12.5")),
    ]


# proofs -------------------------------------------------------------------------------------------


def document(*proofs: Rated | Reversal, basis: Basis = Basis.NET) -> dict[str, Any]:
    lines = [
        ContentLine(
            label="Energy",
            unit="kWh",
            effect="charge",
            tax=tax(Decimal("0.19")),
            service_from=date(2027, 1, 1),
            service_to=date(2027, 1, 31),
            proof=proof,
        )
        for proof in proofs
    ]
    content = content_of({"number": "R-1"}, lines, basis, "EUR")
    exported = {"content": content, "hash": content_hash(content)}
    read: dict[str, Any] = json.loads(json.dumps(exported, default=str))
    return read


BACK = Reversal("R-0", 2, Decimal("12.50"), Decimal("2.50"), Decimal(1), "EUR")
EXPORTED = document(
    rated("7.35"),
    rated("1000", billed="200.00", credit=("190.40", "380.80")),
    BACK,
)


def test_an_unchanged_export_is_right() -> None:
    assert faults(EXPORTED) == []


def test_a_gross_credit_note_is_right() -> None:
    exported = document(BACK, basis=Basis.GROSS)
    assert exported["content"]["type"] == "381"
    assert faults(exported) == []


def test_the_proof_goes_from_state_to_line() -> None:
    proof = EXPORTED["content"]["lines"][1]["proof"]
    assert proof["steps"] == [
        {
            "label": "units",
            "quantity": "1000",
            "unit_price": "0.32",
            "amount": "320.00",
            "above": None,
            "up_to": None,
        }
    ]
    assert (proof["amount"], proof["should"]) == ("320.00", "160.00")
    assert (proof["rounded"], proof["billed_before"]) == ("160.00", "200.00")
    assert proof["line"] == "-40.00"


def paths(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from paths(item, (*at, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, (*at, index))
    else:
        yield at


def changed(exported: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any] | None:
    """The export with one figure one greater; None when the leaf is no figure."""
    forged = copy.deepcopy(exported)
    place: Any = forged
    for step in path[:-1]:
        place = place[step]
    try:
        figure = Decimal(str(place[path[-1]]))
    except ArithmeticError:
        return None
    greater = figure + 1
    place[path[-1]] = int(greater) if isinstance(place[path[-1]], int) else f"{greater:f}"
    return forged


FIGURES = [path for path in paths(EXPORTED["content"], ("content",)) if changed(EXPORTED, path)]
FREE = {("inputs", "count"), ("inputs", "hash"), ("proof", "position")}
"""What an export alone cannot prove: which events were folded, which line is given back."""


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: ".".join(map(str, path)))
def test_one_changed_figure_fails(path: tuple[str | int, ...]) -> None:
    forged = changed(EXPORTED, path)
    assert forged is not None
    with_old_hash = faults_or_refused(forged)
    assert with_old_hash
    forged["hash"] = content_hash(forged["content"])
    lines_hold = path[-2:] in FREE or path[-4:] == ("lines", 2, "proof", "amount")
    assert bool(faults_or_refused(forged)) is not lines_hold


def faults_or_refused(exported: dict[str, Any]) -> list[str]:
    try:
        return [fault.path for fault in faults(exported)]
    except DocumentUnreadable as refusal:
        return [refusal.detail]


def test_a_line_left_out_fails_with_a_new_hash_too() -> None:
    forged = copy.deepcopy(EXPORTED)
    del forged["content"]["lines"][0]
    forged["hash"] = content_hash(forged["content"])
    assert [fault.path for fault in faults(forged)] != []


def test_lists_of_another_length_differ_as_a_whole() -> None:
    forged = copy.deepcopy(EXPORTED)
    forged["content"]["taxes"].append(forged["content"]["taxes"][0])
    assert "content.taxes" in [fault.path for fault in faults(forged)]


@pytest.mark.parametrize(
    ("file", "field"),
    [
        ([], None),
        ({}, "content"),
        ({"content": {}}, "hash"),
        ({"content": {"format": "other"}, "hash": "x"}, "content.format"),
        ({"content": {"format": "groschen-invoice/1"}, "hash": "x"}, "content.basis"),
    ],
)
def test_a_file_that_is_no_export_is_refused(file: object, field: str | None) -> None:
    with pytest.raises(DocumentUnreadable) as refused:
        faults(file)
    assert refused.value.field == field


def test_a_day_that_is_none_is_refused() -> None:
    forged = copy.deepcopy(EXPORTED)
    forged["content"]["lines"][0]["service_from"] = "2027-02-30"
    with pytest.raises(DocumentUnreadable, match="2027-02-30"):
        faults(forged)


def test_a_stored_proof_is_read_back_to_itself() -> None:
    for line in EXPORTED["content"]["lines"]:
        assert read_proof(line["proof"], "proof").to_json() == line["proof"]


GRADUATED = {
    "kind": "graduated",
    "params": {
        "currency": "EUR",
        "tiers": [{"up_to": "100", "unit_price": "0.30"}, {"up_to": None, "unit_price": "0.20"}],
    },
}
METER = {"id": "energy", "event_type": "reading", "aggregation": "sum", "value": "kwh"}


def test_usage_and_what_was_computed_elsewhere_are_proven_from_the_export_too() -> None:
    usage = PinnedRule(UsageRule(parse_meter(METER), parse_price(GRADUATED)))
    fixed = PinnedRule(FixedRule("ab" * 32, "EUR", "Base fee"))
    proofs = [
        replace(rated("1"), rule=usage, state={"sum": Decimal("125.5")}),
        replace(rated("1"), rule=fixed, state={"amount": Decimal("9.90"), "quantity": Decimal(1)}),
    ]
    exported = document(*proofs)
    assert faults(exported) == []
    tiers, base = (line["proof"] for line in exported["content"]["lines"])
    assert [(step["up_to"], step["amount"]) for step in tiers["steps"]] == [
        ("100", "30.00"),
        (None, "5.10"),
    ]
    assert (tiers["quantity"], base["line"]) == ("125.5", "9.90")
    exported["content"]["lines"][0]["proof"]["state"]["sum"] = "126.5"
    assert faults(exported)


def test_a_rule_nobody_knows_is_named_by_its_path() -> None:
    with pytest.raises(PriceKindUnknown) as refused:
        read_rule({"price": {"kind": "dice", "params": {}}})
    assert refused.value.field == "rule.kind"


def test_a_position_that_is_no_number_is_refused() -> None:
    proof = {**BACK.to_json(), "position": "two"}
    with pytest.raises(FieldInvalid):
        read_proof(proof, "proof")


def test_no_more_is_given_back_than_the_line_said() -> None:
    with pytest.raises(FieldInvalid, match=r"12\.51"):
        read_proof({**BACK.to_json(), "back": "12.51"}, "proof")
    with pytest.raises(FieldInvalid):
        read_proof({**BACK.to_json(), "back": "-0.01"}, "proof")


def test_a_proof_needs_its_leaves() -> None:
    with pytest.raises(FieldMissing):
        read_proof({"currency": "EUR", "kind": "rated"}, "proof")
    with pytest.raises(CurrencyUnknown):
        read_proof({"currency": "XXQ", "kind": "rated"}, "proof")


def test_a_reversal_turns_the_sign() -> None:
    assert BACK.line == Decimal("-2.50")
    assert BACK.quantity == 1
    assert subtract(ZERO, BACK.line) == BACK.back
