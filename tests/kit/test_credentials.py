"""Keys and tokens: well-formed, checked without a look-up, and all different."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groschen.kit.auth.credentials import (
    LETTERS,
    digest,
    is_api_key,
    key_hint,
    new_api_key,
    new_token,
    tenant_of_token,
)
from groschen.kit.db import TenantFacts
from groschen.kit.ids import new_id


def facts(mode: str) -> TenantFacts:
    return TenantFacts(
        name="T",
        mode="test" if mode == "test" else "live",
        parent_tenant_id=None,
        country="DE",
        time_zone="Europe/Berlin",
        home_currency="EUR",
        test_now=None,
        books_open_from=None,
        funds_model=None,
        modules=frozenset(),
    )


@pytest.mark.parametrize("mode", ["live", "test"])
def test_a_key_says_its_mode_and_passes_its_check(mode: str) -> None:
    key = new_api_key(facts(mode))
    assert key.startswith(f"gk_{mode}_")
    assert len(key) == len(f"gk_{mode}_") + 43 + 6
    assert is_api_key(key)
    assert key_hint(key) == f"gk_{mode}_...{key[-4:]}"


def test_keys_differ() -> None:
    keys = {new_api_key(facts("live")) for _ in range(100)}
    assert len(keys) == len({digest(key) for key in keys}) == 100


@given(st.integers(8, 56), st.sampled_from(LETTERS))
def test_one_wrong_letter_is_noticed(position: int, letter: str) -> None:
    key = new_api_key(facts("live"))
    changed = key[:position] + letter + key[position + 1 :]
    assert is_api_key(changed) is (changed == key)


@given(st.text(alphabet=string.printable, max_size=80))
def test_any_text_is_no_key(text: str) -> None:
    assert not is_api_key(text)
    assert tenant_of_token("session", text) is None


def test_a_token_names_its_tenant_and_kind() -> None:
    tenant_id = new_id()
    session, link = new_token("session", tenant_id), new_token("link", tenant_id)
    assert tenant_of_token("session", session) == tenant_of_token("link", link) == tenant_id
    assert tenant_of_token("session", link) is None
    assert tenant_of_token("link", session) is None
    assert new_token("session", tenant_id) != session
