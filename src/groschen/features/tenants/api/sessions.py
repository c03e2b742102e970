"""Signing in and out, and who one is."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from fastapi import Request, Response
from pydantic import Field

from groschen.features.tenants import service
from groschen.features.tenants.model import (
    EmailInvalid,
    EmailMissing,
    EmailTaken,
    LinkRefused,
    PasswordUnfit,
    SignInRefused,
    UserDisabled,
)
from groschen.features.tenants.schemas import PartyId, TenantId, UserId
from groschen.kit.auth import Unauthenticated
from groschen.kit.db import TenantNotFound
from groschen.kit.http import (
    Email,
    In,
    Instant,
    Out,
    Proofs,
    Reader,
    Router,
    Surroundings,
    problems,
)
from groschen.kit.http.routes import bearer_token

router: Final = Router("sessions", prefix="/v1/sessions")

Password = Annotated[
    str,
    Field(
        description="10 to 200 letters; a sentence is a good one.",
        examples=["correct horse battery staple"],
        min_length=10,
        max_length=200,
    ),
]


class SignInIn(In):
    """E-mail and password."""

    email: Email
    password: Annotated[str, Field(description="The password.", examples=["..."], max_length=200)]
    tenant_id: Annotated[
        TenantId | None,
        Field(description="Where to sign in, if the address is known to several tenants."),
    ] = None


class LinkIn(In):
    """A one-time link, and the password to set."""

    token: Annotated[str, Field(description="From the link.", examples=["gl_AZqs"], max_length=100)]
    password: Annotated[Password | None, Field(description="The password to set.")] = None
    email: Annotated[
        Email | None,
        Field(description="The address to sign in with, for who has none yet."),
    ] = None


class LinkLookIn(In):
    """A one-time link to look at."""

    token: Annotated[str, Field(description="From the link.", examples=["gl_AZqs"], max_length=100)]


class LinkHolderOut(Out):
    """Whom a link lets in."""

    name: Annotated[str | None, Field(description="The person.", examples=["Ada Berg"])]
    email: Annotated[
        str | None,
        Field(
            description="What they sign in with; null for who has to name an address first.",
            examples=["ada.berg@example.org"],
        ),
    ]


class PasswordIn(In):
    """The old password and the new one."""

    old: Annotated[str, Field(description="The old one.", examples=["..."], max_length=200)]
    new: Password


class SwitchIn(In):
    """Where to act."""

    tenant_id: TenantId


class SessionOut(Out):
    """A fresh session."""

    token: Annotated[
        str,
        Field(description="Send it as bearer token; shown this once.", examples=["gs_AZqs..."]),
    ]
    tenant_id: TenantId
    user_id: UserId
    expires_at: Annotated[Instant, Field(description="When it is over.")]

    @classmethod
    def of(cls, session: service.SignedIn) -> Self:
        """Show a session."""
        return cls(
            token=session.token,
            tenant_id=session.tenant_id,
            user_id=session.user_id,
            expires_at=session.expires_at,
        )


class WhoOut(Out):
    """Who one is, and where one acts."""

    kind: Annotated[
        Literal["key", "user"], Field(description="API key or person.", examples=["user"])
    ]
    role: Annotated[str, Field(description="The role; `key` for keys.", examples=["operator"])]
    permissions: Annotated[
        list[str], Field(description="What one may do.", examples=[["orders:read"]])
    ]
    party_id: Annotated[PartyId | None, Field(description="The party one is limited to.")]
    tenant_id: TenantId
    tenant_name: Annotated[str, Field(description="The tenant's name.", examples=["Verbund AG"])]
    mode: Annotated[Literal["live", "test"], Field(description="Mode.", examples=["live"])]
    now: Annotated[Instant, Field(description="Business time there.")]


@router.public("POST", "", verb="sign_in", status_code=201, responses=problems(SignInRefused))
async def sign_in(body: SignInIn, runtime: Surroundings) -> SessionOut:
    """Sign in by e-mail and password. Five failed tries lock out for a quarter of an hour."""
    session = await service.sign_in(
        runtime.database, body.email, body.password, tenant_id=body.tenant_id
    )
    return SessionOut.of(session)


@router.public(
    "POST",
    "/by_link",
    verb="sign_in_by_link",
    status_code=201,
    responses=problems(
        LinkRefused, UserDisabled, EmailMissing, EmailInvalid, EmailTaken, PasswordUnfit
    ),
)
async def sign_in_by_link(body: LinkIn, runtime: Surroundings) -> SessionOut:
    """Sign in by a one-time link, and set the password."""
    session = await service.sign_in_by_link(
        runtime.database, body.token, email=body.email, password=body.password
    )
    return SessionOut.of(session)


@router.public(
    "POST",
    "/look_at_link",
    verb="look_at_link",
    responses=problems(LinkRefused, UserDisabled),
)
async def look_at_link(body: LinkLookIn, runtime: Surroundings) -> LinkHolderOut:
    """Say whom a one-time link lets in, without using it up."""
    holder = await service.look_at_link(runtime.database, body.token)
    return LinkHolderOut(name=holder.name, email=holder.email)


@router.get("/current", permission=None, verb="current")
async def who_am_i(scope: Reader) -> WhoOut:
    """Show who one is and where one acts."""
    actor = scope.actor
    return WhoOut(
        kind="key" if actor.kind == "key" else "user",
        role=actor.role,
        permissions=sorted(actor.permissions),
        party_id=actor.party_id,
        tenant_id=scope.tenant_id,
        tenant_name=scope.tenant.name,
        mode=scope.tenant.mode,
        now=scope.now,
    )


@router.public(
    "POST",
    "/current/switch",
    verb="switch_tenant",
    status_code=204,
    signed_in=True,
    responses=problems(Unauthenticated, TenantNotFound),
)
async def switch_tenant(
    body: SwitchIn, request: Request, runtime: Surroundings, proofs: Proofs
) -> Response:
    """Let the session act in another tenant of the subtree; `GET /v1/tenants` lists them."""
    token = bearer_token(request)
    await service.switch_tenant(runtime.database, proofs, token, body.tenant_id)
    return Response(status_code=204)


@router.public(
    "POST",
    "/current/password",
    verb="change_password",
    status_code=204,
    signed_in=True,
    responses=problems(Unauthenticated, SignInRefused, PasswordUnfit),
)
async def change_password(
    body: PasswordIn, request: Request, runtime: Surroundings, proofs: Proofs
) -> Response:
    """Change one's own password."""
    token = bearer_token(request)
    await service.change_password(runtime.database, proofs, token, old=body.old, new=body.new)
    return Response(status_code=204)


@router.public(
    "DELETE",
    "/current",
    verb="sign_out",
    status_code=204,
    signed_in=True,
    responses=problems(Unauthenticated),
)
async def sign_out(request: Request, runtime: Surroundings) -> Response:
    """End the session."""
    await service.end_session(runtime.database, bearer_token(request))
    return Response(status_code=204)
