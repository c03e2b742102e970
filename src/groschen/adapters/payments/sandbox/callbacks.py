"""The provider's calls to the merchant: the simulator writes them, the adapter reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from groschen.adapters.payments.sandbox.methods import failure
from groschen.adapters.payments.sandbox.records import StoredCallback
from groschen.core.errors import GroschenError
from groschen.core.money import Money, parse_amount
from groschen.core.ports.payments import (
    CallbackForged,
    CallbackUnreadable,
    ProviderEvent,
    ProviderEventKind,
)
from groschen.kit.ids import new_id
from groschen.kit.signatures import SignatureInvalid, sign, verify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BODY_LIMIT_BYTES: Final = 64 * 1024


class _Amount(msgspec.Struct):
    amount: str
    currency: str


class _Body(msgspec.Struct):
    """The wire form; unknown fields of newer providers are ignored, missing ones refused."""

    id: str
    type: str
    created_at: datetime
    reference: str
    amount: _Amount
    fee: _Amount
    failure_code: str | None


@dataclass(frozen=True, slots=True)
class SignedCallback:
    """A call as it goes over the wire: POST ``raw_body`` with ``headers``."""

    id: str
    headers: Mapping[str, str]
    raw_body: bytes


def compose(
    kind: ProviderEventKind,
    reference: str,
    amount: Money,
    fee: Money,
    occurred_at: datetime,
    failure_code: str | None = None,
) -> StoredCallback:
    """Return a new call with an id of its own; ``amount`` and ``fee`` are positive."""
    body = _Body(
        id=f"evt_{new_id().hex}",
        type=kind.value,
        created_at=occurred_at,
        reference=reference,
        amount=_Amount(f"{amount.amount:f}", amount.currency),
        fee=_Amount(f"{fee.amount:f}", fee.currency),
        failure_code=failure_code,
    )
    return StoredCallback(body.id, msgspec.json.encode(body).decode())


def signed(callback: StoredCallback, secret: bytes, at: datetime) -> SignedCallback:
    """Return the call signed for sending at ``at`` (real time)."""
    raw_body = callback.body.encode()
    headers = sign([secret], callback.id, at, raw_body)
    return SignedCallback(callback.id, {**headers, "content-type": "application/json"}, raw_body)


def parse(
    secrets: Sequence[bytes], headers: Mapping[str, str], raw_body: bytes, at: datetime
) -> ProviderEvent:
    """Check size and signature, then read. Raises ``CallbackForged`` and ``CallbackUnreadable``."""
    if len(raw_body) > BODY_LIMIT_BYTES:
        raise CallbackUnreadable(
            f"the callback has more than {BODY_LIMIT_BYTES} bytes", field="body"
        )
    try:
        message_id = verify(secrets, headers, raw_body, at)
    except SignatureInvalid as refusal:
        raise CallbackForged(refusal.detail, field=refusal.field, hint=refusal.hint) from refusal
    try:
        body = msgspec.json.decode(raw_body, type=_Body)
        event = ProviderEvent(
            id=body.id,
            kind=ProviderEventKind(body.type),
            reference=body.reference,
            amount=Money(parse_amount(body.amount.amount, "amount"), body.amount.currency),
            fee=Money(parse_amount(body.fee.amount, "fee"), body.fee.currency),
            occurred_at=body.created_at,
            failure=None if body.failure_code is None else failure(body.failure_code),
        )
    except (msgspec.DecodeError, ValueError, RecursionError, GroschenError) as refusal:
        raise CallbackUnreadable(
            f"the callback cannot be read: {refusal}", field="body"
        ) from refusal
    if event.id != message_id or event.occurred_at.utcoffset() is None:
        raise CallbackUnreadable("the callback's id and its header differ", field="id")
    return event
