"""The signed ticket: ``GR1.<payload>.<signature>``, checked with a public key and nothing else.

The payload is canonical JSON (sorted keys, no white space, UTF-8), the signature Ed25519 over the
text before the last dot; both are written as base64url without padding. Reading is strict in
every byte: there is one text for one ticket, so whoever flips a bit anywhere holds no ticket. In
particular nothing is stripped: a line break at the end makes another text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from groschen.core.errors import GroschenError, Kind

FORMAT: Final = "GR1"
TEXT_LIMIT_BYTES: Final = 4096
KEY_ID_LETTERS: Final = 16
INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"
_BASE64URL: Final = re.compile(rb"[A-Za-z0-9_-]+\Z")


class TicketNotValid(GroschenError):
    """The text is no ticket signed by this key: forged, damaged, or of another issuer."""

    code: ClassVar[str] = "ticket_not_valid"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class TicketNotIssuable(GroschenError):
    """What was ordered lacks something that a ticket must say."""

    code: ClassVar[str] = "ticket_not_issuable"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class TicketKeyNotReadable(GroschenError):
    """The given text is no Ed25519 key in PEM form."""

    code: ClassVar[str] = "ticket_key_not_readable"
    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(frozen=True, slots=True)
class TicketLeg:
    """One operator's part of the route; ``distance_km`` is a decimal text or empty if unknown."""

    operator: str
    distance_km: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says. It names no person: who shows it may travel, ``travellers`` at once.

    The period is half-open: valid from ``valid_from`` until just before ``valid_to`` (None: no
    end), both in whole seconds. ``order`` is the seller's order number, to find the sale by.
    """

    ticket_id: str
    issuer: str
    order: str
    product: str
    route: str
    legs: tuple[TicketLeg, ...]
    travellers: int
    valid_from: datetime
    valid_to: datetime | None


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _decode(text: bytes, part: str) -> bytes:
    """Read base64url, refusing padding, foreign letters and the loose bits of the last letter."""
    if _BASE64URL.fullmatch(text):
        try:
            data = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
        except binascii.Error:
            data = b""
        if data and _encode(data) == text:
            return data
    raise TicketNotValid(f"the {part} is damaged", field=part)


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime(INSTANT)


def _payload(ticket: Ticket, key: str) -> bytes:
    """Return the one payload of a ticket: canonical JSON that also names the key."""
    body = asdict(ticket) | {
        "legs": [[leg.operator, leg.distance_km] for leg in ticket.legs],
        "valid_from": _instant(ticket.valid_from),
        "valid_to": None if ticket.valid_to is None else _instant(ticket.valid_to),
        "key": key,
    }
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def key_id(public_key: Ed25519PublicKey) -> str:
    """Return the short name of a key: the first 16 hex digits of the SHA-256 of its raw bytes."""
    return hashlib.sha256(public_key.public_bytes_raw()).hexdigest()[:KEY_ID_LETTERS]


def public_pem(public_key: Ed25519PublicKey) -> str:
    """Return the public key as PEM (SubjectPublicKeyInfo), as ``groschen ticket verify`` reads."""
    return public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def read_public_pem(pem: bytes) -> Ed25519PublicKey:
    """Read an Ed25519 public key in PEM form; raise ``TicketKeyNotReadable`` for anything else."""
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise TicketKeyNotReadable(
            "the key is no Ed25519 public key in PEM form",
            field="key",
            hint="Use the public key exactly as the issuer exports it (BEGIN PUBLIC KEY).",
        )
    return key


def _require_complete(ticket: Ticket) -> None:
    """Refuse a ticket without a leg or a traveller, or whose period is empty or without zone."""
    if not ticket.legs:
        raise TicketNotIssuable("a ticket needs at least one operator's leg", field="legs")
    if ticket.travellers < 1:
        raise TicketNotIssuable("a ticket is for one traveller or more", field="travellers")
    for name, instant in (("valid_from", ticket.valid_from), ("valid_to", ticket.valid_to)):
        if instant is not None and (instant.utcoffset() is None or instant.microsecond):
            raise TicketNotIssuable("an instant needs a time zone and whole seconds", field=name)
    if ticket.valid_to is not None and ticket.valid_to <= ticket.valid_from:
        raise TicketNotIssuable("the ticket would end before it begins", field="valid_to")


def sign(ticket: Ticket, key: Ed25519PrivateKey) -> str:
    """Return the ticket's text. The same ticket and key always give the same text.

    Raises ``TicketNotIssuable`` when there is no leg, no time, an empty period or too much text.
    """
    _require_complete(ticket)
    signed = FORMAT.encode() + b"." + _encode(_payload(ticket, key_id(key.public_key())))
    text = signed + b"." + _encode(key.sign(signed))
    if len(text) > TEXT_LIMIT_BYTES:
        raise TicketNotIssuable(f"the ticket is longer than {TEXT_LIMIT_BYTES} bytes", field="legs")
    return text.decode()


def verify(text: bytes, public_key: Ed25519PublicKey) -> Ticket:
    """Return what a genuine ticket says; raise ``TicketNotValid`` for every other text.

    ``text`` is the whole content of the file or of the QR code. Whether the ticket is in its
    period is the caller's question: it knows the time.
    """
    parts = text.split(b".")
    if len(text) > TEXT_LIMIT_BYTES or len(parts) != 3 or parts[0] != FORMAT.encode():
        raise TicketNotValid(
            f"this is no {FORMAT} ticket",
            field="ticket",
            hint="The file must hold the ticket text and nothing else, not even a line break.",
        )
    payload, signature = _decode(parts[1], "payload"), _decode(parts[2], "signature")
    try:
        public_key.verify(signature, text[: text.rindex(b".")])
    except InvalidSignature as failure:
        raise TicketNotValid(
            "the signature does not fit: the ticket was changed, or another key signed it",
            field="signature",
            hint=f"The key given is {key_id(public_key)}; compare it with the issuer's.",
        ) from failure
    return _read(payload, key_id(public_key))


def _read_instant(text: str) -> datetime:
    return datetime.strptime(text, INSTANT).replace(tzinfo=UTC)


def _read(payload: bytes, key: str) -> Ticket:
    """Turn a payload whose signature fits into a ticket; refuse what ``sign`` would not write."""
    try:
        body = json.loads(payload)
        ticket = Ticket(
            ticket_id=str(body["ticket_id"]),
            issuer=str(body["issuer"]),
            order=str(body["order"]),
            product=str(body["product"]),
            route=str(body["route"]),
            legs=tuple(TicketLeg(str(operator), str(km)) for operator, km in body["legs"]),
            travellers=int(body["travellers"]),
            valid_from=_read_instant(body["valid_from"]),
            valid_to=None if body["valid_to"] is None else _read_instant(body["valid_to"]),
        )
        _require_complete(ticket)
    except TicketNotIssuable as failure:
        raise TicketNotValid(failure.detail, field="payload") from failure
    except (ValueError, KeyError, TypeError, RecursionError) as failure:
        raise TicketNotValid("the payload is not of this format", field="payload") from failure
    if _payload(ticket, key) != payload:
        raise TicketNotValid("the payload is not in canonical form", field="payload")
    return ticket
