"""What pages ask of the outside world; the composition root connects it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from groschen.kit.runtime import PortKey

QrCodeWriter: TypeAlias = Callable[[str], str]
"""Draws a text as a QR code: an SVG image without scripts, styles or links."""

QR_CODES: Final[PortKey[QrCodeWriter]] = PortKey("qr codes")
