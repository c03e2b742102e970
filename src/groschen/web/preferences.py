"""Language and theme: a reader's own choice, kept in two cookies; no account needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from babel import negotiate_locale
from starlette.requests import Request
from starlette.responses import Response

from groschen.web.ui.texts import LANGUAGES, Language

Theme = Literal["auto", "light", "dark"]

THEMES: tuple[Theme, ...] = get_args(Theme)
LANGUAGE_COOKIE = "groschen_language"
THEME_COOKIE = "groschen_theme"
KEPT_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Preferences:
    """``auto`` follows the reader's system."""

    language: Language
    theme: Theme


def preferences_of(request: Request) -> Preferences:
    """The reader's choice; without one, the browser's language, else English."""
    theme = request.cookies.get(THEME_COOKIE)
    language = request.cookies.get(LANGUAGE_COOKIE)
    return Preferences(
        language=language_named(language) or _asked_language(request),
        theme=theme_named(theme) or "auto",
    )


def language_named(text: str | None) -> Language | None:
    return text if text in LANGUAGES else None


def theme_named(text: str | None) -> Theme | None:
    return text if text in THEMES else None


def remember(response: Response, name: str, value: str, *, secure: bool) -> None:
    response.set_cookie(
        name, value, max_age=KEPT_SECONDS, httponly=True, secure=secure, samesite="lax"
    )


def _asked_language(request: Request) -> Language:
    """The first of the browser's languages that we speak; its order counts, weights do not."""
    header = request.headers.get("accept-language", "")
    asked = [part.partition(";")[0].strip() for part in header.split(",")]
    return language_named(negotiate_locale(asked, LANGUAGES, sep="-")) or "en"
