"""The page behind the ``type`` of a problem: what its code means."""

from __future__ import annotations

from groschen.core.errors import GroschenError
from groschen.kit.http.errors import PathNotFound
from groschen.kit.http.problems import STATUS


def known_refusals() -> dict[str, type[GroschenError]]:
    """Return every refusal of the running program by its code."""
    found: dict[str, type[GroschenError]] = {}
    waiting = list(GroschenError.__subclasses__())
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        found.setdefault(refusal.code, refusal)
    return found


def problem_page(code: str) -> str:
    """Return plain text about a code; raise ``PathNotFound`` for one that does not exist."""
    refusal = known_refusals().get(code)
    if refusal is None:
        raise PathNotFound(
            f"there is no problem called '{code[:64]}'", hint="Compare the code of the answer."
        )
    meaning = " ".join((refusal.__doc__ or "").split())
    return f"{code}\nHTTP status {STATUS[refusal.kind]}\n\n{meaning}\n"
