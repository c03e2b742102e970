"""QR codes of tickets, as SVG for pages and PNG for files and messages."""

from __future__ import annotations

from io import BytesIO
from typing import Final

import segno

ERROR_CORRECTION: Final = "m"
MODULE_PIXELS: Final = 4
QUIET_MODULES: Final = 4


def svg(text: str) -> str:
    """Return the code as an SVG image without scripts, styles or links; it scales freely."""
    written = BytesIO()
    segno.make_qr(text, error=ERROR_CORRECTION, boost_error=False).save(
        written, kind="svg", border=QUIET_MODULES, xmldecl=False, omitsize=True, nl=False
    )
    return written.getvalue().decode()


def png(text: str) -> bytes:
    """Return the code as a PNG image in black and white."""
    written = BytesIO()
    segno.make_qr(text, error=ERROR_CORRECTION, boost_error=False).save(
        written, kind="png", border=QUIET_MODULES, scale=MODULE_PIXELS
    )
    return written.getvalue()
