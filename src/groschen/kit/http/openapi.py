"""The API description: OpenAPI 3.1 from the code, with our problems and security schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from groschen.kit.http.links import add_links

if TYPE_CHECKING:
    from fastapi import FastAPI

FAULT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "One place of the request that is wrong.",
    "required": ["code", "detail"],
    "properties": {
        "pointer": {
            "type": "string",
            "description": "JSON pointer into the body.",
            "examples": ["/legs/0/km"],
        },
        "parameter": {
            "type": "string",
            "description": "Name of a query or path parameter.",
            "examples": ["limit"],
        },
        "header": {
            "type": "string",
            "description": "Name of a header.",
            "examples": ["If-Match"],
        },
        "code": {"type": "string", "description": "Stable code.", "examples": ["missing"]},
        "detail": {
            "type": "string",
            "description": "What is wrong there.",
            "examples": ["Field required"],
        },
    },
}
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457).",
    "required": [
        "type", "title", "status", "detail", "code", "request_id", "errors", "hint", "facts",
    ],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "Address of a page about this code.",
            "examples": ["/problems/quote_expired"],
        },
        "title": {
            "type": "string",
            "description": "What the code means.",
            "examples": ["The quote is no longer valid"],
        },
        "status": {"type": "integer", "description": "HTTP status.", "examples": [409]},
        "detail": {
            "type": "string",
            "description": "What happened this time.",
            "examples": ["the quote expired at 2026-01-31T08:00:00Z"],
        },
        "code": {
            "type": "string",
            "description": "Stable code to branch on.",
            "examples": ["quote_expired"],
        },
        "request_id": {
            "type": "string",
            "description": "Id of the request, also in our log.",
            "examples": ["019aac5c-7000-7000-8000-000000000001"],
        },
        "errors": {
            "type": "array",
            "description": "The places that are wrong; empty if it is no single place.",
            "items": {"$ref": "#/components/schemas/Fault"},
            "examples": [[]],
        },
        "hint": {
            "type": ["string", "null"],
            "description": "What to do.",
            "examples": ["Ask for a new quote."],
        },
        "facts": {
            "type": "object",
            "description": "Values that belong to the refusal.",
            "additionalProperties": {"type": "string"},
            "examples": [{"limit": "200"}],
        },
    },
}  # fmt: skip
BEARER_SCHEME: dict[str, Any] = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key (`gk_live_...`, `gk_test_...`) or a session token. The names beside "
    "the scheme are the permissions an operation needs.",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description of all routes; made once, then kept by the app."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            openapi_version="3.1.0",
        )
        components = schema.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas.update(Problem=PROBLEM_SCHEMA, Fault=FAULT_SCHEMA)
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        components["securitySchemes"] = {"bearer": BEARER_SCHEME}
        for operations in schema.get("paths", {}).values():
            for operation in operations.values():
                _drop_default_validation(operation)
        add_links(schema)
        app.openapi_schema = schema
    return app.openapi_schema


def _drop_default_validation(operation: dict[str, Any]) -> None:
    """Remove the 422 that the framework adds by itself: a malformed request is a 400 here."""
    answers = operation.get("responses", {})
    content = answers.get("422", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    if reference.endswith("/HTTPValidationError"):
        del answers["422"]
