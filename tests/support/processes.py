"""Processes of our own that tests start."""

from __future__ import annotations

import socket
import time

import httpx2

STARTS_WITHIN_SECONDS = 60


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answering(base_url: str) -> str:
    """Wait until the server at ``base_url`` is ready, and return the address."""
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while True:
        try:
            if httpx2.get(f"{base_url}/readyz").is_success:
                return base_url
        except httpx2.TransportError:
            pass
        assert time.monotonic() < deadline, f"nothing answers at {base_url}"
        time.sleep(0.1)
