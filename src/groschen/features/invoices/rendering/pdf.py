"""The PDF of a document, made by typst in a thread of its own; no network, no system fonts."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typst

from groschen.features.invoices.rendering.view import view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from groschen.features.invoices.rendering.words import Language

FOLDER: Final = Path(__file__).parent
TEMPLATE: Final = FOLDER / "template.typ"
FONTS: Final = FOLDER / "fonts"
AT_ONCE: Final = asyncio.Semaphore(2)
"""A page takes milliseconds, but memory: more side by side would not be faster."""


async def render(exported: Mapping[str, Any], language: Language | None = None) -> bytes:
    """Lay out an exported document; in the seller's language unless another is given.

    The same document in the same language gives the same page.
    """
    async with AT_ONCE:
        return await asyncio.to_thread(compile_pdf, exported, language)


def compile_pdf(exported: Mapping[str, Any], language: Language | None = None) -> bytes:
    """Lay out an exported document; blocks the thread."""
    made: bytes = typst.compile(
        str(TEMPLATE),
        root=str(FOLDER),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(view(exported, language))},
    )
    return made


def file_name(number: str) -> str:
    """The name of the file of a document: its number, without what a file system dislikes."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", number) + ".pdf"
