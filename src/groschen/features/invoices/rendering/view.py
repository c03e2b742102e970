"""What a page says: every figure of a document as text in one language.

The template lays out, this says what. Nothing is computed here but the text of figures.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol

from groschen.core.currencies import currency_digits
from groschen.core.invoicing import DocumentType
from groschen.core.money import ZERO, canonical, multiply, subtract
from groschen.core.sale import Basis
from groschen.features.invoices.rendering.words import WORDS, Language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOCALES: Final[dict[Language, Locale]] = {"de": Locale("de", "DE"), "en": Locale("en", "GB")}
MOST_DECIMALS: Final = 12
PERCENT: Final = Decimal(100)
NO_LABEL: Final = frozenset({"units", "fixed"})
"""Step labels that tell a reader nothing."""
