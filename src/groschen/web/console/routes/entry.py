"""Signing in and out, one-time links, one's own password, and the tenant one acts in."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from groschen.core.errors import GroschenError, Kind
from groschen.features.tenants import service as tenants
from groschen.features.tenants.model import LinkRefused, UserDisabled
from groschen.kit.http.problems import STATUS
from groschen.kit.ids import decode_id
from groschen.kit.runtime import Runtime
from groschen.web.addresses import local_address
from groschen.web.console import sign_in
from groschen.web.forms import see_other, sent
from groschen.web.navigation import home_of
from groschen.web.page import page
from groschen.web.routing import runtime_of
from groschen.web.session import SignedIn, session_visitor
from groschen.web.ui.parts import Field
from groschen.web.ui.refusals import Refusal
from groschen.web.visitor import SESSION_COOKIE, Visitor

router: Final = APIRouter()

Around = Annotated[Runtime, Depends(runtime_of)]
Guest = Annotated[Visitor | None, Depends(session_visitor)]
Text = Annotated[str, Form(max_length=500)]
Onward = Annotated[str, Query(alias="next")]
Sent = Annotated[str, Form(alias="next")]


class PasswordsDiffer(GroschenError):
    """The password and its repetition are not the same."""

    code: ClassVar[str] = "passwords_differ"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


@router.get("/sign-in")
async def show_sign_in(
    request: Request, visitor: Guest, onward: Onward = "/", signed_out: str | None = None
) -> Response:
    """The form; who is signed in already goes on."""
    if visitor is not None:
        return see_other(local_address(onward))
    notice = None if signed_out is None else sign_in.SIGNED_OUT
    view = sign_in.SignInView(Field(), notice=notice, next=local_address(onward))
    return page(request, sign_in.TEMPLATE, view)


@router.post("/sign-in")
async def take_sign_in(
    request: Request, around: Around, email: Text = "", password: Text = "", onward: Sent = "/"
) -> Response:
    """Open a session and go on, or show the form again."""
    try:
        session = await tenants.sign_in(around.database, email, password)
    except GroschenError as refusal:
        told = Refusal.of(refusal)
        view = sign_in.SignInView(Field(email), told, next=local_address(onward))
        return page(request, sign_in.TEMPLATE, view, status=STATUS[refusal.kind])
    return _signed_in(request, session, local_address(onward))


@router.get("/sign-in/link")
async def show_link(request: Request, around: Around, token: str = "") -> Response:
    """Ask for a password. Opening the page uses nothing up, so previews of mails do no harm."""
    try:
        holder = await tenants.look_at_link(around.database, token)
    except (LinkRefused, UserDisabled) as refusal:
        return _link_page(request, None, None, refusal)
    return _link_page(request, token, holder, None)


@router.post("/sign-in/link")
async def take_link(
    request: Request,
    around: Around,
    token: Text = "",
    email: Text = "",
    password: Text = "",
    repeated: Text = "",
) -> Response:
    """Set the password, use the link up and go on, or show the form again."""
    try:
        holder = await tenants.look_at_link(around.database, token)
    except (LinkRefused, UserDisabled) as refusal:
        return _link_page(request, None, None, refusal)
    try:
        _check_same(password, repeated)
        session = await tenants.sign_in_by_link(
            around.database, token, email=email or None, password=password
        )
    except GroschenError as refusal:
        return _link_page(request, token, holder, refusal, email)
    return _signed_in(request, session, "/")


@router.post("/sign-out")
async def take_sign_out(request: Request, around: Around) -> Response:
    """End the session; without one it is as done."""
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        await tenants.end_session(around.database, token)
    answer = see_other("/sign-in?signed_out=1")
    answer.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax")
    return answer


@router.post("/session/tenant")
async def take_tenant(
    request: Request, around: Around, visitor: SignedIn, tenant: Text = ""
) -> Response:
    """Act in another tenant of one's own subtree from now on."""
    token = request.cookies.get(SESSION_COOKIE, "")
    authenticator = request.app.state.authenticator
    await tenants.switch_tenant(around.database, authenticator, token, decode_id("ten", tenant))
    return see_other(home_of(visitor))


@router.get("/account")
async def show_account(request: Request, visitor: SignedIn, changed: str | None = None) -> Response:
    """One's own account."""
    notice = None if changed is None else sign_in.PASSWORD_CHANGED
    return _account_page(request, visitor, None, notice)


@router.post("/account/password")
async def take_password(
    request: Request,
    around: Around,
    visitor: SignedIn,
    old: Text = "",
    password: Text = "",
    repeated: Text = "",
) -> Response:
    """Change one's own password."""
    token = request.cookies.get(SESSION_COOKIE, "")
    try:
        _check_same(password, repeated)
        await tenants.change_password(
            around.database, request.app.state.authenticator, token, old=old, new=password
        )
    except GroschenError as refusal:
        return _account_page(request, visitor, refusal, None)
    return see_other("/account?changed=1")


def _check_same(password: str, repeated: str) -> None:
    if password != repeated:
        raise PasswordsDiffer("the two passwords are not the same", field="repeated")


def _signed_in(request: Request, session: tenants.SignedIn, path: str) -> Response:
    answer = see_other(path)
    answer.set_cookie(
        SESSION_COOKIE,
        session.token,
        expires=session.expires_at,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )
    return answer


def _link_page(
    request: Request,
    token: str | None,
    holder: tenants.LinkHolder | None,
    refusal: GroschenError | None,
    email: str = "",
) -> Response:
    at_a_field = refusal is not None and refusal.field in ("email", "password", "repeated")
    view = sign_in.LinkView(
        token=token,
        name=holder.name if holder else None,
        known_email=holder.email if holder else None,
        email=sent(email, refusal, "email"),
        password=sent("", refusal, "password"),
        repeated=sent("", refusal, "repeated"),
        refusal=None if refusal is None or at_a_field else Refusal.of(refusal),
    )
    status = HTTPStatus.OK if refusal is None else STATUS[refusal.kind]
    return page(request, sign_in.LINK_TEMPLATE, view, status=status)


def _account_page(
    request: Request, visitor: Visitor, refusal: GroschenError | None, notice: str | None
) -> Response:
    view = sign_in.AccountView(
        name=visitor.name,
        role=visitor.actor.role,
        old=sent("", refusal, "old"),
        password=sent("", refusal, "password"),
        repeated=sent("", refusal, "repeated"),
        notice=notice,
    )
    status = HTTPStatus.OK if refusal is None else STATUS[refusal.kind]
    return page(request, sign_in.ACCOUNT_TEMPLATE, view, status=status)
