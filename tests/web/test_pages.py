"""The surroundings of a page: headers, preferences, the session, errors, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import psycopg
import pytest
from fastapi import APIRouter, Form, Request
from starlette.responses import Response
from starlette.testclient import TestClient

from groschen.core.errors import Kind
from groschen.kit.http.problems import STATUS
from groschen.web.addresses import local_address
from groschen.web.console import orders
from groschen.web.errors import WORDS
from groschen.web.navigation import navigation
from groschen.web.page import page
from groschen.web.routes import connect, web_application
from groschen.web.session import SignedIn
from groschen.web.ui.parts import Pager
from groschen.web.visitor import SESSION_COOKIE, Visitor
from support.gallery import (
    ERRORS,
    SAMPLES,
    NotAllowed,
    NotThere,
    Sample,
    gallery,
)
from support.gallery_views import OPERATOR, PARTNER

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}
NO_ORDERS = orders.OrdersView((), orders.OrderFilter(text='"><script>alert(1)</script>'), Pager())

router = APIRouter()


@router.get("/orders")
async def show_orders(request: Request, _visitor: SignedIn) -> Response:
    return page(request, orders.TEMPLATE, NO_ORDERS)


@router.get("/missing")
async def show_missing() -> Response:
    raise NotThere("no such order", hint="check the number")


@router.get("/forbidden")
async def show_forbidden() -> Response:
    raise NotAllowed("not for you")


@router.get("/bug")
async def show_bug() -> Response:
    raise ZeroDivisionError


@router.get("/number/{number}")
async def show_number(number: int) -> Response:
    return Response(str(number))


@router.get("/away")
async def show_away() -> Response:
    raise psycopg.OperationalError


@router.post("/write")
async def write(text: Annotated[str, Form()] = "") -> Response:
    return Response(text)


class OnePerson:
    """Sessions with a single living token."""

    async def visitor(self, token: str) -> Visitor | None:
        return OPERATOR if token == "living" else None


@pytest.fixture
def client() -> Iterator[TestClient]:
    web = web_application(router)
    connect(web, OnePerson())
    with TestClient(web, raise_server_exceptions=False, follow_redirects=False) as made:
        yield made


@pytest.fixture(scope="module")
def gallery_client() -> Iterator[TestClient]:
    with TestClient(gallery(), raise_server_exceptions=False) as made:
        yield made


def test_page_forbids_scripts_and_styles_from_elsewhere(client: TestClient) -> None:
    client.cookies.set(SESSION_COOKIE, "living")
    headers = client.get("/orders").headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


def test_what_a_reader_typed_is_escaped(client: TestClient) -> None:
    client.cookies.set(SESSION_COOKIE, "living")
    text = client.get("/orders").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_page_without_session_leads_to_sign_in_and_back(client: TestClient) -> None:
    answer = client.get("/orders?q=a%26b&state=held")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Forders%3Fq%3Da%2526b%26state%3Dheld"


def test_spent_session_counts_as_none(client: TestClient) -> None:
    client.cookies.set(SESSION_COOKIE, "spent")
    assert client.get("/orders").status_code == 303


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/missing", 404),
        ("/forbidden", 403),
        ("/bug", 500),
        ("/nothing", 404),
        ("/number/three", 400),
        ("/away", 503),
    ],
)
def test_error_is_a_page(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path, headers={"accept-language": "de"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f">{status}<" in answer.text
    assert "ZeroDivisionError" not in answer.text


def test_error_page_knows_who_is_signed_in(client: TestClient) -> None:
    client.cookies.set(SESSION_COOKIE, "living")
    assert OPERATOR.name in client.get("/missing").text


def test_every_kind_of_refusal_has_a_status_and_words() -> None:
    assert set(STATUS) == set(Kind)
    assert set(STATUS.values()) <= set(WORDS)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://testserver"}, 403),
        ({"origin": "http://testserver"}, 200),
        ({"origin": "http://elsewhere"}, 403),
        ({"origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_write_is_taken_from_our_own_pages_only(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    assert client.post("/write", data={"text": "x"}, headers=headers).status_code == status


def test_language_and_theme_are_kept_in_cookies(client: TestClient) -> None:
    for name, value in (("language", "de"), ("theme", "dark")):
        answer = client.post(
            "/preferences", data={name: value, "back": "/nothing?a=1"}, headers=SAME_ORIGIN
        )
        assert answer.status_code == 303
        assert answer.headers["location"] == "/nothing?a=1"
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert "SameSite=lax" in answer.headers["set-cookie"]
    text = client.get("/nothing").text
    assert '<html lang="de"' in text
    assert 'data-bs-theme="dark"' in text


def test_unknown_preference_changes_nothing(client: TestClient) -> None:
    data = {"language": "xx", "theme": "neon"}
    answer = client.post("/preferences", data=data, headers=SAME_ORIGIN)
    assert answer.status_code == 303
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "language"),
    [("de-AT,en;q=0.5", "de"), ("fr,en-US", "en"), ("fr", "en"), ("", "en"), ("*;q=x", "en")],
)
def test_language_follows_the_browser(client: TestClient, asked: str, language: str) -> None:
    text = client.get("/nothing", headers={"accept-language": asked}).text
    assert f'<html lang="{language}"' in text


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/orders?q=1", "/orders?q=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("orders", "/"),
        ("", "/"),
    ],
)
def test_nobody_is_sent_to_another_site(address: str, kept: str) -> None:
    assert local_address(address) == kept


def test_navigation_shows_only_what_the_visitor_may_open() -> None:
    def paths(visitor: Visitor | None) -> list[str]:
        return [item.path for item in navigation(visitor)]

    assert paths(None) == []
    console = ["/", "/orders", "/partners", "/statements", "/payouts", "/deliveries"]
    assert paths(OPERATOR) == [*console, "/sandbox"]
    live = replace(OPERATOR, tenant=replace(OPERATOR.tenant, is_test=False))
    assert paths(live) == console
    assert paths(PARTNER) == ["/partner", "/partner/statements"]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_sample_page_is_drawn(gallery_client: TestClient, sample: Sample) -> None:
    assert gallery_client.get(sample.path).status_code == 200


@pytest.mark.parametrize("path", ERRORS.values())
def test_sample_error_has_its_status(gallery_client: TestClient, path: str) -> None:
    assert str(gallery_client.get(path).status_code) in path


def test_exact_amounts_show_all_decimals_and_lead_back(gallery_client: TestClient) -> None:
    rounded = gallery_client.get("/orders/one").text
    exact = gallery_client.get("/orders/one?exact=1").text
    below = '<span class="gr-below">7058823529</span>'
    assert below not in rounded
    assert below in exact
    assert 'href="/orders/one?exact=1"' in rounded
    assert 'href="/orders/one"' in exact
