"""Vendored files are what the lock says, pages use nothing else, and the first load is small."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from groschen.core.errors import InvariantBroken
from groschen.web.assets import STATIC, Assets

WEB = STATIC.parent
VENDOR = STATIC / "vendor"
LOCK = json.loads((VENDOR / "vendor.lock.json").read_text())
TEMPLATES = sorted(WEB.glob("*/templates/*"))
# inter-latin-ext.woff2 is loaded only by pages with names beyond Western European letters.
FIRST_LOAD = (
    "vendor/tabler.min.css",
    "vendor/htmx.min.js",
    "vendor/hx-sse.min.js",
    "vendor/icons.svg",
    "vendor/inter-latin.woff2",
    "groschen.css",
    "groschen.js",
    "favicon.svg",
)
FIRST_LOAD_LIMIT = 200_000


def texts() -> str:
    """All templates and the Python beside them, where assets and icons are named."""
    return "".join(path.read_text() for path in [*TEMPLATES, *WEB.rglob("*.py")])


@pytest.fixture(scope="module")
def assets() -> Assets:
    return Assets()


@pytest.mark.parametrize("row", LOCK, ids=lambda row: row["file"])
def test_vendored_file_is_what_the_lock_says(row: dict[str, str]) -> None:
    digest = hashlib.sha384((VENDOR / row["file"]).read_bytes()).digest()
    assert base64.b64encode(digest).decode() == row["sha384"]
    assert row["name"]
    assert row["version"]
    assert row["licence"]


def test_every_vendored_file_is_locked() -> None:
    present = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    assert present - {"vendor.lock.json"} == {row["file"] for row in LOCK}


def test_pages_name_only_files_that_are_there(assets: Assets) -> None:
    named = set(re.findall(r'asset\("([^"]+)"\)', texts()))
    assert named
    for name in named:
        assert assets.url(name).startswith("/static/")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_template_loads_nothing_from_elsewhere(template: Path) -> None:
    loads = re.findall(r"<(?:script|link|img|iframe|source)\b[^>]*>", template.read_text())
    own = ('asset("', 'src="{{ ticket.image }}"')
    assert [tag for tag in loads if not any(one in tag for one in own)] == []
    assert "http://" not in template.read_text()
    assert "https://" not in template.read_text()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_template_has_no_inline_script_or_style(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=", text)


def test_every_icon_is_in_the_sprite_and_every_symbol_is_used() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons.svg").read_text()))
    words = set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"', texts()))
    asked = set(re.findall(r'icon\("([a-z0-9-]+)"', texts()))
    assert asked <= drawn
    assert drawn <= words


def test_first_load_without_charts_stays_small(assets: Assets) -> None:
    sizes = {name: assets.size_compressed(name) for name in FIRST_LOAD}
    assert sum(sizes.values()) <= FIRST_LOAD_LIMIT, sizes


def test_asset_is_served_for_ever_with_its_type(assets: Assets) -> None:
    client = TestClient(assets, root_path="/static")
    answer = client.get(assets.url("groschen.css"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    plain = client.get(assets.url("groschen.css"), headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == answer.text


def test_our_style_sheet_names_its_fonts_by_hash(assets: Assets) -> None:
    client = TestClient(assets, root_path="/static")
    css = client.get(assets.url("groschen.css")).text
    fonts = re.findall(r'url\("([^"]+)"\)', css)
    assert assets.url("vendor/inter-latin.woff2") in fonts
    answers = [client.get(font) for font in fonts]
    assert {answer.headers["content-type"] for answer in answers} == {"font/woff2"}


@pytest.mark.parametrize("path", ["/static/groschen.css", "/static/../page.py", "/static/nothing"])
def test_only_hashed_names_are_served(assets: Assets, path: str) -> None:
    assert TestClient(assets, root_path="/static").get(path).status_code == 404


def test_asset_cannot_be_written(assets: Assets) -> None:
    client = TestClient(assets, root_path="/static")
    assert client.post(assets.url("groschen.js")).status_code == 405


def test_unknown_asset_is_a_bug(assets: Assets) -> None:
    with pytest.raises(InvariantBroken):
        assets.url("missing.css")
