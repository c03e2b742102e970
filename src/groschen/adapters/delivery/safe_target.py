"""Where a webhook may go: a public address, resolved once and then connected to as resolved.

Resolving and connecting separately would let a name point inside the house the second time (DNS
rebinding), so the request goes to the address that was checked, under the name that was asked.
"""

from __future__ import annotations

import asyncio
import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, ClassVar, Final

import httpx2

from groschen.core.errors import GroschenError, Kind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Address = IPv4Address | IPv6Address
URL_LIMIT: Final = 2048
ADDRESSES_TRIED: Final = 4
LARGEST_PORT: Final = 65535
_HOST: Final = re.compile(r"[a-zA-Z0-9._-]+|[0-9a-fA-F:.]+")
_NAT64: Final = ip_network("64:ff9b::/96")


class TargetNotAllowed(GroschenError):
    """The address of a webhook is malformed, not encrypted, or inside a private network."""

    code: ClassVar[str] = "target_not_allowed"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class TargetNotFound(GroschenError):
    """The host of a webhook has no address now."""

    code: ClassVar[str] = "target_not_found"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Target:
    """A checked target: one URL per address, tried in order, and the name to ask for there.

    ``host_header`` goes with the request, ``server_name`` must be on the certificate.
    """

    urls: tuple[httpx2.URL, ...]
    host_header: str
    server_name: str


async def resolve(host: str, port: int) -> list[Address]:
    """Return the addresses of a host; raise ``TargetNotFound`` if it has none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as failure:
        raise TargetNotFound(f"{host} has no address", field="target") from failure
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


async def check_target(
    text: str,
    *,
    allow_private: bool,
    resolver: Callable[[str, int], Awaitable[Sequence[Address]]] = resolve,
) -> Target:
    """Return where to connect. Every address of the host must be public, else none is used.

    ``allow_private`` also allows private and loopback addresses and plain http: for tests and
    demo only. Raises ``TargetNotAllowed`` and ``TargetNotFound``.
    """
    url = _parse(text)
    if url.scheme != "https" and not (allow_private and url.scheme == "http"):
        raise TargetNotAllowed(
            "the target must be an https address", field="target", hint="Use https://..."
        )
    port = url.port or (443 if url.scheme == "https" else 80)
    addresses = await resolver(url.host, port)
    for address in addresses:
        if not allow_private and not is_public(address):
            raise TargetNotAllowed(
                f"{url.host} is at {address}, which is not a public address",
                field="target",
                hint="Use a host that the internet can reach.",
            )
    if not addresses:
        raise TargetNotFound(f"{url.host} has no address", field="target")
    return Target(
        tuple(url.copy_with(host=str(address)) for address in addresses[:ADDRESSES_TRIED]),
        url.netloc.decode("ascii"),
        url.raw_host.decode("ascii"),
    )


def _parse(text: str) -> httpx2.URL:
    try:
        url = httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError) as failure:
        raise TargetNotAllowed("the target is no web address", field="target") from failure
    host, port = url.raw_host.decode("ascii", errors="replace"), url.port or 1
    if len(text) > URL_LIMIT or not _HOST.fullmatch(host) or not 0 < port <= LARGEST_PORT:
        raise TargetNotAllowed("the target's host or port is not possible", field="target")
    if url.userinfo or url.fragment:
        raise TargetNotAllowed(
            "the target must be a web address without user, password and fragment",
            field="target",
        )
    return url


def is_public(address: Address) -> bool:
    """Whether the internet routes to ``address``; looks into addresses wrapped in IPv6."""
    if isinstance(address, IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            wrapped = IPv4Address(int(address) & 0xFFFF_FFFF)
        if address.teredo is not None:
            wrapped = address.teredo[1]
        if wrapped is not None:
            return is_public(wrapped)
    return address.is_global and not address.is_multicast and not address.is_reserved
