"""What is wrong with an event is named; it waits, is corrected and replayed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.metering import codes, event, per_unit, results, usage

if TYPE_CHECKING:
    from support.metering import Utility

pytestmark = pytest.mark.anyio
GOOD = json.dumps(event("good"))

BAD = {
    "unknown subject": (event("1", subject="stranger"), "subject_unknown", "subject"),
    "wrong type": (event("1", type="walk"), "no_component", "type"),
    "no value": (event("1", data={}), "fact_incomplete", "data.kwh"),
    "a text for a sum": (event("1", data={"kwh": "much"}), "fact_incomplete", "data.kwh"),
    "eleven integer digits": (event("1", 12345678901), "value_too_long", "data.kwh"),
    "thirteen decimals": (event("1", data={"kwh": "1"}), None, None),
    "far future": (event("1", at="2027-01-20T12:06:00Z"), "event_in_future", "time"),
    "older than the horizon": (event("1", at="2026-12-16T11:59:59Z"), "event_too_old", "time"),
    "no time": (event("1", time=None), "field_missing", "time"),
    "no source": (event("1", source=None), "field_missing", "source"),
    "an empty id": (event(""), "field_invalid", "id"),
    "no subject": (event("1", subject=None), "field_missing", "subject"),
    "time without zone": (event("1", at="2027-01-10T10:00:00"), "time_invalid", "time"),
    "another version": (event("1", specversion="0.3"), "specversion_unknown", "specversion"),
    "data as text": (event("1", data="kwh=1"), "data_unreadable", "data"),
    "binary data": (event("1", data_base64="AA=="), "data_unreadable", "data_base64"),
    "nested without end": (
        event("1", data=json.loads('{"a":' * 9 + "1" + "}" * 9)), "data_too_deep", "data",
    ),
    "no object": (["reading"], "event_malformed", None),
}  # fmt: skip
BAD.pop("thirteen decimals")
BAD_TEXTS = {
    "NaN": (GOOD.replace('"kwh": 1', '"kwh": NaN'), "number_invalid"),
    "thirteen decimals": (GOOD.replace('"kwh": 1', '"kwh": 0.1234567890123'), "value_too_long"),
    "a number like a bomb": (GOOD.replace('"kwh": 1', '"kwh": 1e999999'), "number_invalid"),
    "a doubled key": (GOOD.replace('"kwh": 1', '"kwh": 1, "kwh": 2'), "key_doubled"),
    "a doubled key, spaced": (GOOD.replace('"kwh": 1', '"kwh" : 1, "kwh" : 2'), "key_doubled"),
    "half a surrogate pair": (GOOD.replace('"good"', '"\\ud83d"'), "text_invalid"),
    "U+0000": (GOOD.replace('"good"', '"a\\u0000"'), "text_invalid"),
    "bytes that are not UTF-8": (GOOD.replace('"good"', '"\udcff"'), "text_invalid"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_fault_is_named_and_kept(utility: Utility, name: str) -> None:
    sent, code, place = BAD[name]
    await utility.household()
    told = (await utility.send(event("before"), sent, event("after"))).json()
    assert results(told) == ["accepted", "rejected", "accepted"]
    refused = told["results"][1]
    assert (refused["code"], refused["field"]) == (code, place), refused
    assert refused["detail"]
    assert refused["hint"]
    [reject] = (await utility.api.get("/v1/usage_rejects")).json()["data"]
    assert (reject["code"], reject["state"]) == (code, "open")
    assert json.loads(reject["body"]) == sent


@pytest.mark.parametrize("name", BAD_TEXTS)
async def test_a_text_that_is_wrong_costs_only_itself(utility: Utility, name: str) -> None:
    text, code = BAD_TEXTS[name]
    await utility.household()
    body = f"[{json.dumps(event('before'))}, {text}, {json.dumps(event('after'))}]"
    answer = await utility.raw(body.encode("utf-8", "surrogateescape"))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert results(told) == ["accepted", "rejected", "accepted"]
    assert codes(told) == [None, code, None]
    [reject] = (await utility.api.get("/v1/usage_rejects")).json()["data"]
    assert reject["code"] == code


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", "application/json"),
        (b"[", "application/json"),
        (b'[{"id": 1}', "application/json"),
        (b"[] []", "application/json"),
        (b"reading", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"[]", "text/csv"),
        (b"[]", ""),
    ],
)
async def test_a_body_that_is_no_json_is_refused_whole(
    utility: Utility, body: bytes, media_type: str
) -> None:
    answer = await utility.raw(body, media_type)
    assert (answer.status_code, answer.json()["code"]) == (400, "usage_body_unreadable")
    assert (await utility.api.get("/v1/usage_rejects")).json()["data"] == []


async def test_more_than_a_thousand_events_are_refused_whole(utility: Utility) -> None:
    answer = await utility.send(*(event(str(number)) for number in range(1_001)))
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_events")


async def test_no_events_are_no_mistake(utility: Utility) -> None:
    assert (await utility.send()).json() == {
        "results": [], "accepted": 0, "duplicates": 0, "rejected": 0,
    }  # fmt: skip


async def test_the_same_reject_waits_once(utility: Utility) -> None:
    await utility.send(event("1"), event("2"))
    await utility.send(event("1"), event("2"))
    assert len((await utility.api.get("/v1/usage_rejects")).json()["data"]) == 2


async def only_reject(utility: Utility) -> Any:
    [reject] = (await utility.api.get("/v1/usage_rejects?state=open")).json()["data"]
    return reject


async def replay(utility: Utility, reject: Any, body: object = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    path = f"/v1/usage_rejects/{reject['id']}/replay"
    answer = await utility.api("POST", path, content=content)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_reject_is_replayed_once_its_subject_is_known(utility: Utility) -> None:
    await utility.household()
    await utility.send(event("1", 4, subject="late"))
    reject = await only_reject(utility)
    assert (await replay(utility, reject))["result"]["status"] == "rejected"
    await utility.subscribe("energy", "late")
    told = await replay(utility, reject)
    assert (told["reject"]["state"], told["result"]["status"]) == ("replayed", "accepted")
    [total] = await utility.totals()
    assert total["quantity"] == 4
    again = await utility.api("POST", f"/v1/usage_rejects/{reject['id']}/replay")
    assert (again.status_code, again.json()["code"]) == (409, "usage_reject_settled")


async def test_a_reject_is_replayed_with_a_correction(utility: Utility) -> None:
    await utility.household()
    await utility.send(event("1", data={"kwh": "much"}))
    reject = await only_reject(utility)
    told = await replay(utility, reject, event("1", data={"kwh": "still much"}))
    assert told["result"]["code"] == "fact_incomplete"
    assert (await only_reject(utility))["id"] == reject["id"]
    told = await replay(utility, reject, event("1", 7))
    assert (told["reject"]["state"], told["result"]["status"]) == ("replayed", "accepted")
    [total] = await utility.totals()
    assert total["quantity"] == 7


async def test_a_reject_is_discarded_with_a_reason(utility: Utility) -> None:
    await utility.send(event("1"))
    reject = await only_reject(utility)
    path = f"/v1/usage_rejects/{reject['id']}/discard"
    told = (await utility.api.post(path, {"reason": "a test event"})).json()
    assert (told["state"], told["reason"]) == ("discarded", "a test event")
    assert (await utility.api.get(f"/v1/usage_rejects/{reject['id']}")).json() == told
    assert (await utility.api.post(path, {"reason": "again"})).status_code == 409


async def test_many_rejects_are_replayed_at_once(utility: Utility) -> None:
    await utility.household()
    sent = [event(f"late-{number}", subject="late") for number in range(30)]
    await utility.send(*sent, event("bad", data={}))
    await utility.subscribe("energy", "late")
    told = (await utility.api.post("/v1/usage_rejects/replay", {})).json()
    assert (told["replayed"], told["rejected"]) == (30, 1)
    after = {"after": told["last"], "code": "fact_incomplete"}
    told = (await utility.api.post("/v1/usage_rejects/replay", after)).json()
    assert told == {"replayed": 0, "rejected": 0, "last": None}
    [total] = await utility.totals()
    assert total["event_count"] == 30


async def test_a_total_that_becomes_too_large_refuses_only_its_own_events(
    utility: Utility,
) -> None:
    await utility.household(per_unit("99999999"))
    await utility.plan("second", usage("energy", "energy", per_unit("1")))
    await utility.subscribe("second", "modest")
    told = (await utility.send(event("1", "999999999"), event("2", 5, subject="modest"))).json()
    assert codes(told) == ["total_too_large", None]
    [total] = await utility.totals()
    assert total["quantity"] == 5
