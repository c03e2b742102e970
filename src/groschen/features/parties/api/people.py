"""People and keys of a party."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from groschen.features.parties import service
from groschen.features.parties.api.ids import PartyRef
from groschen.features.parties.model import PartyNotFound, RightNotForParties
from groschen.features.tenants.model import EmailTaken, ExpiryPast, PermissionNotHeld, Role
from groschen.features.tenants.schemas import KeyIn, KeyOut, NewKeyOut, UserOut
from groschen.kit.http import Email, In, Router, Text, Writer, problems
from groschen.kit.permissions import PermissionUnknown

router: Final = Router("party_people", prefix="/v1/parties/{party}")


class PartyUserIn(In):
    """A person of a party."""

    email: Email
    name: Annotated[Text, Field(description="The person's name.", examples=["Ada Berg"])]
    role: Annotated[
        Literal["partner", "customer"],
        Field(
            description="`partner`: sees claims and statements; `customer`: sees contracts, "
            "credit, usage and invoices.",
            examples=["customer"],
        ),
    ] = "partner"


@router.post(
    "/users",
    permission="tenants:admin",
    verb="add_user",
    responses=problems(PartyNotFound, EmailTaken, PermissionNotHeld),
)
async def add_user(party: PartyRef, body: PartyUserIn, scope: Writer) -> UserOut:
    """Add a person to a party's portal, who sees what is the party's and nothing else."""
    user = await service.add_user(
        scope, party, email=body.email, name=body.name, role=Role(body.role)
    )
    return UserOut.of(user)


@router.post(
    "/api_keys",
    permission="keys:write",
    verb="add_key",
    responses=problems(
        PartyNotFound, RightNotForParties, PermissionUnknown, PermissionNotHeld, ExpiryPast
    ),
)
async def add_key(party: PartyRef, body: KeyIn, scope: Writer) -> NewKeyOut:
    """Make a key of a party, which reads what is the party's and nothing else."""
    key, secret = await service.add_key(
        scope, party, name=body.name, permissions=body.permissions, expires_at=body.expires_at
    )
    return NewKeyOut(key=KeyOut.of(key), secret=secret)
