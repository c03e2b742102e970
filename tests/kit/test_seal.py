"""The installation's key seals, signs, and keeps purposes apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from groschen.kit.config import Settings
from groschen.kit.seal import Seal, SealBroken, SecretMissing, seal_from

SEAL = Seal(b"s" * 32)


@given(st.binary(max_size=200), st.text(max_size=20), st.binary(max_size=40))
def test_what_is_sealed_can_be_opened(plain: bytes, purpose: str, bound_to: bytes) -> None:
    assert SEAL.unseal(purpose, SEAL.seal(purpose, plain, bound_to), bound_to) == plain


def test_a_seal_hides_and_never_repeats() -> None:
    first, second = SEAL.seal("p", b"secret"), SEAL.seal("p", b"secret")
    assert first != second
    assert b"secret" not in first


@given(st.integers(0, 40), st.integers(1, 255))
def test_one_changed_bit_is_noticed(position: int, mask: int) -> None:
    sealed = bytearray(SEAL.seal("p", b"thirteen bits"))
    sealed[position] ^= mask
    with pytest.raises(SealBroken):
        SEAL.unseal("p", bytes(sealed))


@pytest.mark.parametrize(
    ("seal", "purpose", "bound_to"),
    [(Seal(b"x" * 32), "p", b"row"), (SEAL, "q", b"row"), (SEAL, "p", b"other row")],
)
def test_another_key_purpose_or_row_does_not_open_it(
    seal: Seal, purpose: str, bound_to: bytes
) -> None:
    with pytest.raises(SealBroken):
        seal.unseal(purpose, SEAL.seal("p", b"secret", b"row"), bound_to)


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 12, b"x" * 27])
def test_what_is_no_seal_is_refused(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        SEAL.unseal("p", sealed)


@given(st.lists(st.binary(max_size=8), max_size=4), st.lists(st.binary(max_size=8), max_size=4))
def test_parts_of_a_key_cannot_be_shifted(one: list[bytes], other: list[bytes]) -> None:
    assert (SEAL.key("p", *one) == SEAL.key("p", *other)) is (one == other)


@pytest.mark.parametrize("text", [None, "", "c2hvcnQ", "not base64url!", "=" * 43, "\u00fc" * 43])
def test_a_wrong_secret_is_refused(text: str | None) -> None:
    secret = None if text is None else SecretStr(text)
    with pytest.raises(SecretMissing) as refused:
        seal_from(Settings(secret_key=secret))
    assert refused.value.hint
