"""Closing, statements, payout runs, what the bank says; and people who do a manual step."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from groschen.simulation.faults import SimulationFault
from groschen.simulation.founding import set_payout_account
from groschen.simulation.operations.registry import operation

if TYPE_CHECKING:
    from groschen.simulation.client import Client
    from groschen.simulation.operations.registry import Turn

CLOSED: Final = frozenset({200, 202})
CLOSED_OR_NOT: Final = frozenset({200, 202, 409})
MADE: Final = frozenset({201, 422})


@operation(weight=5, once=True)
async def close(turn: Turn) -> None:
    """Close the books up to the first of this month, or up to today, while business goes on."""
    if turn.business.is_plain:
        return
    today = turn.business.today
    day = turn.chance.weighted({today.replace(day=1): 4, today: 1})
    body = {"period_to": day.isoformat()}
    answer = await turn.business.owner.post("/v1/settlements/close", body, expect=CLOSED_OR_NOT)
    if answer.status == 409 and answer.code not in {
        "period_already_closed",
        "period_still_closing",
    }:
        raise SimulationFault(f"closing was refused with {answer.code}")


@operation(weight=1)
async def close_too_early(turn: Turn) -> None:
    """A period that is not over cannot be closed."""
    day = turn.business.today + timedelta(days=400)
    body = {"period_to": day.isoformat()}
    await turn.business.owner.post("/v1/settlements/close", body, expect={422, 409})


@operation(weight=4, once=True)
async def approve_statements(turn: Turn) -> None:
    """The second person approves what was issued."""
    second = turn.business.second
    page = await second.get("/v1/statements?state=issued&limit=50")
    for statement in page["data"]:
        path = f"/v1/statements/{statement['id']}/approve"
        await second.post(path, expect={200, 409})


@operation(weight=4, once=True)
async def payout_run(turn: Turn) -> None:
    """A run is made, refused to its maker, approved by the second person, sent twice."""
    business = turn.business
    made = await business.owner.post("/v1/payout_runs", {"currency": "EUR"}, expect=MADE)
    if made.status != 201:
        return
    path = f"/v1/payout_runs/{made.json['id']}"
    await business.owner.post(f"{path}/approve", expect={403})
    await business.second.post(f"{path}/approve", expect={200})
    for _ in range(2):
        await business.owner.post(f"{path}/send", expect={202})


@operation(weight=3, once=True)
async def ask_the_bank(turn: Turn) -> None:
    """Ask what became of the transfers."""
    await fetch_answers(turn.business.owner)


async def fetch_answers(client: Client) -> int:
    """Ask about every run that the bank has; how many there are."""
    page = await client.get("/v1/payout_runs?limit=50")
    sent = [run for run in page["data"] if run["state"] == "sent"]
    for run in sent:
        await client.post(f"/v1/payout_runs/{run['id']}/fetch_answers", expect={202})
    return len(sent)


@operation(weight=1)
async def new_bank_account(turn: Turn) -> None:
    """A partner gets an account, or another one; the bank may not like it."""
    partner = turn.chance.pick(sorted(turn.business.partners))
    rejection = turn.chance.pick((None, None, None, "AC06"))
    await set_payout_account(turn.business, partner, rejection, turn.chance.whole(100, 900))


@operation(weight=3, once=True)
async def manual_steps(turn: Turn) -> None:
    """People do what waits for them, some of it twice."""
    owner = turn.business.owner
    page = await owner.get("/v1/delivery_tasks?state=awaiting_callback&limit=50")
    for task in page["data"]:
        path = f"/v1/delivery_tasks/{task['id']}/submit"
        await owner.post(path, {"output": {}, "note": "done"}, expect={200, 409})
