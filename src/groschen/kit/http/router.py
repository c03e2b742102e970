"""How a feature declares its endpoints: path, right, idempotency, refusals.

``router = Router("orders", prefix="/v1/orders")``, then ``@router.post("", verb="place",
permission="orders:write", idempotent="required", responses=problems(QuoteExpired))`` over
``async def place_order(body: OrderIn, scope: Writer) -> OrderOut``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from fastapi import APIRouter
from fastapi.routing import APIRoute

from groschen.core.errors import invariant
from groschen.kit import idempotency
from groschen.kit.actor import PermissionMissing
from groschen.kit.auth import Unauthenticated
from groschen.kit.db import DatabaseUnavailable, TenantNotFound
from groschen.kit.http.errors import ServerBusy, TooManyCollisions
from groschen.kit.http.problems import InvalidRequest, Responses, problems
from groschen.kit.http.routes import (
    EXTENSION,
    CommandRoute,
    Idempotent,
    PublicRoute,
    RawRoute,
    ReadRoute,
)
from groschen.kit.permissions import PERMISSIONS, ModuleOff

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from groschen.core.errors import GroschenError

Endpoint = TypeVar("Endpoint", bound="Callable[..., Coroutine[Any, Any, Any]]")

EVERYWHERE: Final = (InvalidRequest, DatabaseUnavailable, ServerBusy)
SIGNED_IN: Final = (*EVERYWHERE, Unauthenticated, PermissionMissing, ModuleOff, TenantNotFound)
COMMANDED: Final = (*SIGNED_IN, TooManyCollisions)
KEYED: Final = (idempotency.KeyMalformed, idempotency.KeyReused, idempotency.KeyRunning)

ON_BEHALF_OF: Final = {
    "name": "On-Behalf-Of",
    "in": "header",
    "required": False,
    "description": "A tenant below one's own to act for; needs `tenants:admin`.",
    "schema": {"type": "string", "pattern": "^ten_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
}
DRY_RUN: Final = {
    "name": "dry_run",
    "in": "query",
    "required": False,
    "description": "Answer what would happen, and do nothing.",
    "schema": {"type": "boolean", "default": False},
}


def _key_parameter(idempotent: Idempotent) -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": idempotent == "required",
        "description": "A fresh key for each new command, the same key to repeat it. "
        "The answer is kept 30 days.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        "example": "3f0c2b34-6d0f-4f7e-9a53-5be0a1c3a1d2",
    }


@dataclass(frozen=True, slots=True)
class _Declared:
    """How one endpoint runs and what it may refuse."""

    route_class: type[APIRoute]
    method: str
    responses: Responses
    extra: dict[str, Any]
    options: dict[str, Any]


class Router:
    """The endpoints of one resource. ``name`` starts every operation id and is their tag."""

    def __init__(self, name: str, *, prefix: str) -> None:
        self.name = name
        self.routes = APIRouter(prefix=prefix, tags=[name])

    def get(
        self,
        path: str,
        *,
        permission: str | None,
        verb: str | None = None,
        responses: Responses | None = None,
        writes: bool = False,
        **options: Any,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a GET in a reading scope; ``writes`` for one that must store something first.

        Without ``permission`` everybody who is signed in may ask.
        """
        extra = _extra(permission, writes=writes, parameters=[ON_BEHALF_OF])
        declared = _Declared(ReadRoute, "GET", _merged(SIGNED_IN, responses), extra, options)
        return self._add(path, verb, declared)

    def post(
        self,
        path: str,
        *,
        permission: str,
        verb: str | None = None,
        idempotent: Idempotent = "optional",
        status_code: int = 201,
        responses: Responses | None = None,
        exclusive: bool = False,
        **options: Any,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a command. ``exclusive`` lets no other command of the tenant run beside it."""
        parameters = [ON_BEHALF_OF, DRY_RUN]
        errors: tuple[type[GroschenError], ...] = COMMANDED
        if idempotent != "no":
            parameters.append(_key_parameter(idempotent))
            errors += KEYED
        if idempotent == "required":
            errors += (idempotency.KeyMissing,)
        extra = _extra(
            permission, idempotent=idempotent, exclusive=exclusive, parameters=parameters
        )
        options["status_code"] = status_code
        declared = _Declared(CommandRoute, "POST", _merged(errors, responses), extra, options)
        return self._add(path, verb, declared)

    def raw(
        self,
        path: str,
        *,
        permission: str,
        content: Mapping[str, Any],
        content_required: bool = True,
        verb: str | None = None,
        responses: Responses | None = None,
        **options: Any,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a POST that reads its body itself; ``content`` describes it by media type."""
        extra = _extra(permission, parameters=[ON_BEHALF_OF, DRY_RUN])
        extra["requestBody"] = {"required": content_required, "content": dict(content)}
        declared = _Declared(RawRoute, "POST", _merged(COMMANDED, responses), extra, options)
        return self._add(path, verb, declared)

    def put(self, path: str, **declared: Any) -> Callable[[Endpoint], Endpoint]:
        """Declare a command that sets a whole object; repeating it changes nothing."""
        return self._change("PUT", path, **declared)

    def patch(self, path: str, **declared: Any) -> Callable[[Endpoint], Endpoint]:
        """Declare a JSON merge patch (RFC 7396); repeating it changes nothing."""
        return self._change("PATCH", path, **declared)

    def delete(self, path: str, **declared: Any) -> Callable[[Endpoint], Endpoint]:
        """Declare a removal; repeating it changes nothing."""
        return self._change("DELETE", path, **declared)

    def _change(
        self,
        method: str,
        path: str,
        *,
        permission: str,
        verb: str | None = None,
        responses: Responses | None = None,
        **options: Any,
    ) -> Callable[[Endpoint], Endpoint]:
        extra = _extra(permission, parameters=[ON_BEHALF_OF, DRY_RUN])
        declared = _Declared(CommandRoute, method, _merged(COMMANDED, responses), extra, options)
        return self._add(path, verb, declared)

    def public(
        self,
        method: str,
        path: str,
        *,
        verb: str | None = None,
        responses: Responses | None = None,
        signed_in: bool = False,
        **options: Any,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare an endpoint that opens its own scopes and reads the bearer token, if any."""
        extra: dict[str, Any] = {"security": [{"bearer": []}] if signed_in else [], EXTENSION: {}}
        declared = _Declared(PublicRoute, method, _merged(EVERYWHERE, responses), extra, options)
        return self._add(path, verb, declared)

    def _add(
        self, path: str, verb: str | None, declared: _Declared
    ) -> Callable[[Endpoint], Endpoint]:
        def register(endpoint: Endpoint) -> Endpoint:
            self.routes.add_api_route(
                path,
                endpoint,
                methods=[declared.method],
                operation_id=f"{self.name}_{verb or endpoint.__name__}",
                summary=(endpoint.__doc__ or "").strip().split("\n")[0].rstrip("."),
                responses=declared.responses,
                openapi_extra=declared.extra,
                route_class_override=declared.route_class,
                **declared.options,
            )
            return endpoint

        return register


def _extra(
    permission: str | None, *, parameters: list[dict[str, Any]], **declared: Any
) -> dict[str, Any]:
    known = permission is None or permission in PERMISSIONS
    invariant(known, f"'{permission}' is not in kit.permissions")
    query = [one["name"] for one in parameters if one["in"] == "query"]
    return {
        "security": [{"bearer": [permission] if permission else []}],
        "parameters": parameters,
        EXTENSION: {"permission": permission, "query": query, **declared},
    }


def _merged(errors: tuple[type[GroschenError], ...], own: Responses | None) -> Responses:
    """Join the refusals of every route of this sort with those the endpoint names."""
    merged = problems(*errors)
    for status, answer in (own or {}).items():
        known = merged.get(status)
        if known is None or "content" not in answer:
            merged[status] = answer
            continue
        known["description"] += "; " + answer["description"]
        for media, described in answer["content"].items():
            known["content"].setdefault(media, {"schema": described.get("schema", {})})
            examples = known["content"][media].setdefault("examples", {})
            examples.update(described.get("examples", {}))
    return merged
