"""People and keys of a party, who see what belongs to the party and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.features.parties.model import RightNotForParties
from groschen.features.parties.service.parties import get_party
from groschen.features.tenants import service as tenants
from groschen.features.tenants.model import Role
from groschen.kit.permissions import PARTY_RIGHTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from groschen.features.tenants.model import ApiKey, User
    from groschen.kit.db import Scope
    from groschen.kit.http import Reference


async def add_user(
    scope: Scope, party: Reference, *, email: str, name: str, role: Role = Role.PARTNER
) -> User:
    """Add a person of a party to the partner or customer portal, as ``role`` says.

    ``tenants.make_link`` lets them in. Raises ``RoleNeedsParty`` for a role of the tenant's own.
    """
    owner = await get_party(scope, party)
    return await tenants.add_user(scope, role=role, email=email, name=name, party_id=owner.id)


async def add_key(
    scope: Scope,
    party: Reference,
    *,
    name: str,
    permissions: Sequence[str],
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key of a party and return it with its secret; raise ``RightNotForParties``."""
    owner = await get_party(scope, party)
    for permission in permissions:
        if permission not in PARTY_RIGHTS:
            raise RightNotForParties(
                f"a party's key cannot hold '{permission}'",
                field="permissions",
                hint=f"Choose of: {', '.join(sorted(PARTY_RIGHTS))}.",
            )
    return await tenants.create_key(
        scope, name=name, permissions=permissions, party_id=owner.id, expires_at=expires_at
    )
