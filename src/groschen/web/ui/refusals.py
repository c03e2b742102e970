"""Refusals in the reader's language: our words for those that pages can bring about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from groschen.core.errors import GroschenError
from groschen.web.ui.texts import mark as _


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal to be shown: ``text`` with ``facts`` put in, translated where it is shown.

    Without words of ours ``text`` is None, and the service's own ``detail`` is shown, in English.
    """

    code: str
    text: str | None
    facts: Mapping[str, object]
    detail: str
    hint: str | None

    @classmethod
    def of(cls, error: GroschenError) -> Refusal:
        """The refusal as pages tell it; facts that the text does not name are harmless."""
        return cls(error.code, REFUSALS.get(error.code), error.facts, error.detail, error.hint)


REFUSALS = {
    "sign_in_refused": _(
        "E-mail address or password is wrong. After five tries the account is locked for"
        " a quarter of an hour."
    ),
    "link_refused": _("This sign-in link was used before or has expired. Ask for a new one."),
    "user_disabled": _("This account is closed. Ask your administrator."),
    "email_missing": _("Please enter the e-mail address you want to sign in with."),
    "email_invalid": _("This is not an e-mail address."),
    "email_taken": _("Somebody else already signs in with this e-mail address."),
    "password_unfit": _("Please choose a password of 10 to 200 characters."),
    "passwords_differ": _("The two passwords are not the same."),
}
