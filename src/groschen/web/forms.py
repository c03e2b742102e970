"""What forms are made of: their key, the refusal of a try, the way on after success."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

from starlette.responses import RedirectResponse

from groschen.core.errors import GroschenError
from groschen.kit import idempotency
from groschen.kit.db import Scope
from groschen.kit.http.problems import STATUS
from groschen.web.ui.parts import Field
from groschen.web.ui.refusals import Refusal


@dataclass(slots=True)
class Attempt:
    """What came of a try: ``refusal`` is set when it was refused, and then nothing was done."""

    refusal: GroschenError | None = None

    @property
    def told(self) -> Refusal | None:
        """The refusal as pages tell it."""
        return None if self.refusal is None else Refusal.of(self.refusal)

    @property
    def status(self) -> int:
        """The HTTP status of an answer that shows the refusal."""
        return HTTPStatus.OK if self.refusal is None else STATUS[self.refusal.kind]


@asynccontextmanager
async def attempt(scope: Scope) -> AsyncIterator[Attempt]:
    """Run the block so that a refusal undoes it and can be shown in the form.

    Refusals that only mean "try again" pass through.
    """
    tried = Attempt()
    try:
        async with scope.conn.transaction():
            yield tried
    except GroschenError as refusal:
        if refusal.kind in idempotency.NOT_KEPT:
            raise
        tried.refusal = refusal


def see_other(path: str) -> RedirectResponse:
    """The way on after a form: the browser opens ``path``, and a reload sends nothing again."""
    return RedirectResponse(path, int(HTTPStatus.SEE_OTHER))


def sent(value: str, refusal: GroschenError | None, *names: str) -> Field:
    """A field as it was sent, with the refusal beside it if that names one of ``names``."""
    if refusal is None or refusal.field not in names:
        return Field(value)
    return Field(value, Refusal.of(refusal))
