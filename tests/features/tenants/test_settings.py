"""Settings change against the state that was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx2

    from support.api import Api

PATH = "/v1/tenants/current"
DEBTOR = {"name": "Verbund AG", "iban": "DE89 3704 0044 0532 0130 00"}


async def change(api: Api, body: object, tag: str | None = None) -> httpx2.Response:
    if tag is None:
        tag = (await api.get(PATH)).headers["etag"]
    return await api("PATCH", PATH, body, headers={"If-Match": tag})


async def test_only_what_is_sent_changes(api: Api) -> None:
    before = (await api.get(PATH)).json()
    answer = await change(api, {"funds_model": "agent_for_payee", "debtor": DEBTOR})
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert after["funds_model"] == "agent_for_payee"
    assert after["debtor"] == {
        "name": "Verbund AG", "iban": "DE89370400440532013000", "bic": "COBADEFFXXX",
    }  # fmt: skip
    assert {**after, "funds_model": None, "debtor": None} == before
    assert answer.headers["etag"] == (await api.get(PATH)).headers["etag"]
    assert (await change(api, {"debtor": None})).json()["debtor"] is None


async def test_a_change_needs_the_state_it_is_based_on(api: Api) -> None:
    missing = await api("PATCH", PATH, {"funds_model": "principal"})
    assert (missing.status_code, missing.json()["code"]) == (428, "if_match_missing")
    tag = (await api.get(PATH)).headers["etag"]
    assert (await change(api, {"funds_model": "principal"}, tag)).status_code == 200
    stale = await change(api, {"funds_model": "licence_held"}, tag)
    assert (stale.status_code, stale.json()["code"]) == (412, "if_match_stale")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"debtor": {**DEBTOR, "iban": "DE89370400440532013001"}}, "iban_invalid"),
        ({"debtor": {**DEBTOR, "bic": "NOPE"}}, "iban_invalid"),
        ({"modules": ["teleport"]}, "module_unknown"),
        ({"funds_model": "pocket"}, "invalid_request"),
        ({"time_zone": None}, "invalid_request"),
        ({"name": "Other"}, "invalid_request"),
    ],
)
async def test_a_wrong_setting_is_refused(api: Api, body: object, code: str) -> None:
    answer = await change(api, body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_module_can_be_switched_off(api: Api) -> None:
    assert (await api.get("/v1/orders")).status_code == 200
    await change(api, {"modules": ["settlements"]})
    answer = await api.get("/v1/orders")
    assert (answer.status_code, answer.json()["code"]) == (403, "module_off")
    for path in ("/v1/statements", "/v1/parties", "/v1/ledger/trial_balance"):
        assert (await api.get(path)).status_code == 200
    await change(api, {"modules": ["orders"]})
    assert (await api.get("/v1/orders")).status_code == 200


async def test_books_are_closed_by_closing_only(api: Api) -> None:
    for day in ("2026-03-01", None):
        answer = await change(api, {"books_open_from": day})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert (await api.get(PATH)).json()["books_open_from"] is None
