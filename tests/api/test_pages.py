"""Lists in pages: complete, in order, and steady while rows come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.api import Api


async def add(api: Api, number: int) -> str:
    body = {
        "external_id": f"p{number}",
        "kind": "organisation",
        "name": f"Party {number}",
        "roles": ["partner"] if number % 2 else ["customer"],
        "country": "DE",
    }
    answer = await api.post("/v1/parties", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["external_id"])


async def page(api: Api, query: str) -> tuple[list[str], str | None, str | None]:
    answer = await api.get(f"/v1/parties?{query}")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    info = body["page"]
    return [row["external_id"] for row in body["data"]], info["next"], info["previous"]


async def test_pages_go_on_and_back_over_every_row_once(api: Api) -> None:
    made = [await add(api, number) for number in range(7)][::-1]
    first, after, before = await page(api, "limit=3")
    assert (first, before) == (made[:3], None)
    second, after2, before2 = await page(api, f"limit=3&after={after}")
    assert second == made[3:6]
    third, end, _ = await page(api, f"limit=3&after={after2}")
    assert (third, end) == (made[6:], None)
    back, forward, start = await page(api, f"limit=3&before={before2}")
    assert (back, start) == (made[:3], None)
    again, _, _ = await page(api, f"limit=3&after={forward}")
    assert again == made[3:6]


async def test_a_row_that_comes_meanwhile_shifts_nothing(api: Api) -> None:
    made = [await add(api, number) for number in range(4)][::-1]
    _, after, _ = await page(api, "limit=2")
    await add(api, 99)
    assert (await page(api, f"limit=2&after={after}"))[0] == made[2:]


async def test_a_filter_keeps_its_pages(api: Api) -> None:
    made = [await add(api, number) for number in range(6)][::-1]
    partners = [name for name in made if int(name[1:]) % 2]
    first, after, _ = await page(api, "role=partner&limit=2")
    second, end, _ = await page(api, f"role=partner&limit=2&after={after}")
    assert first + second == partners
    assert end is None


async def test_an_empty_list_is_a_page(api: Api) -> None:
    assert await page(api, "limit=1") == ([], None, None)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "after=abc", "before=%00"])
async def test_a_wrong_page_is_a_400(api: Api, query: str) -> None:
    assert (await api.get(f"/v1/parties?{query}")).status_code == 400


async def test_a_cursor_belongs_to_its_tenant_and_list(api: Api, other: Api) -> None:
    for number in range(2):
        await add(api, number)
    _, after, _ = await page(api, "limit=1")
    for client, path in ((other, "/v1/parties"), (api, "/v1/accounts")):
        answer = await client.get(f"{path}?after={after}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["parameter"] == "after"
    assert (await api.get(f"/v1/parties?after={after}&before={after}")).status_code == 400
