"""The numbers of the eTicket showcase, anybody's: read strictly, each refusal names its option."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final

from groschen.core.errors import GroschenError, Kind
from groschen.core.money import parse_amount

FEWEST_TICKETS: Final = 3
MOST_TICKETS: Final = 1_000_000
FEWEST_LEGS: Final = 2
MOST_LEGS: Final = 20
MOST_FARE: Final = Decimal(100_000)
MOST_WEIGHT: Final = Decimal(1_000_000)
CENT: Final = Decimal("0.01")
HUNDRED: Final = Decimal(100)
EXAMPLES: Final = {
    "tickets": "500",
    "fare": "12.90",
    "legs": "8.4,21.7,3.9",
    "commission": "6",
    "psp-fee": "0.43",
    "cancel-fee": "0",
    "chargeback-fee": "15",
}


class NumberUnusable(GroschenError):
    """A number given to the showcase cannot be used."""

    code: ClassVar[str] = "number_unusable"
    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(frozen=True, slots=True)
class EticketNumbers:
    """What the story is told with.

    Amounts are EUR, ``legs`` are kilometres, ``commission`` is in percent. ``seed`` chooses
    accounts and the tickets that something happens to.
    """

    tickets: int = 10_000
    fare: Decimal = Decimal("12.90")
    legs: tuple[Decimal, ...] = (Decimal("8.4"), Decimal("21.7"), Decimal("3.9"))
    commission: Decimal = Decimal(6)
    psp_fee: Decimal = Decimal("0.43")
    cancel_fee: Decimal = Decimal("2.00")
    chargeback_fee: Decimal = Decimal(15)
    seed: int = 1


def read_numbers(
    *,
    tickets: str,
    fare: str,
    legs: str,
    commission: str,
    psp_fee: str,
    cancel_fee: str,
    chargeback_fee: str,
    seed: int,
) -> EticketNumbers:
    """Read what was given on the command line. Raises ``NumberUnusable``."""
    price = _amount(fare, "fare")
    _require(CENT <= price <= MOST_FARE, "fare", f"must be from 0.01 to {MOST_FARE}")
    kept = _amount(cancel_fee, "cancel-fee")
    _require(kept < price, "cancel-fee", f"is {kept} and must be less than the fare")
    percent = _decimal(commission, "commission")
    _require(percent <= HUNDRED, "commission", "is in percent and at most 100")
    return EticketNumbers(
        tickets=_tickets(tickets),
        fare=price,
        legs=_legs(legs),
        commission=percent,
        psp_fee=_amount(psp_fee, "psp-fee"),
        cancel_fee=kept,
        chargeback_fee=_amount(chargeback_fee, "chargeback-fee"),
        seed=seed,
    )


def read_whole(text: str, option: str, least: int, most: int) -> int:
    """Read a whole number within bounds. Raises ``NumberUnusable``."""
    if text.isascii() and text.isdecimal() and least <= int(text) <= most:
        return int(text)
    raise NumberUnusable(
        f"--{option} {text[:40]!r} must be a whole number from {least} to {most}",
        field=option,
        hint=f"For example --{option} {max(least, min(50, most))}",
    )


def _tickets(text: str) -> int:
    count = _decimal(text, "tickets")
    _require(
        count == int(count) and FEWEST_TICKETS <= count <= MOST_TICKETS,
        "tickets",
        f"must be a whole number from {FEWEST_TICKETS} to {MOST_TICKETS}: one is refunded, one"
        " charged back and lost, one charged back and won",
    )
    return int(count)


def _legs(text: str) -> tuple[Decimal, ...]:
    legs = tuple(_decimal(part.strip(), "legs") for part in text.split(","))
    _require(
        FEWEST_LEGS <= len(legs) <= MOST_LEGS,
        "legs",
        f"must be {FEWEST_LEGS} to {MOST_LEGS} kilometres with commas between them",
    )
    _require(max(legs) <= MOST_WEIGHT, "legs", f"must be at most {MOST_WEIGHT} km each")
    _require(any(legs), "legs", "cannot all be zero: somebody must have carried the traveller")
    return legs


def _amount(text: str, option: str) -> Decimal:
    amount = _decimal(text, option)
    _require(amount == amount.quantize(CENT), option, "must be in whole cents")
    return amount


def _decimal(text: str, option: str) -> Decimal:
    try:
        value = parse_amount(text, option)
    except GroschenError as refusal:
        raise NumberUnusable(
            f"--{option}: {refusal.detail}", field=option, hint=_example(option)
        ) from refusal
    _require(value >= 0, option, "must not be below zero")
    return value


def _require(holds: bool, option: str, what: str) -> None:  # noqa: FBT001 - it is the condition
    if not holds:
        raise NumberUnusable(f"--{option} {what}", field=option, hint=_example(option))


def _example(option: str) -> str:
    return f"For example --{option} {EXAMPLES[option]}"


THIRDS: Final = EticketNumbers(tickets=300, fare=Decimal(10), legs=(Decimal(1),) * 3)
"""A fare that no twelve decimals can divide: three equal parts of 10.00."""
