"""Method tokens and what they make the simulated provider do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from groschen.core.ports.payments import ChargeState, Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

DIRECT_DEBIT_PREFIX: Final = "sepa_"
AUTHORISATION_LASTS: Final = timedelta(days=7)


class Step(StrEnum):
    """What happens to a charge later, without anybody asking."""

    CAPTURE = "capture"
    FAIL = "fail"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Method:
    """How a token behaves.

    A charge ends in ``state``; ``loses_answer`` means that it does so without the caller
    learning it. ``later`` happens ``after`` in business time. ``is_down_first``: the first try of
    each key finds the provider unavailable and leaves no trace that counts. ``is_instant``: the
    money goes to the merchant's bank account at once, without fee and without payout.
    """

    state: ChargeState = ChargeState.CAPTURED
    failure_code: str | None = None
    loses_answer: bool = False
    is_down_first: bool = False
    is_instant: bool = False
    later: Step | None = None
    after: timedelta = timedelta(0)
    refund_failure_code: str | None = None
    refund_is_pending: bool = False
    refund_loses_answer: bool = False


WORKS: Final = Method()
UNKNOWN_METHOD: Final = Method(ChargeState.FAILED, "unknown_method")
METHODS: Final[Mapping[str, Method]] = {
    "tok_visa": WORKS,
    "tok_declined": Method(ChargeState.FAILED, "card_declined"),
    "tok_insufficient": Method(ChargeState.FAILED, "insufficient_funds"),
    "tok_pending": Method(ChargeState.PENDING, later=Step.CAPTURE, after=timedelta(minutes=10)),
    "tok_pending_declined": Method(
        ChargeState.PENDING, later=Step.FAIL, after=timedelta(minutes=10)
    ),
    "tok_timeout": Method(loses_answer=True),
    "tok_unavailable": Method(is_down_first=True),
    "bank_instant": Method(is_instant=True),
    "bank_instant_timeout": Method(is_instant=True, loses_answer=True),
    "bank_instant_declined": Method(ChargeState.FAILED, "insufficient_cover", is_instant=True),
    "tok_refund_declined": Method(refund_failure_code="refund_declined"),
    "tok_refund_pending": Method(refund_is_pending=True),
    "tok_refund_timeout": Method(refund_loses_answer=True),
    "sepa_returned": Method(later=Step.RETURN, after=timedelta(days=5)),
}
REFUND_PENDS: Final = timedelta(days=1)

_FAILURES: Final[Mapping[str, tuple[str, bool]]] = {
    "card_declined": ("The card's bank refused.", True),
    "insufficient_cover": ("The payer's bank refused the transfer.", True),
    "insufficient_funds": ("There is not enough money on the account.", False),
    "unknown_method": ("The provider knows no such method token.", True),
    "provider_unavailable": ("The provider is not available, nothing happened.", False),
    "unknown_reference": ("The provider knows no such payment.", True),
    "not_authorised": ("The payment is not waiting to be captured.", True),
    "authorisation_expired": ("The authorisation is older than 7 days.", True),
    "amount_too_large": ("The amount is more than what is there to take or give back.", True),
    "currency_mismatch": ("The payment is in another currency.", True),
    "not_captured": ("The payment was not captured, so nothing can be given back.", True),
    "charge_disputed": ("The payment is disputed; the money is not there to give back.", True),
    "refund_declined": ("The customer's bank does not take the refund.", True),
    "MD06": ("The payer asked the bank for the money back.", True),
}


def behaviour(method: str) -> Method:
    """Return how ``method`` behaves; every other ``sepa_`` token is a direct debit that works."""
    found = METHODS.get(method)
    if found is None:
        return WORKS if method.startswith(DIRECT_DEBIT_PREFIX) else UNKNOWN_METHOD
    return found


def failure(code: str) -> Failure:
    """Return the failure that ``code`` stands for; an unknown code is final."""
    detail, is_final = _FAILURES.get(code, ("The payment failed.", True))
    return Failure(code, detail, is_final)
