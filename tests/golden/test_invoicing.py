"""The figures of documents against printed cases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from golden.printed import FOLDER
from groschen.core.invoicing import (
    DocumentFigures,
    DocumentLine,
    LineTax,
    VatCategory,
    document_figures,
    line_amount,
)
from groschen.core.money import ZERO
from groschen.core.sale import Basis

Case = Mapping[str, Any]
CASES: list[Case] = json.loads((FOLDER / "invoicing" / "documents.json").read_text())["cases"]


def figures_of(case: Case) -> DocumentFigures:
    lines = [
        DocumentLine(
            line_amount(Decimal(amount), ZERO, case["currency"]),
            LineTax(VatCategory.of_rate(Decimal(rate)), Decimal(rate), f"DE-{rate}"),
        )
        for amount, rate in case["lines"]
    ]
    return document_figures(lines, Basis(case["basis"]), case["currency"])


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_document_agrees(case: Case) -> None:
    figures = figures_of(case)
    assert figures.type == case["type"]
    found = sorted((group.tax.rate, group.net, group.vat) for group in figures.groups)
    assert found == [tuple(map(Decimal, printed)) for printed in case["taxes"]]
    totals = (figures.net, figures.vat, figures.gross)
    assert totals == tuple(map(Decimal, case["totals"]))
