"""What is decided by the seed is the same in every run."""

from __future__ import annotations

from pathlib import Path

from groschen.simulation.chance import Chance
from groschen.simulation.installation import Installation, Part
from groschen.simulation.kills import planned
from groschen.simulation.operations import OPERATIONS
from groschen.simulation.plan import Plan
from groschen.simulation.terms import agreement

PARTNERS = ("a", "b", "c")


def draws(seed: int) -> list[object]:
    chance = Chance(seed, "step", 3)
    weights = {name: one.weight for name, one in OPERATIONS.items()}
    terms = agreement(chance.below("terms"), "agent", "on_payment", PARTNERS, is_plain=False)
    return [[chance.weighted(weights) for _ in range(50)], chance.decimal(1, 999, 2), terms]


def test_the_same_seed_draws_the_same() -> None:
    assert draws(7) == draws(7)
    assert draws(7) != draws(8)


def test_a_part_draws_the_same_whatever_was_drawn_before() -> None:
    drawn, fresh = Chance(1), Chance(1)
    drawn.whole(0, 1000)
    assert drawn.below("x").whole(0, 10**9) == fresh.below("x").whole(0, 10**9)


def test_every_sort_of_process_is_killed_at_least_once() -> None:
    up = Installation(Path("unused"), 2, 2, print)
    for name in ("server-1", "server-2", "worker-1", "worker-2"):
        up.parts[name] = Part(name, [], {}, Path("unused"))
    for seed in range(20):
        plan = Plan(seed=seed, steps=3, worker_kill_every=1000, server_kill_every=0)
        kills = planned(plan, up)
        assert {kill.kind for some in kills.values() for kill in some} == {"worker", "database"}
        assert set(kills) <= {1, 2, 3}
        assert kills == planned(plan, up)


def test_plain_terms_keep_nothing() -> None:
    for seed in range(50):
        terms = agreement(Chance(seed), "agent", "on_payment", PARTNERS, is_plain=True)
        assert all(
            rule["on_refund"] == rule["on_chargeback"] == "return" for rule in terms["rules"]
        )
