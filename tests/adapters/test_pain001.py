"""Payout files are valid against the schema, exact, printable by banks and repeatable."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from groschen.adapters.bank import pain001
from groschen.adapters.bank.pain001 import Pain001Writer, TransferNotWritable
from groschen.adapters.bank.pain001_reader import read
from groschen.adapters.bank.sepa_text import BankTextNotUsable, sepa_identifier, sepa_text
from groschen.core.errors import GroschenError
from groschen.core.money import Money
from groschen.core.ports.payment_files import (
    BankAccount,
    PostalAddress,
    Transfer,
    TransferOrder,
)

NAMES = {"p": pain001.NAMESPACE}
SCHEMA = etree.XMLSchema(etree.parse(Path(pain001.__file__).parent / "xsd" / "pain.001.001.09.xsd"))
PRINTABLE = re.compile(r"[a-zA-Z0-9/\-?:().,'+ ]*")
SOUTH = BankAccount(
    "Verkehrsverbund S\u00fcd & Stra\u00dfe GmbH",
    "DE89370400440532013000",
    "COBADEFFXXX",
    PostalAddress("M\u00fcnchen", "DE", "Hauptstra\u00dfe", "1a", "80331"),
)
OPERATOR = BankAccount("\u00d6PNV A", "AT611904300234573201")


def order(**changes: Any) -> TransferOrder:
    transfer = Transfer("run1-1", Money(Decimal("29595.02"), "EUR"), OPERATOR, "Statement 2026-10")
    base = TransferOrder(
        "run1", datetime(2026, 11, 2, 8, tzinfo=UTC), date(2026, 11, 3), SOUTH, [transfer]
    )
    return replace(base, **changes)


def one(**changes: Any) -> TransferOrder:
    given_order = order()
    changed = replace(given_order.transfers[0], **changes)
    return order(transfers=[changed])


def texts(content: bytes, path: str) -> list[str]:
    root = etree.fromstring(content)
    return [element.text or "" for element in root.iterfind(f".//{path}", NAMES)]


def test_the_file_says_what_was_ordered() -> None:
    content = Pain001Writer().write(order()).content
    assert SCHEMA.validate(etree.fromstring(content))
    assert texts(content, "p:Dbtr/p:Nm") == ["Verkehrsverbund Sued + Strasse GmbH"]
    assert texts(content, "p:Cdtr/p:Nm") == ["OePNV A"]
    assert texts(content, "p:CdtrAcct/p:Id/p:IBAN") == ["AT611904300234573201"]
    assert texts(content, "p:InstdAmt") == ["29595.02"]
    assert texts(content, "p:CtrlSum") == ["29595.02", "29595.02"]
    assert texts(content, "p:ReqdExctnDt/p:Dt") == ["2026-11-03"]
    assert texts(content, "p:ChrgBr") == ["SLEV"]
    assert texts(content, "p:DbtrAgt/p:FinInstnId/p:BICFI") == ["COBADEFFXXX"]
    assert texts(content, "p:TwnNm") == ["Muenchen"]
    assert texts(content, "p:AdrLine") == []


def test_a_missing_bic_is_said_to_be_missing() -> None:
    content = Pain001Writer().write(order(debtor=replace(SOUTH, bic=None))).content
    assert texts(content, "p:DbtrAgt/p:FinInstnId/p:Othr/p:Id") == ["NOTPROVIDED"]


def test_the_cover_equals_the_content() -> None:
    file = Pain001Writer().write(order())
    content = read(file.content)
    assert content.message_id == file.message_id
    assert (len(content.transfers), content.transfers[0].amount) == (
        file.transfer_count,
        file.total.amount,
    )


def test_the_time_is_written_in_utc() -> None:
    east = timezone(timedelta(hours=2))
    content = Pain001Writer().write(order(created_at=datetime(2026, 7, 1, 1, tzinfo=east))).content
    assert texts(content, "p:CreDtTm") == ["2026-06-30T23:00:00Z"]


names = st.text(min_size=1, max_size=200)
amounts = st.integers(1, 99_999_999_999).map(lambda cents: Decimal(cents).scaleb(-2))
identifiers = st.from_regex(r"\A[A-Za-z0-9]{1,35}\Z")


def refused(text: str) -> bool:
    try:
        sepa_text(text, field="name", length=70)
    except BankTextNotUsable:
        return True
    return False


@given(
    st.lists(
        st.tuples(identifiers, amounts, names, names),
        min_size=1,
        max_size=20,
        unique_by=lambda t: t[0],
    ),
    names,
    identifiers,
)
def test_every_file_is_valid_or_refused_by_field(
    rows: list[tuple[str, Decimal, str, str]], debtor: str, message_id: str
) -> None:
    transfers = [
        Transfer(key, Money(amount, "EUR"), BankAccount(name, OPERATOR.iban), remittance)
        for key, amount, name, remittance in rows
    ]
    given_order = order(
        message_id=message_id, debtor=replace(SOUTH, holder=debtor), transfers=transfers
    )
    unprintable = [
        text for text in (debtor, *(t for row in rows for t in row[2:])) if refused(text)
    ]
    if unprintable:
        with pytest.raises(GroschenError) as refusal:
            Pain001Writer().write(given_order)
        assert refusal.value.field
        return
    file = Pain001Writer().write(given_order)
    assert Pain001Writer().write(given_order) == file
    root = etree.fromstring(file.content)
    SCHEMA.assertValid(root)
    total = sum(row[1] for row in rows)
    assert {Decimal(text) for text in texts(file.content, "p:CtrlSum")} == {total}
    assert [Decimal(text) for text in texts(file.content, "p:InstdAmt")] == [r[1] for r in rows]
    for path, length in (("p:Nm", 70), ("p:Ustrd", 140)):
        for text in texts(file.content, path):
            assert PRINTABLE.fullmatch(text)
            assert len(text) <= length
    assert read(file.content).message_id == message_id


@given(names)
def test_text_is_printable_and_stays_so(text: str) -> None:
    try:
        written = sepa_text(text, field="name", length=70)
    except BankTextNotUsable:
        return
    assert PRINTABLE.fullmatch(written)
    assert sepa_text(written, field="name", length=70) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("\u00c4rzte \u00d6l \u00dcber Stra\u00dfe", "Aerzte Oel Ueber Strasse"),
        ("u\u0308ber", "ueber"),
        ("Caf\u00e9 M\u00fcller & S\u00f6hne", "Cafe Mueller + Soehne"),
        ("\u0141\u00f3d\u017a\u00a0PKP", "Lodz PKP"),
        ("a\tb\n c", "a b c"),
        ("O\u2019Neill \u2013 Tram", "O'Neill - Tram"),
        ("5 < 6 \u2603", "5 . 6 ."),
    ],
)
def test_letters_are_written_out(text: str, written: str) -> None:
    assert sepa_text(text, field="name", length=70) == written


@pytest.mark.parametrize(
    "text", ["\u0411\u0435\u0440\u043b\u0438\u043d", "\u6771\u4eac", "...", " "]
)
def test_a_name_without_a_latin_letter_is_refused(text: str) -> None:
    with pytest.raises(BankTextNotUsable) as refusal:
        sepa_text(text, field="name", length=70)
    assert refusal.value.field == "name"


@pytest.mark.parametrize(
    "text", ["", " a", "a ", "/a", "a/", "a//b", "a_b", "\u00fc", "a" * 36, "a\n"]
)
def test_an_identifier_is_refused_rather_than_changed(text: str) -> None:
    with pytest.raises(BankTextNotUsable):
        sepa_identifier(text, field="message_id")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (order(transfers=[]), "transfers"),
        (order(created_at=datetime(2026, 1, 1)), "created_at"),  # noqa: DTZ001
        (order(message_id="a" * 36), "message_id"),
        (order(debtor=replace(SOUTH, iban="")), "debtor.iban"),
        (order(debtor=replace(SOUTH, iban="DE00370400440532013000")), "debtor.iban"),
        (order(debtor=replace(SOUTH, holder=" ")), "debtor.holder"),
        (order(debtor=replace(SOUTH, bic="NOPE")), "debtor.bic"),
        (order(debtor=replace(SOUTH, address=PostalAddress("", "DE"))), "debtor.address"),
        (order(debtor=replace(SOUTH, address=PostalAddress("Ulm", "de"))), "debtor.address"),
        (one(amount=Money(Decimal("1.00"), "CHF")), "transfers[0].amount"),
        (one(amount=Money(Decimal(0), "EUR")), "transfers[0].amount"),
        (one(amount=Money(Decimal("-1.00"), "EUR")), "transfers[0].amount"),
        (one(amount=Money(Decimal("0.001"), "EUR")), "transfers[0].amount"),
        (one(amount=Money(Decimal(1_000_000_000), "EUR")), "transfers[0].amount"),
        (one(end_to_end_id="a//b"), "transfers[0].end_to_end_id"),
        (one(creditor=replace(OPERATOR, iban="AT61")), "transfers[0].creditor.iban"),
        (one(creditor=replace(OPERATOR, holder="")), "transfers[0].creditor.holder"),
        (one(creditor=replace(OPERATOR, bic="X")), "transfers[0].creditor.bic"),
        (one(remittance="\u6771"), "transfers[0].remittance"),
    ],
)
def test_what_banks_refuse_is_refused_by_field(wrong: TransferOrder, field: str) -> None:
    with pytest.raises(GroschenError) as refusal:
        Pain001Writer().write(wrong)
    assert refusal.value.field == field


def test_an_end_to_end_id_is_used_once() -> None:
    transfer = order().transfers[0]
    with pytest.raises(TransferNotWritable) as refusal:
        Pain001Writer().write(order(transfers=[transfer, transfer]))
    assert refusal.value.field == "transfers[1].end_to_end_id"


def test_an_amount_may_be_written_with_fewer_or_more_zeros() -> None:
    content = Pain001Writer().write(one(amount=Money(Decimal("5.1000"), "EUR"))).content
    assert texts(content, "p:InstdAmt") == ["5.10"]
