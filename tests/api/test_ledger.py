"""The ledger over HTTP: journals by hand, balances, statements of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from support.api import Api


def journal(reference: str, amount: str = "12.90", **changes: Any) -> dict[str, Any]:
    body = {
        "reference": reference,
        "currency": "EUR",
        "entries": [
            {"account": "BANK", "amount": amount},
            {"account": "ROUNDING", "amount": f"-{amount}"},
        ],
    }
    return {**body, **changes}


async def post(api: Api, *journals: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await api.post(
        "/v1/journals",
        {"journals": list(journals)},
        key="+".join(one["reference"] for one in journals),
    )
    assert answer.status_code == 201, answer.text
    results: list[dict[str, Any]] = answer.json()["data"]
    return results


async def test_a_new_tenant_has_the_chart(api: Api) -> None:
    answer = await api.get("/v1/ledger/accounts")
    accounts = {account["code"]: account for account in answer.json()["data"]}
    assert accounts["AR"] == {
        "code": "AR",
        "kind": "asset",
        "normal_side": "debit",
        "needs_party": True,
        "needs_tax_key": False,
    }
    assert {"BANK", "SHARE_PENDING", "TAX_OUT", "COST_OF_SHARES"} <= accounts.keys()


async def test_each_item_says_whether_it_was_written(api: Api) -> None:
    [first] = await post(api, journal("fee-1"))
    assert (first["reference"], first["result"]) == ("manual:fee-1", "written")
    assert first["id"].startswith("jnl_")
    again, second = await post(api, journal("fee-1"), journal("fee-2", "0.000000000001"))
    assert (again["id"], again["result"]) == (first["id"], "duplicate")
    assert second["result"] == "written"
    shown = (await api.get(f"/v1/journals/{second['id']}")).json()
    assert shown["postings"][0] == {
        "position": 1,
        "account": "BANK",
        "party_id": None,
        "tax_key": None,
        "amount": {"amount": "0.000000000001", "currency": "EUR"},
    }
    assert shown["kind"] == "manual"


async def test_the_trial_balance_sums_to_zero(api: Api) -> None:
    await post(api, journal("a"), journal("b", "1.1"))
    answer = (await api.get("/v1/ledger/trial_balance")).json()
    assert answer["data"][0] == {
        "account": "BANK",
        "party_id": None,
        "currency": "EUR",
        "debit": "14",
        "credit": "0",
        "balance": "14",
    }
    assert answer["totals"] == [
        {"currency": "EUR", "debit": "14", "credit": "14", "difference": "0"}
    ]
    before = await api.get("/v1/ledger/trial_balance?as_of=2020-01-01")
    assert before.json()["data"] == []
    unknown = await api.get("/v1/ledger/trial_balance?known_at=2020-01-01T00:00:00Z")
    assert unknown.json()["data"] == []
    whose = "pty_01k6p5s00000000000000001kt"
    party = await api.get(f"/v1/ledger/trial_balance?party_id={whose}")
    assert party.json()["data"] == []


async def test_postings_are_listed_page_by_page(api: Api, other: Api) -> None:
    await post(api, *(journal(f"j{number}") for number in range(5)))
    path = "/v1/ledger/postings?account=BANK&limit=2"
    seen, following = [], None
    while True:
        page = (await api.get(path + (f"&after={following}" if following else ""))).json()
        seen += [line["reference"] for line in page["data"]]
        following = page["page"]["next"]
        if following is None:
            break
        stolen = await other.get(f"{path}&after={following}")
        assert stolen.status_code == 400
    assert seen == [f"manual:j{number}" for number in (4, 3, 2, 1, 0)]
    for wrong in ("x", "AAAA", "!"):
        answer = await api.get(f"{path}&after={wrong}")
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "after")


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        (
            {"entries": [{"account": "BANK", "amount": "1"}, {"account": "AR", "amount": "-1"}]},
            422,
            "ledger_account_kept",
            "/journals/0/entries/1/account",
        ),
        (
            {"entries": [{"account": "BANK", "amount": "1"}, {"account": "BANK", "amount": "-2"}]},
            422,
            "journal_unbalanced",
            "/journals/0/entries",
        ),
        (
            {"entries": [{"account": "BANK", "amount": "1"}]},
            400,
            "invalid_request",
            "/journals/0/entries",
        ),
        (
            {"entries": [{"account": "BANK", "amount": 1.5}, {"account": "BANK", "amount": "-1"}]},
            400,
            "invalid_request",
            "/journals/0/entries/0/amount",
        ),
        (
            {
                "entries": [
                    {"account": "BANK", "amount": "0.0000000000001"},
                    {"account": "BANK", "amount": "-1"},
                ]
            },
            400,
            "invalid_request",
            "/journals/0/entries/0/amount",
        ),
        ({"currency": "EUX"}, 400, "invalid_request", "/journals/0/currency"),
        ({"effective_on": "2199-01-01"}, 422, "effective_day_ahead", "/journals/0/effective_on"),
    ],
)
async def test_a_bad_journal_is_refused_with_its_place(
    api: Api, changes: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    answer = await api.post("/v1/journals", {"journals": [journal("x", **changes)]}, key="k")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert problem["errors"][0]["pointer"] == pointer
    assert problem["hint"]
    assert (await api.get("/v1/ledger/trial_balance")).json()["data"] == []


async def test_1001_journals_are_too_many(api: Api) -> None:
    body = {"journals": [journal(f"j{number}") for number in range(1001)]}
    assert (await api.post("/v1/journals", body, key="many")).status_code == 400


async def test_a_journal_by_hand_needs_a_key(api: Api) -> None:
    answer = await api.post("/v1/journals", {"journals": [journal("x")]})
    assert answer.status_code == 400


async def test_a_dry_run_books_nothing(api: Api) -> None:
    body = {"journals": [journal("x")]}
    answer = await api.post("/v1/journals?dry_run=true", body, key="dry")
    assert answer.json()["data"][0]["result"] == "written"
    assert (await api.get("/v1/ledger/trial_balance")).json()["data"] == []


async def test_another_tenants_journal_is_not_found(api: Api, other: Api) -> None:
    [mine] = await post(api, journal("x"))
    answer = await other.get(f"/v1/journals/{mine['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "journal_not_found")
