"""Text as banks take it: the SEPA character set, lengths, and identifiers.

The set is ``a-z A-Z 0-9 / - ? : ( ) . , ' +`` and the space. German letters are written out (ae,
oe, ue, ss) as German banks expect; other letters lose their accents; what is left becomes a dot.
"""

from __future__ import annotations

import re
import unicodedata
from typing import ClassVar, Final

from groschen.core.errors import GroschenError, Kind

NAME_LENGTH: Final = 70
REMITTANCE_LENGTH: Final = 140
IDENTIFIER_LENGTH: Final = 35

_WRITTEN_OUT: Final = str.maketrans(
    {
        "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ẞ": "SS",
        "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "oe", "Ø": "Oe", "å": "aa", "Å": "Aa",
        "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
        "ħ": "h", "Ħ": "H", "\u0131": "i", "&": "+", "_": "-", "@": "(at)", "€": "EUR",
        "`": "'", "\u2018": "'", "\u2019": "'", "\u00b4": "'",
        "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-",
    }
)  # fmt: skip
_FOREIGN: Final = re.compile(r"[^a-zA-Z0-9/\-?:().,'+ ]")
_SPACES: Final = re.compile(r"\s+")
_IDENTIFIER: Final = re.compile(r"[a-zA-Z0-9/\-?:().,'+ ]{1,35}\Z")
_WORD: Final = re.compile(r"[a-zA-Z0-9]")


class BankTextNotUsable(GroschenError):
    """A name or identifier cannot be written in the characters and lengths banks accept."""

    code: ClassVar[str] = "bank_text_not_usable"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


def sepa_text(text: str, *, field: str, length: int) -> str:
    """Return ``text`` in the SEPA character set, cut to ``length`` characters.

    Raises ``BankTextNotUsable`` when no letter or digit is left, as for a name in another script.
    """
    composed = unicodedata.normalize("NFC", text).translate(_WRITTEN_OUT)
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", composed).translate(_WRITTEN_OUT)
        if not unicodedata.combining(letter)
    )
    result = _FOREIGN.sub(".", _SPACES.sub(" ", plain)).strip()[:length].strip()
    if not _WORD.search(result):
        raise BankTextNotUsable(
            f"'{text[:40]}' has no letter or digit that a bank can print",
            field=field,
            hint="Write it in Latin letters.",
        )
    return result


def sepa_identifier(text: str, *, field: str) -> str:
    """Return ``text`` if it may be an identifier in a bank file, as it is; never shorten one.

    1 to 35 characters of the SEPA set; no slash at either end, no two slashes in a row, no space
    at either end. Raises ``BankTextNotUsable`` otherwise.
    """
    if (
        not _IDENTIFIER.fullmatch(text)
        or text != text.strip(" /")
        or "//" in text
        or not _WORD.search(text)
    ):
        raise BankTextNotUsable(
            f"'{text[:40]}' may not be used as an identifier in a bank file",
            field=field,
            hint="Use 1 to 35 of a-z A-Z 0-9 / - ? : ( ) . , ' +, no slash at the ends, no '//'.",
        )
    return text
