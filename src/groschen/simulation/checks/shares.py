"""What the product says of the partners' money, against the model."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final
from uuid import UUID

from psycopg.rows import class_row

from groschen.kit.ids import decode_id, encode_id
from groschen.simulation.checks.check import near, none
from groschen.simulation.model.exact import TWELFTH, shown
from groschen.simulation.model.sales import Owed

if TYPE_CHECKING:
    from groschen.audit import Check
    from groschen.kit.db import Scope
    from groschen.simulation.business import Bought, Business

STEP_TOLERANCE: Final = 4 * TWELFTH
"""What rounding to twelve decimals may shift, per partner, rule, line and step of a sale."""


@dataclass(frozen=True, slots=True)
class Released:
    """What is released of one sale to one partner, whether stated or not."""

    sale_id: UUID
    beneficiary_id: UUID
    share: Decimal
    commission: Decimal
    vat: Decimal


async def check(scope: Scope, business: Business) -> list[Check]:
    """Compare sale by sale, then the total of each partner."""
    found = {
        (encode_id("ord", one.sale_id), encode_id("pty", one.beneficiary_id)): one
        for one in await _released(scope)
    }
    wrong: list[str] = []
    totals: dict[str, Owed] = defaultdict(Owed)
    for bought in business.bought.values():
        for partner, owed in _owed(business, bought).items():
            totals[partner].add(owed)
            one = found.pop((bought.order_id, partner), None)
            wrong += _differences(bought, partner, owed, one)
    wrong += [
        f"{one.share} of {sale} for {partner}"
        for (sale, partner), one in found.items()
        if one.share or one.commission or one.vat
    ]
    return [
        none("the model predicts what each sale releases to each partner", wrong),
        *await _check_totals(scope, business, totals),
    ]


def _owed(business: Business, bought: Bought) -> dict[str, Owed]:
    """The model's word on an order, by the partners' public ids."""
    if bought.sale is None:
        return {}
    return {business.partners[name]: owed for name, owed in bought.sale.owed().items()}


def _differences(bought: Bought, partner: str, expected: Owed, found: Released | None) -> list[str]:
    tolerance = _tolerance(bought)
    actual = (
        Owed()
        if found is None
        else Owed(Fraction(found.share), Fraction(found.commission), Fraction(found.vat))
    )
    return [
        f"{name} of {bought.external_id} for {partner} is {shown(is_now)}, not {shown(should)}"
        for name, should, is_now in (
            ("share", expected.share, actual.share),
            ("commission", expected.commission, actual.commission),
            ("VAT", expected.vat, actual.vat),
        )
        if abs(should - is_now) > tolerance
    ]


def _tolerance(bought: Bought) -> Fraction:
    if bought.sale is None:
        return STEP_TOLERANCE
    parts = sum(
        1 + len(part.commissions)
        for line in bought.sale.lines.values()
        for part in line.priced.parts
    )
    return STEP_TOLERANCE * max(parts, 1) * bought.sale.steps


async def _check_totals(scope: Scope, business: Business, totals: dict[str, Owed]) -> list[Check]:
    """Released so far: on no statement yet, plus everything that statements say."""
    tolerance = sum((_tolerance(one) for one in business.bought.values()), start=Fraction(0))
    checks: list[Check] = []
    for name, partner in sorted(business.partners.items()):
        cursor = await scope.conn.execute(
            """
            SELECT coalesce((SELECT sum(share_exact)
                               FROM statements
                              WHERE tenant_id = %(tenant_id)s
                                AND beneficiary_id = %(partner)s), 0)
                 + coalesce((SELECT sum(CASE WHEN m.to_state = 'released' THEN m.amount
                                             ELSE -m.amount END)
                               FROM share_movements m
                               JOIN share_lines l
                                 ON l.tenant_id = m.tenant_id AND l.id = m.share_line_id
                              WHERE m.tenant_id = %(tenant_id)s
                                AND m.beneficiary_id = %(partner)s AND l.kind = 'share'
                                AND (m.to_state = 'released' OR m.from_state = 'released')), 0)
            """,
            {"tenant_id": scope.tenant_id, "partner": decode_id("pty", partner)},
        )
        row = await cursor.fetchone()
        actual = Fraction(0 if row is None else row[0])
        what = f"the model predicts the released total of {business.name}/{name}"
        checks.append(near(what, totals[partner].share, actual, tolerance))
    return checks


async def check_claims(business: Business) -> list[Check]:
    """What partners are shown over the API adds up to the model's word as well."""
    totals: dict[str, Owed] = defaultdict(Owed)
    tolerance = STEP_TOLERANCE
    for bought in business.bought.values():
        tolerance += _tolerance(bought)
        for partner, owed in _owed(business, bought).items():
            totals[partner].add(owed)
    wrong: list[str] = []
    for name, partner in sorted(business.partners.items()):
        page = await business.owner.get(f"/v1/partner_claims/{partner}")
        shown_now = Owed()
        for claim in page["data"]:
            for state in ("released", "stated", "paid"):
                shown_now.share += Fraction(claim[state]["share"]["amount"])
                shown_now.commission += Fraction(claim[state]["commission"]["amount"])
        owed = totals[partner]
        for what in ("share", "commission"):
            should: Fraction = getattr(owed, what)
            is_now: Fraction = getattr(shown_now, what)
            if abs(should - is_now) > tolerance:
                wrong.append(f"{what} of {name} is {shown(is_now)}, not {shown(should)}")
    return [none("partners are shown what the model predicts", wrong)]


async def _released(scope: Scope) -> list[Released]:
    async with scope.conn.cursor(row_factory=class_row(Released)) as cursor:
        await cursor.execute(
            """
            SELECT m.sale_id, m.beneficiary_id,
                   coalesce(sum(s.sign * m.amount) FILTER (WHERE l.kind = 'share'), 0) AS share,
                   coalesce(sum(s.sign * m.amount) FILTER (WHERE l.kind = 'commission'), 0)
                       AS commission,
                   coalesce(sum(s.sign * m.vat_amount) FILTER (WHERE l.kind = 'commission'), 0)
                       AS vat
              FROM share_movements m
              JOIN share_lines l ON l.tenant_id = m.tenant_id AND l.id = m.share_line_id
             CROSS JOIN LATERAL (SELECT CASE WHEN m.to_state = 'released' THEN 1
                                             WHEN m.from_state = 'released' THEN -1
                                             ELSE 0 END AS sign) AS s
             WHERE m.tenant_id = %(tenant_id)s
               AND m.kind IN ('released', 'reversed', 'disputed', 'reinstated')
             GROUP BY m.sale_id, m.beneficiary_id
            """,
            {"tenant_id": scope.tenant_id},
        )
        return await cursor.fetchall()
