"""The installation's key: it seals small secrets at rest and signs what leaves and comes back.

Every use has its own key, derived from the one secret by HMAC-SHA256 over the purpose, so that a
value sealed or signed for one purpose is worth nothing for another. Losing the secret makes
all sealed values unreadable; it belongs in the backup, apart from the database.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from typing import TYPE_CHECKING, ClassVar, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from groschen.core.errors import GroschenError, Kind

if TYPE_CHECKING:
    from groschen.kit.config import Settings

SECRET_BYTES: Final = 32
NONCE_BYTES: Final = 12


class SecretMissing(GroschenError):
    """The installation has no usable secret key."""

    code: ClassVar[str] = "secret_missing"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


class SealBroken(GroschenError):
    """A sealed value was changed, or was sealed by another key."""

    code: ClassVar[str] = "seal_broken"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


def encrypt(key: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
    """Return nonce and AES-256-GCM ciphertext; ``bound_to`` must be given again to decrypt."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, bound_to)


def decrypt(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """Return the plaintext; raise ``SealBroken`` unless key, bytes and ``bound_to`` are right."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise SealBroken(
            "a sealed value cannot be opened",
            hint="Check that GROSCHEN_SECRET_KEY is the key this installation was started with.",
        ) from error


class Seal:
    """Seals and signs with keys derived from the installation's secret."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise SecretMissing(
                f"the secret key has {len(secret)} bytes, {SECRET_BYTES} are needed",
                field="GROSCHEN_SECRET_KEY",
                hint="Set it to the base64url form of 32 random bytes.",
            )
        self._secret = secret

    def key(self, purpose: str, *parts: bytes) -> bytes:
        """Return 32 bytes derived for ``purpose`` and ``parts``; also a keyed hash of them."""
        mac = hmac.new(self._secret, purpose.encode(), hashlib.sha256)
        for part in parts:
            mac.update(len(part).to_bytes(8, "big"))
            mac.update(part)
        return mac.digest()

    def blind(self, purpose: str, text: str) -> str:
        """Return a hex hash that only this installation can make: for look-up by equality."""
        return self.key(purpose, text.encode()).hex()

    def seal(self, purpose: str, plaintext: bytes, bound_to: bytes = b"") -> bytes:
        """Encrypt for ``purpose``; ``bound_to`` names the row it belongs to."""
        return encrypt(self.key(purpose), plaintext, bound_to)

    def unseal(self, purpose: str, sealed: bytes, bound_to: bytes = b"") -> bytes:
        """Return what ``seal`` was given; raise ``SealBroken`` for anything else."""
        return decrypt(self.key(purpose), sealed, bound_to)


def seal_from(settings: Settings) -> Seal:
    """Return the seal of this installation's settings."""
    if settings.secret_key is None:
        raise SecretMissing(
            "no secret key is configured",
            field="GROSCHEN_SECRET_KEY",
            hint="Set it to the base64url form of 32 random bytes and keep it in the backup.",
        )
    text = settings.secret_key.get_secret_value()
    try:
        return Seal(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError) as error:
        raise SecretMissing(
            "the secret key is not base64url",
            field="GROSCHEN_SECRET_KEY",
            hint="Set it to the base64url form of 32 random bytes.",
        ) from error


class _Installed:
    seal: ClassVar[Seal | None] = None


def install(seal: Seal) -> None:
    """Make ``seal`` the one of this process; done once at its start."""
    _Installed.seal = seal


def the_seal() -> Seal:
    """Return this process's seal; raise ``SecretMissing`` when none is installed."""
    if _Installed.seal is None:
        raise SecretMissing("this process has not installed its secret key")
    return _Installed.seal
