"""Every text is translated, German reads as agreed, and nothing stale stays in the catalogues."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog

from groschen.web.ui.texts import LANGUAGES, Language, read_catalogue, translations


def texts_script() -> ModuleType:
    """The script that collects the texts, loaded from where it stands."""
    file = Path(__file__).parents[2] / "scripts" / "texts.py"
    spec = importlib.util.spec_from_file_location("texts_script", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def collected() -> Catalog:
    catalog: Catalog = texts_script().collected()
    return catalog


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_untranslated(collected: Catalog, language: Language) -> None:
    catalogue = read_catalogue(language)
    assert len(collected) > 200
    for message in collected:
        if not message.id:
            continue
        known = catalogue.get(message.id, message.context)
        assert known is not None, f"{message.id!r} is not in {language}; run scripts/texts.py"
        forms = known.string if isinstance(known.string, tuple) else (known.string,)
        assert all(forms), f"{message.id!r} has no {language} text"
        assert not known.fuzzy


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_stale(collected: Catalog, language: Language) -> None:
    stale = [m.id for m in read_catalogue(language) if m.id and collected.get(m.id) is None]
    assert stale == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_their_placeholders(language: Language) -> None:
    for message in read_catalogue(language):
        if message.id:
            assert list(message.check()) == [], message.id


def test_german_never_says_the_bare_word_for_two_documents() -> None:
    german = [str(message.string) for message in read_catalogue("de")]
    assert [text for text in german if re.search(r"\bGutschrift(en)?\b", text)] == []


def test_german_addresses_the_reader_politely() -> None:
    informal = re.compile(r"\b(du|dein\w*|dir|dich|euch|euer)\b", re.IGNORECASE)
    german = [str(message.string) for message in read_catalogue("de")]
    assert [text for text in german if informal.search(text)] == []


def test_plural_follows_the_number() -> None:
    german = translations("de")
    many = german.ungettext("%(num)s order", "%(num)s orders", 2)
    one = german.ungettext("%(num)s order", "%(num)s orders", 1)
    assert (one, many) == ("%(num)s Auftrag", "%(num)s Aufträge")
