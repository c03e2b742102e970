from __future__ import annotations

from enum import StrEnum

import pytest

from groschen.core.errors import InvariantBroken, Kind
from groschen.core.lifecycle import IllegalTransition, Lifecycle


class Light(StrEnum):
    OFF = "off"
    ON = "on"
    BROKEN = "broken"


LIGHT = Lifecycle(
    "light",
    {
        Light.OFF: frozenset({Light.ON}),
        Light.ON: frozenset({Light.OFF, Light.BROKEN}),
        Light.BROKEN: frozenset(),
    },
)


def test_an_allowed_move_passes() -> None:
    LIGHT.check(Light.OFF, Light.ON)
    assert LIGHT.may(Light.ON, Light.BROKEN)


def test_a_state_that_leads_nowhere_is_final() -> None:
    assert LIGHT.is_final(Light.BROKEN)
    assert not LIGHT.is_final(Light.ON)


def test_an_illegal_move_names_what_is_allowed() -> None:
    with pytest.raises(IllegalTransition) as refusal:
        LIGHT.check(Light.OFF, Light.BROKEN)
    assert refusal.value.kind is Kind.CONFLICT
    assert refusal.value.detail == "light is off and cannot become broken"
    assert refusal.value.hint == "allowed from off: on"
    assert refusal.value.facts == {"before": "off", "after": "broken"}


def test_staying_is_a_move_like_any_other() -> None:
    with pytest.raises(IllegalTransition):
        LIGHT.check(Light.ON, Light.ON)


def test_nothing_is_allowed_from_a_final_state() -> None:
    with pytest.raises(IllegalTransition) as refusal:
        LIGHT.check(Light.BROKEN, Light.ON)
    assert refusal.value.hint == "allowed from broken: nothing, this state is final"


def test_a_reachable_state_without_row_is_a_bug() -> None:
    with pytest.raises(InvariantBroken):
        Lifecycle("light", {Light.OFF: frozenset({Light.ON})})
