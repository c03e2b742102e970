"""What a refusal looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.api import Api

ORGANISATION = {"kind": "organisation", "name": "Nordbahn", "roles": ["partner"], "country": "DE"}


async def test_a_malformed_body_names_each_place(api: Api) -> None:
    body = {**ORGANISATION, "name": 7, "roles": ["partner", "boss"], "country": "Germany", "x": 1}
    answer = await api.post("/v1/parties", body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "invalid_request"
    assert problem["type"] == "/problems/invalid_request"
    assert {fault["pointer"] for fault in problem["errors"]} == {
        "/name", "/roles/1", "/country", "/x",
    }  # fmt: skip
    assert problem["request_id"] == answer.headers["request-id"]
    assert problem["hint"]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"kind": "organisation"',
        b"[" * 20_000,
    ],
)
async def test_what_is_no_object_is_a_400(api: Api, content: bytes) -> None:
    answer = await api("POST", "/v1/parties", content=content)
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "invalid_request"


@pytest.mark.parametrize("name", ["a\\u0000b", "\\ud800", "\\uDFFF", "x\\ud800\\u0041"])
async def test_text_that_cannot_be_stored_is_refused(api: Api, name: str) -> None:
    content = (
        '{"kind": "organisation", "roles": [], "country": "DE", "name": "%s"}' % name  # noqa: UP031
    ).encode()
    answer = await api("POST", "/v1/parties", content=content)
    assert answer.status_code == 400, answer.text


async def test_a_real_surrogate_pair_is_text(api: Api) -> None:
    content = (
        b'{"kind": "organisation", "roles": [], "country": "DE", "name": "Bahn \\ud83d\\ude86"}'
    )
    answer = await api("POST", "/v1/parties", content=content)
    assert answer.status_code == 201, answer.text
    assert answer.json()["name"].endswith("\N{TRAIN}")


async def test_an_unknown_query_parameter_is_named(api: Api) -> None:
    answer = await api.get("/v1/parties?limit=5&colour=blue")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"parameter": "colour", "code": "unknown", "detail": "is not known here"}
    ]
    assert "limit" in answer.json()["hint"]


async def test_a_query_parameter_given_twice_is_refused(api: Api) -> None:
    assert (await api.get("/v1/parties?limit=5&limit=6")).status_code == 400


async def test_dry_run_is_true_or_false(api: Api) -> None:
    assert (await api.post("/v1/parties?dry_run=maybe", ORGANISATION)).status_code == 400


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_address_that_is_none_is_a_problem_too(api: Api, method: str) -> None:
    answer = await api(method, "/v1/nothing")
    assert answer.status_code == 404
    assert answer.json()["code"] == "path_not_found"


async def test_a_trailing_slash_is_another_address(api: Api) -> None:
    assert (await api.get("/v1/parties/")).status_code == 404


async def test_a_method_that_is_none_is_a_problem_too(api: Api) -> None:
    answer = await api("DELETE", "/v1/parties")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("announced", ["6291458", "7"])
async def test_a_body_that_is_too_large_is_refused(api: Api, announced: str) -> None:
    content = b'"' + b"x" * (6 * 1024 * 1024) + b'"'
    headers = {"Content-Length": announced}
    answer = await api("POST", "/v1/parties", content=content, headers=headers)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "content_too_large"


@pytest.mark.parametrize(
    ("sent", "kept"), [("order-4711", True), ("with space", False), ("x" * 65, False)]
)
async def test_a_harmless_request_id_is_echoed(api: Api, sent: str, *, kept: bool) -> None:
    answer = await api.get("/healthz", Request_Id=sent)
    assert (answer.headers["request-id"] == sent) is kept
    assert answer.headers["request-id"]


async def test_every_answer_carries_security_headers(api: Api) -> None:
    for path in ("/healthz", "/v1/parties", "/v1/nothing"):
        answer = await api.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src" in answer.headers["content-security-policy"]


async def test_the_type_of_a_problem_is_a_page(api: Api) -> None:
    page = await api.get("/problems/idempotency_key_reused")
    assert page.status_code == 200
    assert "HTTP status 422" in page.text
    assert (await api.get("/problems/no_such_problem")).status_code == 404


async def test_health_and_readiness_need_no_key(api: Api) -> None:
    nobody = api.with_token(None)
    assert (await nobody.get("/healthz")).json() == {"status": "ok"}
    assert (await nobody.get("/readyz")).json() == {"status": "ready"}
    metrics = await nobody.get("/metrics")
    assert "groschen_request_seconds" in metrics.text
    assert "/v1/parties" in metrics.text
