"""Static files: served under names that carry their hash, so browsers may keep them for ever."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from groschen.core.errors import invariant

STATIC = Path(__file__).parent / "static"
MOUNT = "/static"

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
COMPRESSIBLE = frozenset({".css", ".js", ".svg"})
FOREVER = "public, max-age=31536000, immutable"
LOCAL_URL = re.compile(rb'url\("(?!data:)([^")]+)"\)')


@dataclass(frozen=True)
class Asset:
    """One file: its ``body`` as served and the path that names body and hash."""

    name: str
    body: bytes

    @cached_property
    def path(self) -> str:
        """``vendor/htmx.min.js`` becomes ``vendor/htmx.min.<hash>.js``."""
        name = PurePosixPath(self.name)
        digest = hashlib.sha256(self.body).hexdigest()[:12]
        return str(name.with_name(f"{name.stem}.{digest}{name.suffix}"))

    @cached_property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix

    @cached_property
    def compressed(self) -> bytes:
        return gzip.compress(self.body, 9, mtime=0)


class Assets:
    """All static files in memory; an ASGI application to be mounted at ``/static``.

    Files are read once, at start. Our own style sheets name other assets by
    ``url("...")`` relative to the static folder; those names get their hash here.
    """

    def __init__(self, root: Path = STATIC) -> None:
        files = {
            str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.suffix in CONTENT_TYPES
        }
        self._by_name = {
            name: Asset(name, body) for name, body in files.items() if not _is_own_css(name)
        }
        for name in filter(_is_own_css, files):
            self._by_name[name] = Asset(name, LOCAL_URL.sub(self._hashed_url, files[name]))
        self._by_path = {asset.path: asset for asset in self._by_name.values()}

    def url(self, name: str) -> str:
        """The address of the file ``name``, which must exist."""
        invariant(name in self._by_name, f"no static file {name}")
        return f"{MOUNT}/{self._by_name[name].path}"

    def size_compressed(self, name: str) -> int:
        """Bytes that go over the wire for ``name``, compressed where that helps."""
        asset = self._by_name[name]
        return len(asset.compressed if asset.suffix in COMPRESSIBLE else asset.body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        path = str(scope["path"]).removeprefix(str(scope.get("root_path", ""))).lstrip("/")
        asset = self._by_path.get(path)
        if asset is None:
            return PlainTextResponse("not found", 404)
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("method not allowed", 405, {"Allow": "GET, HEAD"})
        headers = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"}
        body = asset.body
        if asset.suffix in COMPRESSIBLE:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in Headers(scope=scope).get("accept-encoding", ""):
                headers["Content-Encoding"] = "gzip"
                body = asset.compressed
        return Response(body, headers=headers, media_type=CONTENT_TYPES[asset.suffix])

    def _hashed_url(self, match: re.Match[bytes]) -> bytes:
        return f'url("{self.url(match[1].decode())}")'.encode()


def _is_own_css(name: str) -> bool:
    return name.endswith(".css") and not name.startswith("vendor/")
