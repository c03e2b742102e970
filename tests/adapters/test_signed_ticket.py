"""A signed ticket is genuine as a whole or not at all; whoever has the public key can tell."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from groschen.adapters.delivery import qr_code
from groschen.adapters.delivery.signed_ticket import (
    Ticket,
    TicketKeyNotReadable,
    TicketLeg,
    TicketNotIssuable,
    TicketNotValid,
    public_pem,
    read_public_pem,
    sign,
    verify,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
TICKET = Ticket(
    ticket_id="tkt_01kaxq3r0e8k2s5v7w9y1z3b5d",
    issuer="Verkehrsverbund S\u00fcd",
    order="shop-1",
    product="single",
    route="airport-harbour",
    legs=(TicketLeg("opA", "8.4"), TicketLeg("opB", "21.7"), TicketLeg("opC", "3.9")),
    travellers=1,
    valid_from=datetime(2027, 3, 1, tzinfo=UTC),
    valid_to=datetime(2027, 3, 2, tzinfo=UTC),
)


def test_a_signed_ticket_says_what_was_signed() -> None:
    assert verify(sign(TICKET, KEY).encode(), PUBLIC) == TICKET


def test_the_same_ticket_has_one_text() -> None:
    assert sign(TICKET, KEY) == sign(TICKET, KEY)
    east = timezone(timedelta(hours=5))
    assert sign(replace(TICKET, valid_from=TICKET.valid_from.astimezone(east)), KEY) == sign(
        TICKET, KEY
    )


def test_every_flipped_bit_makes_it_worthless() -> None:
    text = sign(TICKET, KEY).encode()
    for bit in range(len(text) * 8):
        flipped = bytearray(text)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(TicketNotValid):
            verify(bytes(flipped), PUBLIC)


@given(st.data())
def test_nothing_may_be_cut_off_added_or_doubled(data: st.DataObject) -> None:
    text = sign(TICKET, KEY).encode()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    for other in (
        text[:start],
        text[:start] + text[end:] if end > start else b"",
        text + text[start:],
    ):
        if other != text:
            with pytest.raises(TicketNotValid):
                verify(other, PUBLIC)


@given(st.binary(max_size=300))
def test_noise_is_no_ticket(noise: bytes) -> None:
    with pytest.raises(TicketNotValid):
        verify(noise, PUBLIC)


@pytest.mark.parametrize(
    "around",
    ["{}\n", " {}", "\ufeff{}", "{}=", "{}.", "{}\x00", "gr1{}"],
)
def test_nothing_is_stripped(around: str) -> None:
    with pytest.raises(TicketNotValid):
        verify(around.format(sign(TICKET, KEY)).encode(), PUBLIC)


def test_the_loose_bits_of_the_last_letter_count() -> None:
    text = sign(TICKET, KEY)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]
    signature = other.rpartition(".")[2]
    assert base64.urlsafe_b64decode(signature + "==") == base64.urlsafe_b64decode(
        text.rpartition(".")[2] + "=="
    )
    with pytest.raises(TicketNotValid):
        verify(other.encode(), PUBLIC)


def test_another_key_does_not_fit() -> None:
    other = Ed25519PrivateKey.generate()
    with pytest.raises(TicketNotValid):
        verify(sign(TICKET, other).encode(), PUBLIC)


def signed_by_hand(payload: bytes) -> bytes:
    signed = b"GR1." + base64.urlsafe_b64encode(payload).rstrip(b"=")
    return signed + b"." + base64.urlsafe_b64encode(KEY.sign(signed)).rstrip(b"=")


def payload(**changes: Any) -> bytes:
    text = sign(TICKET, KEY).split(".")[1]
    body = json.loads(base64.urlsafe_b64decode(text + "==")) | changes
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_the_payload_by_hand_is_the_payload() -> None:
    assert signed_by_hand(payload()) == sign(TICKET, KEY).encode()


@pytest.mark.parametrize(
    "other",
    [
        b"",
        b"null",
        b"[]",
        b"\xff",
        b"{}",
        b"[" * 2000,
        payload(extra=1),
        payload(key="another"),
        payload(legs=[]),
        payload(legs=[["opA"]]),
        payload(valid_from="yesterday"),
        payload(travellers=True),
        payload(travellers="1"),
        payload() + b" ",
        payload().replace(b'"travellers":1', b'"travellers":1.0'),
    ],
)
def test_even_the_right_key_signs_only_one_form(other: bytes) -> None:
    with pytest.raises(TicketNotValid):
        verify(signed_by_hand(other), PUBLIC)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"legs": ()}, "legs"),
        ({"travellers": 0}, "travellers"),
        ({"valid_to": TICKET.valid_from}, "valid_to"),
        ({"valid_from": datetime(2027, 3, 1)}, "valid_from"),  # noqa: DTZ001
        ({"valid_from": TICKET.valid_from.replace(microsecond=1)}, "valid_from"),
        ({"route": "x" * 5000}, "legs"),
    ],
)
def test_a_ticket_that_lacks_something_is_not_signed(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(TicketNotIssuable) as refusal:
        sign(replace(TICKET, **changes), KEY)
    assert refusal.value.field == field


def test_the_public_key_travels_as_pem() -> None:
    assert read_public_pem(public_pem(PUBLIC).encode()) == PUBLIC


@pytest.mark.parametrize("pem", [b"", b"nonsense", public_pem(PUBLIC).encode()[:60]])
def test_what_is_no_key_is_refused(pem: bytes) -> None:
    with pytest.raises(TicketKeyNotReadable):
        read_public_pem(pem)


def test_the_code_is_drawn_the_same_each_time() -> None:
    text = sign(TICKET, KEY)
    assert qr_code.svg(text) == qr_code.svg(text)
    assert qr_code.svg(text).startswith("<svg")
    assert qr_code.png(text).startswith(b"\x89PNG")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "ticket.txt").write_bytes(sign(TICKET, KEY).encode())
    (tmp_path / "key.pem").write_text(public_pem(PUBLIC))
    return tmp_path


def groschen(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "groschen", "ticket", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path), "PATH": ""},
    )


def test_the_command_says_in_plain_words_what_is_valid(files: Path) -> None:
    done = groschen("verify", "ticket.txt", "--key", "key.pem", folder=files)
    assert (done.returncode, done.stderr) == (0, "")
    for words in (
        "The ticket is genuine.",
        "airport-harbour",
        "1. opA, 8.4 km",
        "2. opB, 21.7 km",
        "3. opC, 3.9 km",
        "from 2027-03-01 00:00:00 UTC to 2027-03-02 00:00:00 UTC",
    ):
        assert words in done.stdout


@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("2027-03-01T00:00:00Z", 0),
        ("2027-03-02T00:30:00+01:00", 0),
        ("2027-02-28T23:59:59Z", 1),
        ("2027-03-02T00:00:00Z", 1),
        ("2027-03-01T00:00:00", 1),
    ],
)
def test_the_command_checks_the_period_if_asked(files: Path, at: str, status: int) -> None:
    done = groschen("verify", "ticket.txt", "--key", "key.pem", "--at", at, folder=files)
    assert done.returncode == status


def test_the_command_refuses_a_flipped_bit(files: Path) -> None:
    content = bytearray((files / "ticket.txt").read_bytes())
    content[40] ^= 1
    (files / "ticket.txt").write_bytes(bytes(content))
    done = groschen("verify", "ticket.txt", "--key", "key.pem", folder=files)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("groschen: ")


@pytest.mark.parametrize("missing", ["ticket.txt", "key.pem"])
def test_the_command_names_a_missing_file(files: Path, missing: str) -> None:
    (files / missing).unlink()
    done = groschen("verify", "ticket.txt", "--key", "key.pem", folder=files)
    assert done.returncode == 1
    assert missing in done.stderr


def test_the_command_draws_the_code(files: Path) -> None:
    assert groschen("qr", "ticket.txt", "--out", "code.svg", folder=files).returncode == 0
    assert (files / "code.svg").read_text() == qr_code.svg(sign(TICKET, KEY))
    assert groschen("qr", "ticket.txt", "--out", "code.png", folder=files).returncode == 0
    assert groschen("qr", "ticket.txt", "--out", "code.gif", folder=files).returncode == 1
