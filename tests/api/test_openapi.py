"""The API description says what the API does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from groschen.app import create_app
from groschen.kit.config import Settings
from groschen.kit.http.openapi import describe
from groschen.kit.permissions import PERMISSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNED_OTHERWISE = {
    "POST /v1/delivery_tasks/{task_id}/result": "by the webhook's own secret",
    "POST /v1/payment_callbacks/{provider}/{tenant_id}": "by the provider's secret",
}
NAMED_BY_CONTENT = {
    "POST /v1/events": "each event by its source and id",
    "POST /v1/events/explain": "nothing is stored",
    "POST /v1/usage_rejects/{reject_id}/replay": "the event by its source and id",
}
OPERATION_ID = re.compile(r"[a-z][a-z_]*[a-z]")


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return describe(create_app(Settings()))


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def properties(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in description["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            yield f"{name}.{field}", described


def resolved(description: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "components": description["components"]}


def test_it_is_openapi_3_1(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1.")


def test_every_operation_has_a_name_of_its_own(description: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(description)]
    assert len(names) == len(set(names))
    assert [name for name in names if OPERATION_ID.fullmatch(name) is None] == []


def test_every_schema_has_a_name_of_its_own(description: dict[str, Any]) -> None:
    doubled = [name for name in description["components"]["schemas"] if "__" in name]
    assert doubled == []


def test_every_operation_is_explained(description: dict[str, Any]) -> None:
    bare = [
        place
        for place, operation in operations(description)
        if not operation.get("summary") or not operation.get("description")
    ]
    assert bare == []


def test_every_operation_says_which_right_it_needs(description: dict[str, Any]) -> None:
    public = set()
    for place, operation in operations(description):
        scopes = [scope for one in operation["security"] for scope in one.get("bearer", [])]
        assert set(scopes) <= PERMISSIONS.keys(), place
        if not scopes:
            public.add(place)
    public = {place for place in public if not place.split()[1].startswith("/v1/sessions")}
    assert public == SIGNED_OTHERWISE.keys()


def test_every_operation_names_its_refusals(description: dict[str, Any]) -> None:
    for place, operation in operations(description):
        answers = operation["responses"]
        assert {"400", "503"} <= answers.keys(), place
        if operation["security"]:
            assert "401" in answers, place
        for status, answer in answers.items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], (place, status)


def test_every_command_takes_an_idempotency_key(description: dict[str, Any]) -> None:
    missing = []
    for place, operation in operations(description):
        parameters = {one["name"] for one in operation.get("parameters", [])}
        keyed = place.startswith("POST ") and place not in SIGNED_OTHERWISE
        if keyed and not place.split()[1].startswith("/v1/sessions"):
            assert "dry_run" in parameters, place
            if "Idempotency-Key" not in parameters:
                missing.append(place)
    assert missing == list(NAMED_BY_CONTENT)


def test_every_field_is_described_with_an_example(description: dict[str, Any]) -> None:
    bare = []
    schemas = description["components"]["schemas"]
    for place, field in properties(description):
        parts = [field, *field.get("anyOf", []), field.get("items", {})]
        parts += [schemas[part["$ref"].rsplit("/", 1)[1]] for part in parts if "$ref" in part]
        structured = any("$ref" in part for part in parts) or field.get("items")
        if not any(part.get("description") for part in parts):
            bare.append(f"{place} has no description")
        simple = field.get("type") == "boolean" or "const" in field
        if not structured and not simple and not any(part.get("examples") for part in parts):
            bare.append(f"{place} has no example")
    assert bare == []


def test_examples_are_valid(description: dict[str, Any]) -> None:
    wrong = []
    for place, field in properties(description):
        for part in (field, *field.get("anyOf", [])):
            for example in part.get("examples", []):
                checker = jsonschema_rs.Draft202012Validator(resolved(description, part))
                if not checker.is_valid(example):
                    wrong.append(f"{place}: {example!r}")
    assert wrong == []


def test_problem_examples_are_valid(description: dict[str, Any]) -> None:
    schema = resolved(description, {"$ref": "#/components/schemas/Problem"})
    checker = jsonschema_rs.Draft202012Validator(schema)
    for place, operation in operations(description):
        for answer in operation["responses"].values():
            for content in answer.get("content", {}).values():
                for code, example in content.get("examples", {}).items():
                    assert checker.is_valid(example["value"]), (place, code)


def test_answers_always_have_all_fields(description: dict[str, Any]) -> None:
    for name, schema in description["components"]["schemas"].items():
        if name.endswith("Out"):
            assert set(schema.get("required", [])) == set(schema.get("properties", {})), name


def test_requests_refuse_unknown_fields(description: dict[str, Any]) -> None:
    for name, schema in description["components"]["schemas"].items():
        if name.endswith("In") and schema.get("type") == "object":
            assert schema.get("additionalProperties") is False, name


def test_an_answer_leads_to_what_takes_its_id(description: dict[str, Any]) -> None:
    created = description["paths"]["/v1/parties"]["post"]["responses"]["201"]["links"]
    assert created["parties_get"]["parameters"] == {"path.party": "$response.body#/id"}
    names = {operation["operationId"] for _, operation in operations(description)}
    for place, operation in operations(description):
        for answer in operation["responses"].values():
            assert answer.get("links", {}).keys() <= names, place


def test_no_number_is_a_float(description: dict[str, Any]) -> None:
    floats = [place for place, field in properties(description) if field.get("type") == "number"]
    assert floats == []
