"""Links of the API description: which operations take the id that an answer brings.

An answer whose ``id`` has the prefix of a path parameter leads to the operations with that one
parameter. People read them as "what next", contract tests follow them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX: Final = re.compile(r"\^\(?([a-z]{3})_")


def add_links(schema: dict[str, Any]) -> None:
    """Add to every answer with an ``id`` the operations that take it."""
    takers = _takers(schema)
    for operation in _operations(schema):
        for status, answer in operation.get("responses", {}).items():
            prefix = _answered_prefix(schema, answer) if status.startswith("2") else None
            links = {
                name: {
                    "operationId": name,
                    "parameters": {f"path.{parameter}": "$response.body#/id"},
                    "description": f"The answer's `id` is the `{parameter}` there.",
                }
                for name, parameter in takers.get(prefix or "", [])
                if name != operation["operationId"]
            }
            if links:
                answer["links"] = links


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in schema.get("paths", {}).values():
        yield from methods.values()


def _takers(schema: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Return operation and parameter by the prefix of their only path parameter."""
    found: dict[str, list[tuple[str, str]]] = {}
    for operation in _operations(schema):
        inside = [one for one in operation.get("parameters", []) if one["in"] == "path"]
        prefix = PREFIX.match(inside[0]["schema"].get("pattern", "")) if len(inside) == 1 else None
        if prefix is not None:
            taker = (operation["operationId"], inside[0]["name"])
            found.setdefault(prefix[1], []).append(taker)
    return found


def _answered_prefix(schema: dict[str, Any], answer: dict[str, Any]) -> str | None:
    content = answer.get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
    answered = schema["components"]["schemas"].get(name, {})
    pattern = answered.get("properties", {}).get("id", {}).get("pattern", "")
    found = PREFIX.match(pattern)
    return found[1] if found else None
