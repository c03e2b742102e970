"""Signed messages between systems, after Standard Webhooks (``v1``: HMAC-SHA256).

Signed is ``<id>.<unix seconds>.<raw body>``. Several secrets may be valid while one is being
replaced: a sender signs with all, a receiver accepts any of his. Times are real time and arguments.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from groschen.core.errors import GroschenError, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOLERANCE: Final = timedelta(minutes=5)
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the prefix tells people what a secret is for
SIGNATURES_READ: Final = 8


class SignatureInvalid(GroschenError):
    """The message is not from who it should be, was changed, or comes at the wrong time."""

    code: ClassVar[str] = "signature_invalid"
    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED


def secret_text(secret: bytes) -> str:
    """Return the form in which a secret is shown to the other side: ``whsec_`` and base64."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def sign(
    secrets: Sequence[bytes], message_id: str, at: datetime, raw_body: bytes
) -> dict[str, str]:
    """Return the three headers of a message sent at ``at`` (real time, cut to whole seconds)."""
    seconds = _unix_seconds(at)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(
            "v1," + base64.b64encode(_mac(secret, message_id, seconds, raw_body)).decode()
            for secret in secrets
        ),
    }


def verify(
    secrets: Sequence[bytes], headers: Mapping[str, str], raw_body: bytes, at: datetime
) -> str:
    """Return the message's id if a signature fits and its time is within 5 minutes of ``at``.

    ``headers`` have lower-case names. Raises ``SignatureInvalid``; it does not tell whether
    the id or the body was wrong.
    """
    message_id = headers.get("webhook-id", "")
    seconds = headers.get("webhook-timestamp", "")
    if not message_id or not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        raise SignatureInvalid(
            "the signature headers are missing or malformed",
            field="webhook-timestamp" if message_id else "webhook-id",
            hint="Send webhook-id, webhook-timestamp and webhook-signature (Standard Webhooks).",
        )
    if abs(_unix_seconds(at) - int(seconds)) > TOLERANCE // timedelta(seconds=1):
        raise SignatureInvalid(
            "the signed time is more than 5 minutes from now",
            field="webhook-timestamp",
            hint="Sign at the moment of sending and keep the clock right.",
        )
    given = _read_signatures(headers.get("webhook-signature", ""))
    for secret in secrets:
        right = _mac(secret, message_id, int(seconds), raw_body)
        if any(hmac.compare_digest(right, signature) for signature in given):
            return message_id
    raise SignatureInvalid(
        "no signature fits the message",
        field="webhook-signature",
        hint="Sign the raw bytes of the body with the current secret.",
    )


def _unix_seconds(at: datetime) -> int:
    return int((at - datetime.fromtimestamp(0, UTC)) // timedelta(seconds=1))


def _mac(secret: bytes, message_id: str, seconds: int, raw_body: bytes) -> bytes:
    signed = b".".join((message_id.encode(), str(seconds).encode(), raw_body))
    return hmac.digest(secret, signed, "sha256")


def _read_signatures(header: str) -> list[bytes]:
    """Return the v1 signatures of a header; what cannot be read is no signature."""
    found: list[bytes] = []
    for part in header.split(" ")[:SIGNATURES_READ]:
        version, _, text = part.partition(",")
        try:
            signature = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        if version == "v1" and signature:
            found.append(signature)
    return found
