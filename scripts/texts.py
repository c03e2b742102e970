#!/usr/bin/env python3
"""Bring the text catalogues up to date with the pages.

Collects every text marked for translation in ``src/groschen/web`` and merges it into
``locale/{de,en}/LC_MESSAGES/groschen.po``. New English texts are their own translation; new
German ones stay empty until somebody writes them, and a test fails until then.

    python scripts/texts.py
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

WEB = Path(__file__).parents[1] / "src" / "groschen" / "web"
LANGUAGES = ("de", "en")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def collected() -> Catalog:
    """All texts in the pages, each with the files it stands in."""
    catalog = Catalog(charset="utf-8")
    found = extract_from_dir(WEB, METHODS, OPTIONS, KEYWORDS)
    for file, _line, text, comments, context in sorted(found, key=lambda row: (row[0], row[1])):
        message = catalog.add(text, None, (), auto_comments=comments, context=context)
        if not message.locations or message.locations[-1][0] != file:
            message.locations.append((file, 0))
    return catalog


def catalogue_file(language: str) -> Path:
    return WEB / "locale" / language / "LC_MESSAGES" / "groschen.po"


def merged(language: str) -> Catalog:
    """The catalogue of ``language`` with the texts of today; texts no longer used are dropped."""
    file = catalogue_file(language)
    known = Catalog(locale=language, charset="utf-8")
    if file.exists():
        with file.open("rb") as source:
            known = read_po(source, locale=language)
    known.update(collected(), no_fuzzy_matching=True)
    known.obsolete.clear()
    if language == "en":
        for message in known:
            if message.id and not (message.string and all(message.string)):
                message.string = message.id
    return known


def main() -> None:
    for language in LANGUAGES:
        file = catalogue_file(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        catalog = merged(language)
        with file.open("wb") as target:
            write_po(
                target, catalog, width=100, omit_header=True, sort_output=True, include_lineno=False
            )


if __name__ == "__main__":
    main()
