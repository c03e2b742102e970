"""Texts in German and English: the catalogues, compiled in memory when the process starts."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

Language = Literal["de", "en"]

LANGUAGES: tuple[Language, ...] = ("de", "en")
LOCALE_FOLDER = Path(__file__).parents[1] / "locale"


def mark(text: str) -> str:
    """Mark ``text`` for translation where it stands; it is translated where it is shown."""
    return text


def catalogue_file(language: Language) -> Path:
    return LOCALE_FOLDER / language / "LC_MESSAGES" / "groschen.po"


def read_catalogue(language: Language) -> Catalog:
    with catalogue_file(language).open("rb") as file:
        return read_po(file, locale=language, domain="groschen")


@cache
def translations(language: Language) -> Translations:
    """The texts of ``language``; a text missing there falls back to its English key."""
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(language))
    compiled.seek(0)
    return Translations(compiled, domain="groschen")
