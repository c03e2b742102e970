"""The figures of the story as decimal texts: what the API said, without ids, hashes and times."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

from groschen.demo.exact import text
from groschen.demo.payment_file import read_payment_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from groschen.demo.api import Json
    from groschen.demo.eticket import Told
    from groschen.demo.numbers import EticketNumbers

Figures: TypeAlias = "dict[str, str | Figures | list[Figures]]"
MONTHS: Final = ("january", "february", "march")
STATED: Final = (
    "opening",
    "carried_in",
    "share_exact",
    "share",
    "carried_out",
    "commission",
    "vat",
    "net",
    "total",
    "payout",
    "closing",
)


def amount(money: Mapping[str, str]) -> Fraction:
    """Read an amount of money as the API writes it; all of the story is in EUR."""
    return Fraction(money["amount"])


def options(numbers: EticketNumbers) -> dict[str, str]:
    """Return what the story was told with."""
    given = asdict(numbers)
    return {
        name: ",".join(f"{leg:f}" for leg in value) if name == "legs" else str(value)
        for name, value in given.items()
    }


def figures(told: Told) -> Figures:
    """Return every figure of the story."""
    return {
        "orders": {
            "sold": str(told.sold),
            "completed": str(told.completed),
            "delivered_by_webhook": str(told.cards),
            "delivered_by_hand": str(told.letters),
        },
        "quote": {
            share["party"]: text(Fraction(share["amount"]))
            for share in told.quote["lines"][0]["shares"]
        },
        "payouts": {
            name: text(amount(statement["payout"]))
            for name, statement in told.months[0].by_partner(told.alliance.partners)
        },
        "payout_file": _payout_file(told),
        "provider_payouts": [_provider_payout(month.provider_payout) for month in told.months[:2]],
        "statements": {
            name: {
                partner: _stated(statement)
                for partner, statement in month.by_partner(told.alliance.partners)
            }
            for name, month in zip(MONTHS, told.months, strict=True)
        },
        "ledger": {
            row["account"]: text(Fraction(row["balance"]))
            for row in told.evidence.trial_balance["data"]
        },
    }


def _payout_file(told: Told) -> Figures:
    if told.payment is None:
        return {"transfers": "0", "total": "0.00"}
    file = read_payment_file(told.payment.file)
    return {"transfers": str(len(file.amounts)), "total": text(file.total)}


def _provider_payout(payout: Json) -> Figures:
    return {name: text(amount(payout[name])) for name in ("gross", "fees", "net")}


def _stated(statement: Json) -> Figures:
    return {name: text(amount(statement[name])) for name in STATED}
