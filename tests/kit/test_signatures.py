"""Signed messages agree with Standard Webhooks' own library and with nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from groschen.kit.clock import real_now
from groschen.kit.signatures import SignatureInvalid, secret_text, sign, verify

AT = datetime(2027, 3, 1, 12, tzinfo=UTC)
SECRET = b"0123456789abcdef0123456789abcdef"
OTHER = b"another secret of thirty-two byt"


@given(st.binary(min_size=1, max_size=64), st.text(max_size=200))
def test_our_signature_is_the_librarys(secret: bytes, body: str) -> None:
    ours = sign([secret], "msg_1", AT, body.encode())
    theirs = Webhook(secret).sign("msg_1", AT, body)
    assert ours["webhook-signature"] == theirs


def test_the_library_accepts_what_we_send() -> None:
    body = b'{"a":"\xc3\xa4"}'
    headers = sign([SECRET], "msg_1", real_now(), body)
    assert Webhook(secret_text(SECRET)).verify(body, headers) == {"a": "\u00e4"}


@given(st.binary(max_size=200))
def test_what_was_signed_is_accepted(body: bytes) -> None:
    assert verify([SECRET], sign([SECRET], "msg_1", AT, body), body, AT) == "msg_1"


def test_both_secrets_are_good_while_one_replaces_the_other() -> None:
    assert verify([OTHER, SECRET], sign([SECRET], "m", AT, b"x"), b"x", AT) == "m"
    assert verify([SECRET], sign([OTHER, SECRET], "m", AT, b"x"), b"x", AT) == "m"


@given(st.integers(0, 8 * 40 - 1))
def test_a_flipped_bit_in_the_body_is_noticed(bit: int) -> None:
    body = bytearray(b"0123456789012345678901234567890123456789")
    headers = sign([SECRET], "m", AT, bytes(body))
    body[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureInvalid):
        verify([SECRET], headers, bytes(body), AT)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"webhook-id": "m"},
        {"webhook-id": "m", "webhook-timestamp": "soon"},
        {"webhook-id": "m", "webhook-timestamp": "\u0661\u0662"},
        {"webhook-id": "m", "webhook-timestamp": "9" * 40},
        {"webhook-id": "m", "webhook-timestamp": "-1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1a,AAAA"},
        {"webhook-signature": "," * 100_000},
        {"webhook-signature": "v1,\u00e4\u00f6\u00fc"},
    ],
)
def test_malformed_headers_are_refused(headers: dict[str, str]) -> None:
    given_headers = headers
    if "webhook-signature" in headers:
        given_headers = {**sign([SECRET], "m", AT, b"x"), **headers}
    with pytest.raises(SignatureInvalid):
        verify([SECRET], given_headers, b"x", AT)


@pytest.mark.parametrize(
    ("seconds", "fits"), [(-301, False), (-300, True), (300, True), (301, False)]
)
def test_the_time_may_be_five_minutes_off(seconds: int, *, fits: bool) -> None:
    headers = sign([SECRET], "m", AT, b"x")
    arrived_at = AT + timedelta(seconds=seconds)
    if fits:
        assert verify([SECRET], headers, b"x", arrived_at) == "m"
    else:
        with pytest.raises(SignatureInvalid):
            verify([SECRET], headers, b"x", arrived_at)


def test_without_a_secret_nothing_is_accepted() -> None:
    with pytest.raises(SignatureInvalid):
        verify([], sign([SECRET], "m", AT, b"x"), b"x", AT)
