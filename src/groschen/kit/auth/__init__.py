"""Who sends a request: keys, sessions, and the scope they open."""

from groschen.kit.auth.authenticator import (
    Authenticator,
    Credential,
    Identity,
    KeyExpired,
    KeyRevoked,
    Unauthenticated,
)
from groschen.kit.auth.credentials import digest, key_hint, new_api_key, new_token, tenant_of_token

__all__ = [
    "Authenticator",
    "Credential",
    "Identity",
    "KeyExpired",
    "KeyRevoked",
    "Unauthenticated",
    "digest",
    "key_hint",
    "new_api_key",
    "new_token",
    "tenant_of_token",
]
