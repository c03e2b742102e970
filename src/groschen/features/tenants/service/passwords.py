"""Passwords: hashed by argon2 off the event loop, a few at a time."""

from __future__ import annotations

from typing import Final

import anyio
from anyio import to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from groschen.features.tenants.model import PasswordUnfit

_hasher: Final = PasswordHasher()
_NOBODY: Final = _hasher.hash("nobody has this password")
_limiter: anyio.CapacityLimiter | None = None
AT_ONCE: Final = 2
FEWEST_LETTERS: Final = 10
MOST_LETTERS: Final = 200


def check_new_password(password: str) -> None:
    """Raise ``PasswordUnfit`` for a password that is too short or too long to be set."""
    if not FEWEST_LETTERS <= len(password) <= MOST_LETTERS:
        raise PasswordUnfit(
            f"a password has {FEWEST_LETTERS} to {MOST_LETTERS} letters",
            field="password",
            hint="A sentence is a good one.",
        )


def _hashing() -> anyio.CapacityLimiter:
    """Return the limiter of this process: each hash takes 64 MiB and a core."""
    global _limiter  # noqa: PLW0603 - one per process, made inside the running loop
    if _limiter is None:
        _limiter = anyio.CapacityLimiter(AT_ONCE)
    return _limiter


async def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return await to_thread.run_sync(_hasher.hash, password, limiter=_hashing())


async def password_fits(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; takes as long when there is no hash."""
    fits = await to_thread.run_sync(_verify, password_hash or _NOBODY, password, limiter=_hashing())
    return fits and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
