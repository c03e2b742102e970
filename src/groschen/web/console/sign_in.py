"""The sign-in page."""

from __future__ import annotations

from dataclasses import dataclass

from groschen.web.ui.parts import Field
from groschen.web.ui.texts import mark as _

TEMPLATE = "console/sign_in.html"

WRONG_CREDENTIALS = _("E-mail address or password is wrong.")
LINK_SPENT = _("This sign-in link was used before or has expired. Ask for a new one.")
TOO_MANY_ATTEMPTS = _("Too many attempts. Please wait a few minutes and try again.")
SIGNED_OUT = _("You are signed out.")


@dataclass(frozen=True, slots=True)
class SignInView:
    """``error`` and ``notice`` are one of the texts above; ``next`` is a local address."""

    email: Field
    error: str | None = None
    notice: str | None = None
    next: str = "/"
