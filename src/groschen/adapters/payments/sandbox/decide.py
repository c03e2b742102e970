"""What the simulated provider answers: pure decisions over what was asked and what it stores."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from groschen.adapters.payments.sandbox.methods import (
    AUTHORISATION_LASTS,
    REFUND_PENDS,
    behaviour,
    failure,
)
from groschen.adapters.payments.sandbox.records import (
    Capture,
    Movement,
    NewCharge,
    ProviderKeyReused,
)
from groschen.core.money import ZERO, Money, add_all
from groschen.core.ports.payments import (
    CaptureRequest,
    ChargeRequest,
    ChargeResult,
    ChargeState,
    RefundRequest,
    RefundResult,
    RefundState,
)
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from groschen.adapters.payments.sandbox.records import Charge, ChargeKind

UNAVAILABLE = "unavailable"
INSTANT = "instant"
"""Stands for the payout of what was paid to the merchant's bank account at once."""
REFUND_STATES = {
    "done": RefundState.REFUNDED,
    "pending": RefundState.PENDING,
    "failed": RefundState.FAILED,
}
Request = TypeVar("Request", ChargeRequest, CaptureRequest, RefundRequest)


def key_reused(key: str) -> ProviderKeyReused:
    """Return the refusal of a key that was used for something else."""
    return ProviderKeyReused(
        f"the idempotency key {key} was used for another request",
        field="idempotency_key",
        hint="Use a key once per request; repeat a request only as it was.",
    )


def once(requests: Iterable[Request]) -> dict[str, Request]:
    """Return the requests by key; the same request twice counts once, another one is refused."""
    by_key: dict[str, Request] = {}
    for request in requests:
        if by_key.setdefault(request.idempotency_key, request) != request:
            raise key_reused(request.idempotency_key)
    return by_key


def new_charges(
    requests: Iterable[ChargeRequest], kind: ChargeKind, at: datetime
) -> list[NewCharge]:
    """Return what to store for charges whose key is not known yet."""
    return [_new_charge(request, kind, at) for request in once(requests).values()]


def _new_charge(request: ChargeRequest, kind: ChargeKind, at: datetime) -> NewCharge:
    method = behaviour(request.method)
    state = method.state.value
    if kind == "authorisation" and method.state is not ChargeState.FAILED:
        state = ChargeState.AUTHORISED.value
    later = method.later if state in {"captured", "pending"} else None
    if method.is_down_first:
        state = UNAVAILABLE
    return NewCharge(
        idempotency_key=request.idempotency_key,
        reference=f"ch_{new_id().hex}",
        kind=kind,
        method=request.method,
        currency=request.amount.currency,
        amount=request.amount.amount,
        captured=request.amount.amount if state == "captured" else ZERO,
        state=state,
        failure_code=method.failure_code,
        due_step=None if later is None else later.value,
        due_at=None if later is None else at + method.after,
        occurred_at=at,
        payout=INSTANT if method.is_instant else None,
    )


def charge_results(
    requests: Iterable[ChargeRequest], kind: ChargeKind, stored: Iterable[Charge]
) -> list[ChargeResult]:
    """Answer charges in the order asked. Raises ``ProviderKeyReused``: nothing is kept then."""
    by_key = {charge.idempotency_key: charge for charge in stored}
    return [_charge_result(request, kind, by_key[request.idempotency_key]) for request in requests]


def _charge_result(request: ChargeRequest, kind: ChargeKind, charge: Charge) -> ChargeResult:
    asked = (kind, request.method, request.amount.currency, request.amount.amount)
    if asked != (charge.kind, charge.method, charge.currency, charge.amount):
        raise key_reused(request.idempotency_key)
    if charge.state == UNAVAILABLE:
        unavailable = failure("provider_unavailable")
        return ChargeResult(request.idempotency_key, ChargeState.FAILED, failure=unavailable)
    if charge.is_new and behaviour(charge.method).loses_answer:
        return ChargeResult(request.idempotency_key, ChargeState.UNKNOWN)
    return _as_stored(request.idempotency_key, charge)


def _as_stored(key: str, charge: Charge) -> ChargeResult:
    refusal = None if charge.failure_code is None else failure(charge.failure_code)
    on_bank = behaviour(charge.method).is_instant
    return ChargeResult(key, ChargeState(charge.state), charge.reference, refusal, on_bank)


def found_charges(keys: Iterable[str], found: Iterable[Charge]) -> list[ChargeResult | None]:
    """Answer a read-back; a charge that only met an unavailable provider left no trace."""
    by_key: dict[str, Charge] = {}
    for charge in found:
        if charge.state != UNAVAILABLE:
            by_key[charge.idempotency_key] = charge
            if charge.capture_key is not None:
                by_key[charge.capture_key] = charge
    return [_as_stored(key, by_key[key]) if key in by_key else None for key in keys]


def captures(
    requests: Sequence[CaptureRequest],
    charges: Iterable[Charge],
    used: Iterable[Charge],
    at: datetime,
) -> tuple[list[Capture], list[ChargeResult]]:
    """Return the captures to store and the answers in the order asked.

    ``charges`` are the locked authorisations, ``used`` whatever already has one of the keys.
    """
    by_reference = {charge.reference: charge for charge in charges}
    by_key = {
        key: charge for charge in used for key in (charge.idempotency_key, charge.capture_key)
    }
    taken: dict[str, Capture] = {}
    results: dict[str, ChargeResult] = {}
    for key, request in once(requests).items():
        charge = by_reference.get(request.reference)
        if key in by_key:
            results[key] = _repeated_capture(request, by_key[key])
            continue
        code = _capture_refusal(request, charge, at, is_taken=request.reference in taken)
        if code is None:
            taken[request.reference] = Capture(request.reference, key, request.amount.amount)
        results[key] = ChargeResult(
            key,
            ChargeState.CAPTURED if code is None else ChargeState.FAILED,
            None if charge is None else charge.reference,
            None if code is None else failure(code),
        )
    return list(taken.values()), [results[request.idempotency_key] for request in requests]


def _repeated_capture(request: CaptureRequest, charge: Charge) -> ChargeResult:
    asked = (request.idempotency_key, request.reference, request.amount.amount)
    if asked != (charge.capture_key, charge.reference, charge.captured):
        raise key_reused(request.idempotency_key)
    return _as_stored(request.idempotency_key, charge)


def _capture_refusal(
    request: CaptureRequest, charge: Charge | None, at: datetime, *, is_taken: bool
) -> str | None:
    if charge is None:
        return "unknown_reference"
    if charge.state != ChargeState.AUTHORISED.value or is_taken:
        return "not_authorised"
    if charge.currency != request.amount.currency:
        return "currency_mismatch"
    if request.amount.amount > charge.amount:
        return "amount_too_large"
    return "authorisation_expired" if at >= charge.occurred_at + AUTHORISATION_LASTS else None


def left_to_return(charge: Charge, movements: Iterable[Movement]) -> Decimal:
    """Return how much of a captured charge is still with the merchant."""
    effects = [movement.amount for movement in movements if movement.state != "failed"]
    return add_all([charge.captured, *effects])


def refunds(
    requests: Sequence[RefundRequest],
    charges: Iterable[Charge],
    known: Iterable[Movement],
    at: datetime,
) -> tuple[list[Movement], list[RefundResult]]:
    """Return the movements to store and the answers in the order asked.

    ``known`` are all movements of the charges; refused refunds are stored as failed, so that a
    repetition gets the first answer.
    """
    by_reference = {charge.reference: charge for charge in charges}
    by_key: dict[str, Movement] = {}
    by_charge: defaultdict[str, list[Movement]] = defaultdict(list)
    for movement in known:
        by_key[movement.idempotency_key] = movement
        by_charge[movement.charge_reference].append(movement)
    new: list[Movement] = []
    results: dict[str, RefundResult] = {}
    for key, request in once(requests).items():
        if key in by_key:
            results[key] = _repeated_refund(request, by_key[key])
            continue
        charge = by_reference.get(request.charge_reference)
        movement = _new_refund(request, charge, by_charge[request.charge_reference], at)
        new.append(movement)
        by_charge[request.charge_reference].append(movement)
        lost = charge is not None and behaviour(charge.method).refund_loses_answer
        results[key] = RefundResult(key, RefundState.UNKNOWN) if lost else refund_result(movement)
    return new, [results[request.idempotency_key] for request in requests]


def _new_refund(
    request: RefundRequest, charge: Charge | None, known: Sequence[Movement], at: datetime
) -> Movement:
    code = _refund_refusal(request, charge, known)
    pends = code is None and charge is not None and behaviour(charge.method).refund_is_pending
    return Movement(
        idempotency_key=request.idempotency_key,
        reference=f"re_{new_id().hex}",
        charge_reference=request.charge_reference,
        kind="refund",
        currency=request.amount.currency,
        amount=(-request.amount).amount,
        fee=ZERO,
        state="failed" if code is not None else "pending" if pends else "done",
        failure_code=code,
        due_at=at + REFUND_PENDS if pends else None,
        occurred_at=at,
    )


def _refund_refusal(
    request: RefundRequest, charge: Charge | None, known: Sequence[Movement]
) -> str | None:
    if charge is None:
        return "unknown_reference"
    if charge.state != ChargeState.CAPTURED.value:
        return "not_captured"
    if charge.currency != request.amount.currency:
        return "currency_mismatch"
    if any(movement.state == "open" for movement in known):
        return "charge_disputed"
    if request.amount.amount > left_to_return(charge, known):
        return "amount_too_large"
    return behaviour(charge.method).refund_failure_code


def _repeated_refund(request: RefundRequest, movement: Movement) -> RefundResult:
    asked = (request.charge_reference, -request.amount)
    if asked != (movement.charge_reference, Money(movement.amount, movement.currency)):
        raise key_reused(request.idempotency_key)
    return refund_result(movement)


def refund_result(movement: Movement) -> RefundResult:
    """Return what is known of a refund."""
    return RefundResult(
        movement.idempotency_key,
        REFUND_STATES[movement.state],
        movement.reference,
        None if movement.failure_code is None else failure(movement.failure_code),
    )
