"""The sign-in page, the page of a one-time link, and one's own account."""

from __future__ import annotations

from dataclasses import dataclass

from groschen.web.ui.parts import Field
from groschen.web.ui.refusals import Refusal
from groschen.web.ui.texts import mark as _

TEMPLATE = "console/sign_in.html"
LINK_TEMPLATE = "console/link.html"
ACCOUNT_TEMPLATE = "console/account.html"

SIGNED_OUT = _("You are signed out.")
PASSWORD_CHANGED = _("Your password is changed.")


@dataclass(frozen=True, slots=True)
class SignInView:
    """``notice`` is one of the texts above; ``next`` is a local address."""

    email: Field
    refusal: Refusal | None = None
    notice: str | None = None
    next: str = "/"


@dataclass(frozen=True, slots=True)
class LinkView:
    """Whom a one-time link lets in; ``asks_email`` for who has no address to sign in with yet.

    ``token`` is None when the link cannot be used; ``refusal`` then says why.
    """

    token: str | None
    name: str | None
    known_email: str | None
    email: Field
    password: Field
    repeated: Field
    refusal: Refusal | None = None

    @property
    def asks_email(self) -> bool:
        return self.known_email is None


@dataclass(frozen=True, slots=True)
class AccountView:
    """The form to change one's own password."""

    name: str
    role: str
    old: Field
    password: Field
    repeated: Field
    notice: str | None = None
