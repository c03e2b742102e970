"""Addresses within this site."""

from __future__ import annotations

from urllib.parse import urlsplit


def local_address(address: str) -> str:
    """``address`` if it stays on this site, else the start page."""
    parts = urlsplit(address)
    stays = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if stays and not parts.scheme and not parts.netloc else "/"
