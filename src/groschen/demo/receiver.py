"""A small system of somebody else's: it takes signed delivery calls and makes travel cards."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from groschen.kit.clock import Deadline, pause, real_now
from groschen.kit.signatures import SignatureInvalid, verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

START_SECONDS: Final = 30
LOOK_SECONDS: Final = 0.02
PATH: Final = "/cards"


class CardMaker:
    """Makes one card for each call it believes, however often the call is repeated.

    ``secrets`` are what it was told to check signatures with; until it was told, it believes
    nobody.
    """

    def __init__(self) -> None:
        self.secrets: list[bytes] = []
        self.cards: dict[str, str] = {}
        self.refused = 0
        self.url = ""

    async def make(self, request: Request) -> JSONResponse:
        """Answer a delivery call."""
        if not await self._is_genuine(request):
            return JSONResponse({"status": "failed", "code": "signature_invalid"}, 401)
        key = request.headers["idempotency-key"]
        card = self.cards.setdefault(key, f"CARD-{len(self.cards) + 1:06d}")
        return JSONResponse({"status": "done", "reference": card, "output": {"card": card}})

    async def find(self, request: Request) -> JSONResponse:
        """Answer what became of a call."""
        if not await self._is_genuine(request):
            return JSONResponse({"status": "failed", "code": "signature_invalid"}, 401)
        card = self.cards.get(request.path_params["key"])
        if card is None:
            return JSONResponse({"status": "not_found"}, 404)
        return JSONResponse({"status": "done", "reference": card, "output": {"card": card}})

    async def _is_genuine(self, request: Request) -> bool:
        try:
            verify(self.secrets, request.headers, await request.body(), real_now())
        except SignatureInvalid:
            self.refused += 1
            return False
        return True


@contextmanager
def card_maker() -> Iterator[CardMaker]:
    """Run the card maker on a free port of this machine, beside everything else."""
    maker = CardMaker()
    app = Starlette(
        routes=[
            Route(PATH, maker.make, methods=["POST"]),
            Route(PATH + "/{key}", maker.find, methods=["GET"]),
        ]
    )
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        maker.url = f"http://127.0.0.1:{listener.getsockname()[1]}{PATH}"
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="card maker", daemon=True
        )
        thread.start()
        try:
            _await_start(server)
            yield maker
        finally:
            server.should_exit = True
            thread.join()


def _await_start(server: uvicorn.Server) -> None:
    deadline = Deadline(START_SECONDS)
    while not server.started and not deadline.passed:
        pause(LOOK_SECONDS)
