#!/usr/bin/env python3
"""Refresh the vendored browser assets in ``src/groschen/web/static/vendor``.

Fetches each pinned package with ``npm pack name@version`` (the npm client decides from
where), copies the few files we serve, builds one icon sprite from the icons we use, and
writes ``vendor.lock.json`` with name, version, licence and sha384 of every file.
Neither install nor build needs Node: run this only to change a version or an icon.

    python scripts/vendor.py
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

VENDOR = Path(__file__).parents[1] / "src" / "groschen" / "web" / "static" / "vendor"
LOCK = VENDOR / "vendor.lock.json"
SPRITE = "icons.svg"

ICONS = (
    "activity",
    "address-book",
    "adjustments-horizontal",
    "alert-circle",
    "alert-triangle",
    "arrow-back-up",
    "arrow-left",
    "bug",
    "building-bank",
    "cash",
    "chart-bar",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "circle-check",
    "clock",
    "coins",
    "device-desktop",
    "download",
    "file-invoice",
    "file-text",
    "flask",
    "history",
    "home",
    "inbox",
    "info-circle",
    "language",
    "layout-dashboard",
    "lock",
    "logout",
    "menu-2",
    "moon",
    "player-track-next",
    "plus",
    "receipt",
    "refresh",
    "repeat",
    "route",
    "scale",
    "search",
    "send",
    "sun",
    "ticket",
    "truck-delivery",
    "user-circle",
    "users",
    "wallet",
    "x",
)


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package at one version, and which of its files we keep under which name."""

    name: str
    version: str
    licence: str
    files: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def spec(self) -> str:
        return f"{self.name}@{self.version}"


PACKAGES = (
    Package(
        "htmx.org",
        "4.0.1",
        "0BSD",
        {
            "dist/htmx.min.js": "htmx.min.js",
            "dist/ext/hx-sse.min.js": "hx-sse.min.js",
            "LICENSE": "licences/htmx.txt",
        },
    ),
    Package("@tabler/core", "1.6.1", "MIT", {"dist/css/tabler.min.css": "tabler.min.css"}),
    Package(
        "echarts",
        "6.1.0",
        "Apache-2.0",
        {
            "dist/echarts.min.js": "echarts.min.js",
            "LICENSE": "licences/echarts.txt",
            "NOTICE": "licences/echarts-notice.txt",
        },
    ),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        {
            "files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
            "files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
            "LICENSE": "licences/inter.txt",
        },
    ),
    Package("@tabler/icons", "3.51.0", "MIT", {"LICENSE": "licences/tabler-icons.txt"}),
)


def npm() -> str:
    """The npm client; the script ends with one line when it is missing."""
    found = shutil.which("npm")
    if found is None:
        sys.exit("vendor: npm not found; install Node's npm to refresh the assets")
    return found


def fetch(package: Package, folder: Path) -> Path:
    """Unpack ``package`` below ``folder``; return the folder that holds its files."""
    packed = subprocess.run(
        [npm(), "pack", "--silent", package.spec],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    target = folder / packed.stdout.strip().removesuffix(".tgz")
    with tarfile.open(folder / packed.stdout.strip()) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def sprite(outline_folder: Path) -> str:
    """One SVG with a symbol per icon; stroke and size come from the page's style sheet."""
    symbols: list[str] = []
    for name in ICONS:
        source = (outline_folder / f"{name}.svg").read_text()
        paths = re.findall(r"<(?:path|circle|rect|line)\b[^>]*/>", source)
        drawn = "".join(path for path in paths if 'stroke="none"' not in path)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{drawn}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def entry(package: Package, file: str) -> dict[str, str]:
    digest = hashlib.sha384((VENDOR / file).read_bytes()).digest()
    return {
        "name": package.name,
        "version": package.version,
        "licence": package.licence,
        "file": file,
        "sha384": base64.b64encode(digest).decode(),
    }


def main() -> None:
    """Replace the vendored files and their lock."""
    locked: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            unpacked = fetch(package, Path(folder))
            for source, target in package.files.items():
                (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
                (VENDOR / target).write_bytes((unpacked / source).read_bytes())
                locked.append(entry(package, target))
            if package.name == "@tabler/icons":
                (VENDOR / SPRITE).write_text(sprite(unpacked / "icons" / "outline"))
                locked.append(entry(package, SPRITE))
    LOCK.write_text(json.dumps(sorted(locked, key=lambda row: row["file"]), indent=2) + "\n")


if __name__ == "__main__":
    main()
