"""Whether terms can be priced and posted: their meters exist and fit, their accounts are income."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.core.ledger.chart import AccountType
from groschen.core.usage import MeterUnfit, UsageRule
from groschen.features.catalog.model import MeterUnknown, RevenueAccountUnfit
from groschen.features.catalog.service.meters import of_names
from groschen.features.ledger import service as ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from groschen.core.components import Component
    from groschen.core.ledger.chart import Chart
    from groschen.core.meters import Meter
    from groschen.features.catalog.terms import PlanTerms
    from groschen.kit.db import Scope


async def check_terms(scope: Scope, terms: PlanTerms) -> None:
    """Refuse terms that could not be charged; ``parse_terms`` has read their form.

    Raises ``RevenueAccountUnfit``, ``MeterUnknown`` and ``MeterUnfit``, each naming its field.
    """
    chart = await ledger.chart(scope)
    meters = await of_names(scope, terms.meters)
    _check_account(chart, terms.revenue_account, "terms.revenue_account")
    for index, component in enumerate(terms.components):
        field = f"terms.components.{index}"
        if component.revenue_account is not None:
            _check_account(chart, component.revenue_account, f"{field}.revenue_account")
        if component.meter is not None:
            _check_meter(component, component.meter, meters, f"{field}.meter")


def _check_account(chart: Chart, code: str, field: str) -> None:
    account = chart.accounts.get(code)
    if (
        account is None
        or account.type is not AccountType.INCOME
        or account.needs_party
        or account.needs_tax_key
    ):
        fitting = ", ".join(a.code for a in chart if a.type is AccountType.INCOME)
        raise RevenueAccountUnfit(
            f"revenue cannot be posted to {code!r}", field=field, hint=f"use one of: {fitting}"
        )


def _check_meter(component: Component, name: str, meters: Mapping[str, Meter], field: str) -> None:
    if name not in meters:
        raise MeterUnknown(
            f"there is no meter {name!r}",
            field=field,
            hint="publish it first with POST /v1/meters",
        )
    try:
        UsageRule(meters[name], component.priced)
    except MeterUnfit as refusal:
        raise MeterUnfit(refusal.detail, field=field, hint=refusal.hint) from refusal
