"""Top-ups: money once, credit once, whatever breaks; and who may see what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from groschen.features.payments import jobs
from groschen.features.payments.model import PaymentState
from groschen.kit.ids import decode_id, encode_id, new_id
from groschen.kit.permissions import ROLES
from support.api import Api, api_key
from support.clockwork import make_due
from support.dying_provider import killed, runtime_with
from support.provider import Provider

if TYPE_CHECKING:
    from groschen.kit.db import Database
    from support.household import Household
    from support.tickets import Alliance

pytestmark = pytest.mark.anyio

BODY = {"wallet": "ext:home", "amount": "20.00", "provider": "sandbox", "method": "bank_instant"}


def as_alliance(home: Household) -> Alliance:
    """What the payment fixtures need of a tenant: app, key, scope, jobs."""
    return cast("Alliance", home)


async def the_payment(home: Household) -> Any:
    [payment] = (await home.ask("GET", "/v1/payments", status=200))["data"]
    return payment


async def test_the_payment_says_what_it_pays(home: Household) -> None:
    done = await home.top_up()
    payment = await the_payment(home)
    assert (payment["purpose"], payment["top_up_id"]) == ("top_up", done["id"])
    assert payment["order_id"] is None
    assert payment["state"] == "captured"
    [(_, data)] = await home.events("payment.captured")
    assert data == {"top_up": done["id"], "amount": "20"}
    [(_, data)] = await home.events("wallet.topped_up")
    assert data["top_up"] == done["id"]


async def test_emergency_credit_that_is_repaid_names_its_use(home: Household) -> None:
    totals = [new_id(), new_id()]
    for total in totals:
        await home.use("2", total_id=total)
    await home.top_up("3.00")
    [(_, data)] = await home.events("wallet.emergency_repaid")
    assert data["totals"] == sorted(encode_id("tot", total) for total in totals)
    assert data["emergency_repaid"] == "3"
    wallet = await home.wallet()
    assert (f"{wallet.credit:f}", f"{wallet.overdraft:f}") == ("0", "1")


async def test_the_same_key_asks_for_one_top_up(home: Household) -> None:
    first = await home.api.post("/v1/top_ups", BODY, key="once")
    again = await home.api.post("/v1/top_ups", BODY, key="once")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    other = await home.api.post("/v1/top_ups", {**BODY, "amount": "9.00"}, key="once")
    assert other.status_code == 422
    await home.drain()
    assert (await home.wallet()).credit == 20
    keyless = await home.api.post("/v1/top_ups", BODY)
    assert keyless.json()["code"] == "idempotency_key_missing"


async def test_a_refused_payment_gives_no_credit(home: Household) -> None:
    done = await home.top_up(method="tok_declined")
    assert (done["state"], done["failure_code"]) == ("failed", "card_declined")
    assert (await home.wallet()).credit == 0
    assert len(await home.events("wallet.top_up_failed")) == 1


async def test_money_that_comes_later_is_credit_then(home: Household) -> None:
    done = await home.top_up(method="tok_pending")
    assert done["state"] == "requested"
    await home.advance("2027-03-01T09:00:00Z")
    provider = Provider(as_alliance(home))
    await provider.world.pass_time()
    calls = await provider.calls()
    for _ in range(2):  # the provider calls twice
        for call in calls:
            await provider.send(call)
    assert (await home.wallet()).credit == 20


@pytest.mark.parametrize("method", ["tok_timeout", "bank_instant_timeout"])
async def test_a_lost_answer_is_read_back_and_credited_once(home: Household, method: str) -> None:
    await home.top_up(method=method)
    assert (await home.wallet()).credit == 0
    await make_due(as_alliance(home), "payments")
    await jobs.capture(home.app.state.runtime, home.api.tenant_id)
    assert (await home.wallet()).credit == 20
    account = "BANK" if method.startswith("bank") else "PSP_CLEARING"
    assert await home.balance(account) == 20


@pytest.mark.parametrize("where", [{"before": "charge"}, {"after": "charge"}])
async def test_a_worker_dies_between_money_and_credit(
    home: Household, where: dict[str, str]
) -> None:
    await home.ask("POST", "/v1/top_ups", BODY, status=201)
    runtime, _ = runtime_with(as_alliance(home), **where)
    await killed(jobs.capture(runtime, home.api.tenant_id))
    assert (await home.wallet()).credit == 0
    await make_due(as_alliance(home), "payments")
    await jobs.capture(home.app.state.runtime, home.api.tenant_id)
    await home.drain()
    assert (await home.wallet()).credit == 20
    assert await home.balance("BANK") == 20
    assert len(await home.events("wallet.topped_up")) == 1


async def test_many_top_ups_of_one_wallet_in_one_step(home: Household) -> None:
    await home.use("4")
    for _ in range(5):
        await home.ask("POST", "/v1/top_ups", {**BODY, "amount": "3.00"}, status=201)
    await home.drain()
    wallet = await home.wallet()
    assert (f"{wallet.credit:f}", f"{wallet.overdraft:f}") == ("11", "0")
    found = await home.ask("GET", "/v1/top_ups?wallet=ext:home", status=200)
    assert [one["emergency_repaid"]["amount"] for one in found["data"]] == [
        "0.00",
        "0.00",
        "0.00",
        "1.00",
        "3.00",
    ]


async def test_a_provider_pays_out_what_it_holds_and_not_what_the_bank_has(
    home: Household,
) -> None:
    await home.top_up("20.00", "bank_instant")
    await home.top_up("10.00", "tok_visa")
    provider = Provider(as_alliance(home))
    await provider.world.pay_out()
    await provider.deliver()
    await home.drain()
    assert await home.balance("PSP_CLEARING") == 0
    assert f"{await home.balance('BANK'):f}" == "29.57"


async def test_a_bank_that_takes_the_money_back_is_told_to_come_again(home: Household) -> None:
    await home.top_up(method="tok_visa")
    payment = await the_payment(home)
    provider = Provider(as_alliance(home))
    await provider.world.late_return(payment["provider_reference"])
    [call] = await provider.calls()
    answer = await provider.send(call)
    assert answer.status_code == 409
    assert answer.json()["code"] == "return_not_booked"
    assert (await the_payment(home))["state"] == PaymentState.CAPTURED


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"wallet": "ext:nobody"}, 404, "wallet_not_found"),
        ({"amount": "1.001"}, 422, "top_up_amount_invalid"),
        ({"amount": "0"}, 400, "invalid_request"),
        ({"amount": "-5"}, 400, "invalid_request"),
        ({"provider": "nobody"}, 400, "provider_unknown"),
        ({"method": ""}, 400, "invalid_request"),
    ],
)
async def test_a_bad_top_up_is_refused_and_nothing_is_kept(
    home: Household, change: dict[str, str], status: int, code: str
) -> None:
    answer = await home.api.post("/v1/top_ups", {**BODY, **change}, key=f"k-{new_id().hex}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["hint"]
    assert (await home.ask("GET", "/v1/top_ups", status=200))["data"] == []
    assert (await home.ask("GET", "/v1/payments", status=200))["data"] == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"account": "ext:nobody"}, 404, "account_not_found"),
        ({"protected_region": "DE-XX"}, 422, "protected_region_unknown"),
        ({"protected_region": "Bayern"}, 400, "invalid_request"),
        ({"external_id": "home"}, 409, "wallet_exists"),
        ({"legal_class": "e_money"}, 422, "wallet_unlawful"),
        ({"legal_class": "e_money", "vat_mode": "multi_purpose"}, 422, "wallet_unlawful"),
        ({"country": "FR"}, 422, "tax_rate_unknown"),
        ({"emergency_limit": "-1"}, 400, "invalid_request"),
        ({"restored_days": 0}, 400, "invalid_request"),
        ({"vat_mode": "none"}, 400, "invalid_request"),
    ],
)
async def test_a_bad_wallet_is_refused(
    home: Household, change: dict[str, object], status: int, code: str
) -> None:
    body = {
        "account": "ext:household",
        "external_id": "other",
        "vat_mode": "single_purpose",
        "legal_class": "own_goods",
        "tax_class": "standard",
        "emergency_limit": "5.00",
        **change,
    }
    answer = await home.api.post("/v1/wallets", body, key=f"k-{new_id().hex}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len((await home.ask("GET", "/v1/wallets", status=200))["data"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": "2027-02-01T00:00:00Z"},
        {"valid_from": "2027-05-01T00:00:00Z", "expires_at": "2027-04-01T00:00:00Z"},
    ],
)
async def test_credit_that_could_never_be_used_is_not_given(
    home: Household, change: dict[str, str]
) -> None:
    body = {"amount": "5.00", **change}
    path = "/v1/wallets/ext:home/grants"
    answer = await home.api.post(path, body, key=f"k-{new_id().hex}")
    assert (answer.status_code, answer.json()["code"]) == (422, "grant_invalid")


async def test_a_gift_is_booked_as_less_earned(home: Household) -> None:
    await home.grant("11.90")
    journal = await home.journal("credit_granted")
    assert {account: f"{amount:.2f}" for account, amount in journal.items()} == {
        "PROMOTION": "10.00",
        "PREPAID_VAT": "1.90",
        "PREPAID": "-11.90",
    }


async def test_a_customer_sees_its_own_wallet_and_no_other(
    home: Household, database: Database
) -> None:
    await home.top_up()
    other = {"external_id": "stranger", "kind": "person", "roles": ["customer"], "country": "DE"}
    stranger = await home.ask("POST", "/v1/parties", other, status=201)
    [owner] = [
        one
        for one in (await home.ask("GET", "/v1/parties", status=200))["data"]
        if one["external_id"] == "tenant-1"
    ]
    for party, seen in ((owner, 1), (stranger, 0)):
        token = await api_key(
            database,
            home.api.tenant_id,
            ROLES["partner"],
            party_id=decode_id("pty", party["id"]),
        )
        api = Api(home.app, token, home.api.tenant_id)
        for path in ("/v1/wallets", "/v1/top_ups"):
            assert len((await api.get(path)).json()["data"]) == seen
        status = 200 if seen else 404
        for path in ("", "/buckets", "/movements"):
            assert (await api.get(f"/v1/wallets/ext:home{path}")).status_code == status
        quote = {"component": "energy", "amount": "1.00"}
        asked = await api.post("/v1/wallets/ext:home/quote", quote)
        assert asked.status_code == status
