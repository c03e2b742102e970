"""The texts people and machines sign in with: API keys, session tokens, one-time links.

An API key is ``gk_live_`` or ``gk_test_``, 43 letters of 256 random bits and six letters of
checksum, so that a typing error or a false alarm of a secret scanner is seen without a look-up.
Session tokens and links carry their tenant's id before 256 random bits. Only SHA-256 hashes
of them are stored; with 256 bits of chance no slower hash is needed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import zlib
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID

if TYPE_CHECKING:
    from groschen.kit.db import TenantFacts

LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KEY_LETTERS: Final = 43
CHECKSUM_LETTERS: Final = 6
KEY_FORM: Final = re.compile(r"(gk_(?:live|test)_[0-9A-Za-z]{43})([0-9A-Za-z]{6})")
TOKEN_FORM: Final = re.compile(r"g([sl])_([A-Za-z0-9_-]{64})")

TokenKind = Literal["session", "link"]
_MARKS: Final[dict[TokenKind, str]] = {"session": "s", "link": "l"}


def digest(text: str) -> str:
    """Return the SHA-256 of a key or token in hex: what is stored of it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _base62(number: int, length: int) -> str:
    letters: list[str] = []
    for _ in range(length):
        number, rest = divmod(number, len(LETTERS))
        letters.append(LETTERS[rest])
    return "".join(reversed(letters))


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), CHECKSUM_LETTERS)


def new_api_key(tenant: TenantFacts) -> str:
    """Return a fresh key for the tenant's mode; it is shown once and then forgotten."""
    body = f"gk_{tenant.mode}_{_base62(secrets.randbits(256), KEY_LETTERS)}"
    return body + _checksum(body)


def is_api_key(text: str) -> bool:
    """Whether ``text`` has the form and the checksum of a key; it need not exist."""
    found = KEY_FORM.fullmatch(text)
    return found is not None and secrets.compare_digest(_checksum(found[1]), found[2])


def key_hint(key: str) -> str:
    """Return what may be shown of a key for ever: its prefix and last four letters."""
    return f"{key[:8]}...{key[-4:]}"


def new_token(kind: TokenKind, tenant_id: UUID) -> str:
    """Return a fresh session token or one-time link token of a tenant."""
    packed = base64.urlsafe_b64encode(tenant_id.bytes + secrets.token_bytes(32)).decode()
    return f"g{_MARKS[kind]}_{packed}"


def tenant_of_token(kind: TokenKind, token: str) -> UUID | None:
    """Return the tenant a token names, or None if it is no token of this kind."""
    found = TOKEN_FORM.fullmatch(token)
    if found is None or found[1] != _MARKS[kind]:
        return None
    try:
        packed = base64.b64decode(found[2], altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    return UUID(bytes=packed[:16])
