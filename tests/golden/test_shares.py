"""Every share rule against its cases in ``tests/golden/shares/<kind>.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from golden.printed import FOLDER
from groschen.core.errors import GroschenError
from groschen.core.money import Money, add_all
from groschen.core.prices import Leg
from groschen.core.shares import ShareBase, evaluate, parse_terms, share_kinds

Case = Mapping[str, Any]
DATA: dict[str, Case] = {
    path.stem: json.loads(path.read_text()) for path in (FOLDER / "shares").glob("*.json")
}
EVERY = [(kind, case) for kind, data in sorted(DATA.items()) for case in data["cases"]]
CASES = [pytest.param(case, id=f"{kind}: {case['rule']}") for kind, case in EVERY]
SHARED = [pytest.param(c, id=f"{kind}: {c['rule']}") for kind, c in EVERY if "parts" in c]
REFUSED = [pytest.param(c, id=f"{kind}: {c['rule']}") for kind, c in EVERY if "refused" in c]


def terms_of(case: Case) -> dict[str, object]:
    return {
        "currency": "EUR",
        "seller_role": case["role"],
        "release": "on_payment",
        "rules": case["rules"],
        "settlement": {"period": "month", "min_payout": "10.00"},
    }


def line_of(case: Case) -> ShareBase:
    line = case["line"]
    legs = tuple(Leg(name, Decimal(weight)) for name, weight in line.get("legs", {}).items())
    return ShareBase(
        Money(Decimal(line["gross"]), "EUR"),
        Money(Decimal(line["net"]), "EUR"),
        Decimal(line.get("quantity", "1")),
        legs,
    )


def test_every_share_rule_has_cases() -> None:
    assert set(share_kinds()) == DATA.keys()


@pytest.mark.parametrize("kind", sorted(DATA))
def test_cases_of_a_kind_use_it(kind: str) -> None:
    for case in DATA[kind]["cases"]:
        assert kind in {rule["kind"] for rule in case["rules"]}


@pytest.mark.parametrize("case", SHARED)
def test_split(case: Case) -> None:
    split = evaluate(parse_terms(terms_of(case)), line_of(case))
    parts = [(part.rule_id, part.beneficiary, part.amount) for part in split.parts]
    assert parts == [(rule, name, Decimal(amount)) for rule, name, amount in case["parts"]]
    assert split.retained == Decimal(case["retained"])
    assert add_all((*(part.amount for part in split.parts), split.retained)) == split.base


@pytest.mark.parametrize("case", SHARED)
def test_commissions(case: Case) -> None:
    split = evaluate(parse_terms(terms_of(case)), line_of(case))
    commissions = [
        (part.rule_id, part.of_rule_id, part.beneficiary, part.amount, part.vat_amount)
        for part in split.commissions
    ]
    assert commissions == [
        (rule, of, name, Decimal(amount), Decimal(vat))
        for rule, of, name, amount, vat in case.get("commissions", [])
    ]


@pytest.mark.parametrize("case", REFUSED)
def test_refusal_names_field_and_remedy(case: Case) -> None:
    with pytest.raises(GroschenError) as refusal:
        evaluate(parse_terms(terms_of(case)), line_of(case))
    assert refusal.value.code == case["refused"]
    assert refusal.value.field
    assert refusal.value.hint


@pytest.mark.parametrize("case", CASES)
def test_stored_terms_give_the_same_terms(case: Case) -> None:
    terms = parse_terms(terms_of(case))
    again = parse_terms(json.loads(json.dumps(terms.to_json())))
    assert again == terms
    assert again.hash == terms.hash
