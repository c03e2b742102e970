"""What was used so far, what an event would cost, and where an amount comes from."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

import psycopg
import pytest

from groschen.core.canonical import canonical_json
from groschen.core.ledger import VatMode
from groschen.core.tax import TaxCategory
from groschen.features.parties import service as parties
from groschen.features.parties.model import NewParty
from groschen.features.usage.service import totals_of, usage_of
from groschen.features.wallets import service as wallets
from groschen.features.wallets.model import Grant, LegalClass, WalletDraft
from groschen.kit.http import External
from groschen.kit.ids import decode_id
from support.api import Api, api_key
from support.metering import event, graduated, meter, usage

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.postgres import ServerUrls
    from support.metering import Utility

pytestmark = pytest.mark.anyio
TIERS = graduated(("10", "1"), ("20", "0.5"), (None, "0.1"))


async def prepaid(utility: Utility, credit: str, emergency: str = "0") -> UUID:
    """A household whose use burns credit at once."""
    async with utility.scope() as scope:
        wallet = await wallets.open_wallet(
            scope,
            WalletDraft(
                account=External("customer"),
                external_id="purse",
                vat_mode=VatMode.SINGLE_PURPOSE,
                legal_class=LegalClass.OWN_GOODS,
                tax_class=TaxCategory.STANDARD,
                emergency_limit=Decimal(emergency),
            ),
        )
        await wallets.grant(scope, wallet.id, Grant(amount=Decimal(credit)))
    await utility.meter(**meter("energy"))
    await utility.plan("energy", usage("energy", "energy", TIERS))
    await utility.subscribe("energy", "home", wallet="purse")
    return wallet.id


async def subscription(utility: Utility) -> Any:
    [found] = (await utility.api.get("/v1/subscriptions")).json()["data"]
    return found


async def current(utility: Utility) -> Any:
    found = await subscription(utility)
    answer = await utility.api.get(f"/v1/subscriptions/{found['id']}/usage")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def explain(utility: Utility, sent: object) -> Any:
    answer = await utility.api("POST", "/v1/events/explain", content=json.dumps(sent).encode())
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_credit_falls_with_the_event(utility: Utility) -> None:
    await prepaid(utility, "12", emergency="1")
    await utility.accepted(event("1", 12))
    told = await current(utility)
    assert told["remaining"]["credit"]["amount"] == "1.00"
    await utility.accepted(event("2", 8))
    [total] = await utility.totals()
    assert total["gross"] == 15
    assert (total["funded_wallet"], total["funded_overdraft"], total["receivable"]) == (12, 1, 2)
    told = await current(utility)
    assert told["remaining"]["credit"]["amount"] == "0.00"
    assert told["remaining"]["overdraft"]["amount"] == "1.00"


async def test_a_void_gives_the_credit_back(utility: Utility) -> None:
    await prepaid(utility, "12", emergency="1")
    await utility.accepted(event("1", 12), event("2", 8))
    body = {"source": "meters", "id": "2", "reason": "a mistake"}
    assert (await utility.api.post("/v1/events/void", body)).is_success
    [total] = await utility.totals()
    assert (total["funded_wallet"], total["funded_overdraft"], total["receivable"]) == (11, 0, 0)
    assert (await current(utility))["remaining"]["credit"]["amount"] == "1.00"


async def test_current_usage_shows_the_tiers(utility: Utility) -> None:
    await utility.household(TIERS)
    assert (await current(utility))["components"][0]["totals"] == []
    await utility.accepted(event("1", 25))
    told = await current(utility)
    assert told["remaining"] is None
    [component] = told["components"]
    assert (component["component"], component["starts_at"]) == ("energy", "2026-12-31T23:00:00Z")
    [total] = component["totals"]
    assert (total["quantity"], total["amount"]["amount"]) == ("25", "15.50")
    assert [(one["quantity"], one["amount"]["amount"]) for one in total["lines"]] == [
        ("10", "10.00"),
        ("10", "5.00"),
        ("5", "0.50"),
    ]


async def test_earlier_windows_can_be_read(utility: Utility) -> None:
    await utility.household(TIERS)
    await utility.accepted(event("1", 25))
    found = await subscription(utility)
    path = f"/v1/subscriptions/{found['id']}/usage?at=2027-02-01T12:00:00Z"
    [component] = (await utility.api.get(path)).json()["components"]
    assert (component["starts_at"], component["totals"]) == ("2027-01-31T23:00:00Z", [])


async def test_a_total_proves_itself(utility: Utility) -> None:
    await utility.household(TIERS)
    await utility.accepted(event("1", 15), event("2", 10, at="2027-01-11T10:00:00Z"))
    [total] = (await current(utility))["components"][0]["totals"]
    told = (await utility.api.get(f"/v1/item_totals/{total['id']}")).json()
    assert told["total"] == total
    assert [(day["day"], day["amount"]["amount"]) for day in told["days"]] == [
        ("2027-01-10", "12.50"),
        ("2027-01-11", "3.00"),
    ]
    listed = (await utility.api.get("/v1/events?subject=home")).json()["data"]
    facts = [
        {
            "source": one["source"],
            "id": one["event_id"],
            "type": one["type"],
            "subject": one["subject"],
            "time": one["time"].replace("Z", "+00:00"),
            "data": {"kwh": int(one["data"]["kwh"])},
        }
        for one in listed
    ]
    hashes = [sha256(canonical_json(fact).encode()).hexdigest() for fact in facts]
    assert hashes == [one["hash"] for one in listed]
    added = sum(int(one, 16) for one in hashes) % 2**256
    assert (told["proof"]["event_count"], told["proof"]["event_hash"]) == (2, f"{added:064x}")
    assert told["proof"]["steps"][0]["name"] == "quantity"


async def test_an_unknown_total_is_not_found(utility: Utility) -> None:
    answer = await utility.api.get("/v1/item_totals/tot_01k6p5s00000000000000001kt")
    assert (answer.status_code, answer.json()["code"]) == (404, "item_total_not_found")


async def test_explaining_stores_nothing(utility: Utility) -> None:
    await utility.household(TIERS)
    await utility.accepted(event("1", 8))
    told = await explain(utility, event("2", 4))
    assert told["result"]["status"] == "accepted"
    [count] = told["counts"]
    assert (count["meter"], count["price"], count["component"]) == ("energy", "graduated", "energy")
    assert (count["quantity_before"], count["quantity"]) == ("8", "12")
    assert (count["amount_before"]["amount"], count["difference"]["amount"]) == ("8.00", "3.00")
    assert len(count["lines"]) == 2
    [total] = await utility.totals()
    assert total["quantity"] == 8
    assert (await utility.api.get("/v1/usage_rejects")).json()["data"] == []


async def test_explaining_names_the_fault(utility: Utility) -> None:
    await utility.household(TIERS)
    await utility.accepted(event("1", 8))
    for sent, status, code in (
        (event("1", 8), "duplicate", None),
        (event("1", 9), "rejected", "event_id_reused"),
        (event("2", subject="stranger"), "rejected", "subject_unknown"),
        (event("2", "much"), "rejected", "fact_incomplete"),
        (event("2", at="2020-01-01T00:00:00Z"), "rejected", "event_too_old"),
        ({"id": "2"}, "rejected", "field_missing"),
    ):
        told = await explain(utility, sent)
        assert (told["result"]["status"], told["result"]["code"]) == (status, code), sent
    assert len((await explain(utility, event("1", 8)))["counts"]) == 1


async def test_events_are_listed_page_by_page(utility: Utility) -> None:
    await utility.household()
    sent = [event(f"r-{n:02d}", n, at=f"2027-01-{1 + n // 3:02d}T10:00:00Z") for n in range(25)]
    await utility.accepted(*sent, event("other", subject="home"))
    found: list[str] = []
    path = "/v1/events?subject=home&limit=7&until=2027-01-09T10:00:00Z"
    cursor: str | None = ""
    while cursor is not None:
        page = (await utility.api.get(path + (f"&after={cursor}" if cursor else ""))).json()
        found += [one["event_id"] for one in page["data"]]
        cursor = page["page"]["next"]
    assert sorted(found) == [f"r-{n:02d}" for n in range(24)]
    assert found[:3] == ["r-23", "r-22", "r-21"]
    late = await utility.api.get("/v1/events?subject=home&since=2027-01-10T00:00:00Z")
    assert [one["event_id"] for one in late.json()["data"]] == ["other"]


async def test_a_customer_sees_only_its_own(utility: Utility) -> None:
    await utility.household(TIERS)
    await utility.accepted(event("1", 8))
    await utility.send(event("2", subject="stranger"))
    found = await subscription(utility)
    [total] = (await current(utility))["components"][0]["totals"]
    async with utility.scope() as scope:
        stranger = await parties.create_party(
            scope, NewParty("else", "organisation", "Else", ("partner",), "DE", {})
        )
    token = await api_key(
        utility.database, utility.api.tenant_id, ["usage:read"], party_id=stranger.id
    )
    api = Api(utility.api.app, token, utility.api.tenant_id)
    for path in (
        f"/v1/subscriptions/{found['id']}/usage",
        f"/v1/item_totals/{total['id']}",
    ):
        assert (await api.get(path)).status_code in {403, 404}, path
    for path in ("/v1/events?subject=home", "/v1/usage_rejects"):
        answer = await api.get(path)
        assert answer.status_code == 403 or answer.json()["data"] == [], path


async def test_a_dry_run_tells_and_stores_nothing(utility: Utility) -> None:
    await utility.household()
    body = json.dumps([event("1"), event("2", subject="stranger")]).encode()
    answer = await utility.api("POST", "/v1/events?dry_run=true", content=body)
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (1, 1)
    assert await utility.totals() == []
    assert (await utility.api.get("/v1/usage_rejects")).json()["data"] == []


class Recorder:
    """A connection that remembers what it was asked."""

    def __init__(self, conn: Any) -> None:
        self._conn = conn
        self.asked: list[tuple[str, Any]] = []

    async def execute(self, query: str, params: Any = None) -> Any:
        self.asked.append((query, params))
        return await self._conn.execute(query, params)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._conn, name)


def fill(urls: ServerUrls) -> None:
    """Give everybody totals of ten thousand other items."""
    with psycopg.connect(urls.superuser) as conn:
        names = conn.execute(
            """
            SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
             WHERE attrelid = 'groschen.item_totals'::regclass AND attnum > 0
               AND attname NOT IN ('id', 'owner_id')
            """
        ).fetchone()
        assert names is not None
        conn.execute(
            f"INSERT INTO groschen.item_totals (id, owner_id, {names[0]})"
            f" SELECT gen_random_uuid(), gen_random_uuid(), {names[0]}"
            "   FROM groschen.item_totals, generate_series(1, 10000)".encode()
        )
        conn.execute("ANALYZE groschen.item_totals")


async def test_current_usage_is_read_by_key(utility: Utility, database_urls: ServerUrls) -> None:
    """Nothing about totals but their keys is looked at, whatever is stored."""
    await utility.household(TIERS)
    await utility.accepted(*(event(str(n)) for n in range(50)))
    fill(database_urls)
    found = await subscription(utility)
    plans = []
    async with utility.scope(write=False) as scope:
        recorder = Recorder(scope.conn)
        scope.conn = cast("Any", recorder)
        used = await usage_of(scope, decode_id("sub", found["id"]))
        await totals_of(scope, [used.components[0].totals[0].total.id])
        asked = [one for one in recorder.asked if "item_totals" in one[0]]
        for query, params in asked:
            cursor = await scope.conn.execute(f"EXPLAIN {query}", params)
            plans.append("\n".join(row[0] for row in await cursor.fetchall()))
    assert len(plans) == 2
    for plan in plans:
        assert re.search(r"Index Scan using item_totals_(pkey|by_id)", plan), plan
        scanned = plan[plan.index("Index Scan using item_totals") :]
        assert not re.search(r"^\s+Filter: (?!.*current_setting)", scanned, re.MULTILINE), plan
