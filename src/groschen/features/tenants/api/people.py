"""People who sign in."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field

from groschen.features.tenants import service
from groschen.features.tenants.model import (
    EmailTaken,
    LastAdministrator,
    PermissionNotHeld,
    Role,
    RoleNeedsParty,
    User,
    UserDisabled,
    UserNotFound,
)
from groschen.features.tenants.schemas import UserId, UserOut
from groschen.kit.http import (
    Email,
    In,
    Lax,
    Out,
    PageOut,
    Pages,
    Reader,
    Router,
    Text,
    Writer,
    page_of,
    problems,
)

router: Final = Router("users", prefix="/v1/users")

RoleField = Annotated[
    Role, Lax, Field(description="What the person may do.", examples=["operator"])
]


class UserIn(In):
    """A person to add; people of a partner or customer are added at the party."""

    email: Email
    name: Annotated[Text, Field(description="The person's name.", examples=["Ada Berg"])]
    role: RoleField


class RoleIn(In):
    """Another role."""

    role: RoleField


class NamedUserOut(Out):
    """A person with what the vault knows."""

    user: Annotated[UserOut, Field(description="The person.")]
    email: Annotated[
        str | None, Field(description="E-mail address.", examples=["ada.berg@example.org"])
    ]
    name: Annotated[str | None, Field(description="Name.", examples=["Ada Berg"])]

    @classmethod
    def of(cls, user: User, known: dict[str, str]) -> Self:
        """Show a person and what is known of it."""
        return cls(user=UserOut.of(user), email=known.get("email"), name=known.get("name"))


class LinkOut(Out):
    """A one-time link, shown this once."""

    token: Annotated[
        str,
        Field(description="Good for 24 hours and one sign-in.", examples=["gl_AZqs..."]),
    ]
    path: Annotated[
        str, Field(description="The page that takes it.", examples=["/sign-in/link?token=gl_AZqs"])
    ]


@router.post(
    "",
    permission="tenants:admin",
    verb="add",
    responses=problems(EmailTaken, PermissionNotHeld, RoleNeedsParty),
)
async def add_user(body: UserIn, scope: Writer) -> UserOut:
    """Add a person. Make a one-time link to let them in."""
    user = await service.add_user(scope, role=body.role, email=body.email, name=body.name)
    return UserOut.of(user)


@router.get("", permission="tenants:admin", verb="list")
async def list_users(scope: Reader, pages: Pages) -> PageOut[NamedUserOut]:
    """List people, disabled ones included, newest first."""
    found = await service.list_users(scope, pages)
    known = await service.emails(scope, [user.id for user in found])
    return page_of(
        pages,
        found,
        identity=lambda user: user.id,
        show=lambda user: NamedUserOut.of(user, known.get(user.id, {})),
    )


@router.get("/{user_id}", permission="tenants:admin", verb="get", responses=problems(UserNotFound))
async def get_user(user_id: UserId, scope: Reader) -> NamedUserOut:
    """Show one person."""
    user = await service.get_user(scope, user_id)
    known = await service.emails(scope, [user_id])
    return NamedUserOut.of(user, known.get(user_id, {}))


@router.post(
    "/{user_id}/role",
    permission="tenants:admin",
    verb="change_role",
    status_code=200,
    responses=problems(UserNotFound, PermissionNotHeld, RoleNeedsParty, LastAdministrator),
)
async def change_role(user_id: UserId, body: RoleIn, scope: Writer) -> UserOut:
    """Give a person another role."""
    return UserOut.of(await service.change_role(scope, user_id, body.role))


@router.post(
    "/{user_id}/disable",
    permission="tenants:admin",
    verb="disable",
    status_code=200,
    responses=problems(UserNotFound, LastAdministrator),
)
async def disable_user(user_id: UserId, scope: Writer) -> UserOut:
    """Let a person sign in no more; their sessions end."""
    return UserOut.of(await service.disable_user(scope, user_id))


@router.post(
    "/{user_id}/erase",
    permission="tenants:admin",
    verb="erase",
    status_code=200,
    responses=problems(UserNotFound, LastAdministrator),
)
async def erase_user(user_id: UserId, scope: Writer) -> UserOut:
    """Disable a person and erase name and e-mail address for ever."""
    return UserOut.of(await service.erase_user(scope, user_id))


@router.post(
    "/{user_id}/sign_in_links",
    permission="tenants:admin",
    verb="make_link",
    responses=problems(UserNotFound, UserDisabled),
)
async def make_link(user_id: UserId, scope: Writer) -> LinkOut:
    """Make a one-time link that lets a person in to set a password."""
    token = await service.make_link(scope, user_id)
    return LinkOut(token=token, path=service.link_path(token))
