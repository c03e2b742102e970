"""The socket a server listens on: its own, or one inherited from the process that started it."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final

from groschen.core.errors import GroschenError, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from groschen.kit.config import Settings

LISTEN_FD: Final = "GROSCHEN_LISTEN_FD"
BACKLOG: Final = 2048


class AddressUnusable(GroschenError):
    """The host and port cannot be listened on."""

    code: ClassVar[str] = "address_unusable"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """Return the listening socket: inherited from the tree, or bound here.

    The tree keeps it open, so that callers wait instead of being refused while a server that
    died starts again. Raises ``AddressUnusable``.
    """
    inherited = os.environ.get(LISTEN_FD)
    if inherited is not None:
        with socket.socket(fileno=int(inherited)) as listener:
            yield listener
        return
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise AddressUnusable(
                f"{settings.host}:{settings.port} cannot be used: {error.strerror}",
                field="port",
                hint="Stop what listens there, or choose another port with --port.",
            ) from error
        listener.listen(BACKLOG)
        yield listener
