"""The model's own arithmetic of a statement: from the rows of its line file to its figures."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from groschen.simulation.model.exact import ZERO, half_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Before:
    """What the statement before left: cents, the residue below a cent, payouts sent back."""

    closing: Fraction
    carried: Fraction
    returned: Fraction


@dataclass(frozen=True, slots=True)
class Figures:
    """What a statement should say."""

    share_exact: Fraction
    share: Fraction
    carried_out: Fraction
    supply_vat: Fraction
    commission: Fraction
    vat: Fraction
    net: Fraction
    total: Fraction


def figures(rows: Iterable[Mapping[str, str]], before: Before, supply_rate: Fraction) -> Figures:
    """Add up a line file: shares exactly, commission and its VAT in cents per rate."""
    shares, commission = ZERO, defaultdict[Fraction, Fraction](lambda: ZERO)
    for row in rows:
        shares += Fraction(row["share"] or 0)
        if row["commission"]:
            commission[Fraction(row["vat_rate"])] += Fraction(row["commission"])
    in_cents = {rate: half_up(amount) for rate, amount in commission.items()}
    vat = sum((half_up(amount * rate) for rate, amount in in_cents.items()), start=ZERO)
    share = half_up(shares + before.carried)
    taken = sum(in_cents.values(), start=ZERO)
    supply_vat = half_up(share * supply_rate)
    net = share + supply_vat - taken - vat + before.returned
    return Figures(
        share_exact=shares,
        share=share,
        carried_out=shares + before.carried - share,
        supply_vat=supply_vat,
        commission=taken,
        vat=vat,
        net=net,
        total=before.closing + net,
    )
