"""Who acts: a key, a person, a job or the system, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from groschen.core.errors import GroschenError, Kind

if TYPE_CHECKING:
    from uuid import UUID

ActorKind = Literal["key", "user", "job", "system"]
ALL_PERMISSIONS: Final = frozenset({"*"})


class PermissionMissing(GroschenError):
    """The actor is known but may not do this."""

    code: ClassVar[str] = "permission_missing"
    kind: ClassVar[Kind] = Kind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts in a scope.

    ``party_id`` is set for a partner or customer, who sees only what is theirs. The single
    permission ``*`` grants everything; it belongs to jobs and the system itself.
    """

    kind: ActorKind
    id: UUID | None
    permissions: frozenset[str]
    party_id: UUID | None
    role: str

    def may(self, permission: str) -> bool:
        """Whether the actor holds ``permission``, e.g. ``orders:write``."""
        return permission in self.permissions or "*" in self.permissions

    def require(self, permission: str) -> None:
        """Raise ``PermissionMissing`` unless the actor holds ``permission``."""
        if not self.may(permission):
            raise PermissionMissing(
                f"this needs the permission '{permission}'",
                hint="Ask an administrator of the tenant for a key or role that has it.",
                permission=permission,
            )


def job_actor(name: str) -> Actor:
    """Return the actor of a job; ``name`` is the job's registered name."""
    return Actor("job", None, ALL_PERMISSIONS, None, name)


SYSTEM: Final = Actor("system", None, ALL_PERMISSIONS, None, "system")
