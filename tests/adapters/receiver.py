"""A partner's system on loopback: takes signed calls, delivers each key once, misbehaves."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from groschen.kit.clock import real_now
from groschen.kit.signatures import verify

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Script:
    """What the receiver answers; ``silent_seconds`` passes between the effect and the answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"status":"done","reference":"r-1","output":{"code":"abc"}}'
    silent_seconds: int = 0
    hangs_up: bool = False
    offers_read_back: bool = True


@dataclass
class Receiver:
    """``effects`` holds what was delivered, by idempotency key; ``calls`` everything that came."""

    secret: bytes
    scheme: str = "http"
    port: int = 0
    script: Script = field(default_factory=Script)
    effects: dict[str, object] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    most_at_once: int = 0
    _running: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.port}/hook?partner=1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._running += 1
        self.most_at_once = max(self.most_at_once, self._running)
        try:
            call = await _read(reader)
            self.calls.append(call)
            await self._answer(call, writer)
        except ConnectionError:
            return
        finally:
            self._running -= 1
            writer.close()

    async def _answer(self, call: Call, writer: asyncio.StreamWriter) -> None:
        verify([self.secret], call.headers, call.body, real_now())
        if call.method == "GET":
            await _write(writer, *self._read_back(call))
            return
        script = self.script
        if script.status < 300:
            self.effects.setdefault(call.headers["idempotency-key"], json.loads(call.body))
        await asyncio.sleep(script.silent_seconds)
        if not script.hangs_up:
            await _write(writer, script.status, script.headers, script.body)

    def _read_back(self, call: Call) -> tuple[int, dict[str, str], bytes]:
        if not self.script.offers_read_back:
            return 404, {}, b"<h1>Not found</h1>"
        key = call.path.partition("?")[0].rpartition("/")[2].replace("%3A", ":")
        if key in self.effects:
            return 200, {}, b'{"status":"done","reference":"r-1","output":{"code":"abc"}}'
        return 404, {}, b'{"status":"not_found"}'


async def _read(reader: asyncio.StreamReader) -> Call:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Call(method, path, headers, body)


async def _write(
    writer: asyncio.StreamWriter, status: int, headers: dict[str, str], body: bytes
) -> None:
    lines = [f"HTTP/1.1 {status} said", f"content-length: {len(body)}", "connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    await writer.drain()


@asynccontextmanager
async def receiving(secret: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Run a receiver until the block ends."""
    receiver = Receiver(secret, "http" if tls is None else "https")
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()
