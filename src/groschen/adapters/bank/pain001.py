"""The payout file: SEPA credit transfers as ISO 20022 pain.001.001.09.

One ``PmtInf``, euros only, charges shared (SLEV). Names and texts are written in the SEPA
character set, amounts as plain decimals. The same order gives the same bytes: nothing comes from
a clock or a random source. What the scheme forbids is refused, naming the field.
"""

from __future__ import annotations

import re
from datetime import UTC
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, ClassVar, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from lxml import etree
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from groschen.adapters.bank.sepa_text import (
    NAME_LENGTH,
    REMITTANCE_LENGTH,
    sepa_identifier,
    sepa_text,
)
from groschen.core.errors import GroschenError, Kind, invariant
from groschen.core.money import Money, add_all, round_currency
from groschen.core.ports.bank import PaymentFile

if TYPE_CHECKING:
    from groschen.core.ports.payment_files import (
        BankAccount,
        PostalAddress,
        Transfer,
        TransferOrder,
    )

PACKAGE: Final = "groschen.adapters.bank"
SCHEMA: Final = "pain.001.001.09"
NAMESPACE: Final = f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"
CURRENCY: Final = "EUR"
LARGEST_AMOUNT: Final = Decimal("999999999.99")
CENT: Final = Decimal("0.01")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


class TransferNotWritable(GroschenError):
    """The order cannot become a payout file; the field says which part of it."""

    code: ClassVar[str] = "transfer_not_writable"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


@cache
def schema() -> etree.XMLSchema:
    """Return the compiled schema of the message; loaded once per process."""
    text = (resources.files(PACKAGE) / "xsd" / f"{SCHEMA}.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(text))


class Pain001Writer:
    """Writes SEPA credit transfers; the port is ``core.ports.payment_files``."""

    @property
    def schema(self) -> str:
        """The name of the format."""
        return SCHEMA

    def write(self, order: TransferOrder) -> PaymentFile:
        """Return the file, valid against the schema; the same order gives the same bytes.

        Raises ``TransferNotWritable`` or ``BankTextNotUsable`` naming the field at fault.
        """
        _check(order)
        total = add_all(
            _cents(transfer, f"transfers[{index}]")
            for index, transfer in enumerate(order.transfers)
        )
        root = Element("Document", xmlns=NAMESPACE)
        body = _add(root, "CstmrCdtTrfInitn")
        header = _add(body, "GrpHdr")
        _add(header, "MsgId", sepa_identifier(order.message_id, field="message_id"))
        created_at = order.created_at.astimezone(UTC)
        _add(header, "CreDtTm", created_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        _add_totals(header, len(order.transfers), total)
        _add_name(_add(header, "InitgPty"), order.debtor, "debtor.holder")
        _add_batch(body, order, total)
        indent(root)
        content = tostring(root, encoding="utf-8", xml_declaration=True)
        invariant(schema().validate(etree.fromstring(content)), "a payout file breaks its schema")
        return PaymentFile(
            message_id=order.message_id,
            schema=SCHEMA,
            content=content,
            total=Money(total, CURRENCY),
            transfer_count=len(order.transfers),
            execute_on=order.execute_on,
        )


def _check(order: TransferOrder) -> None:
    """Refuse what concerns the order as a whole: nothing to pay, a time without zone, repeats."""
    if not order.debtor.iban.strip():
        raise TransferNotWritable(
            "the account to pay from is missing",
            field="debtor.iban",
            hint="Enter the tenant's own bank account in its settings.",
        )
    if not order.transfers:
        raise TransferNotWritable("the order holds no transfer", field="transfers")
    if order.created_at.utcoffset() is None:
        raise TransferNotWritable("the instant has no time zone", field="created_at")
    seen: set[str] = set()
    for index, transfer in enumerate(order.transfers):
        if transfer.end_to_end_id in seen:
            raise TransferNotWritable(
                f"the end-to-end id {transfer.end_to_end_id} is used twice",
                field=f"transfers[{index}].end_to_end_id",
                hint="Give every transfer an id of its own.",
            )
        seen.add(transfer.end_to_end_id)


def _add(parent: Element, name: str, text: str | None = None) -> Element:
    element = SubElement(parent, name)
    element.text = text
    return element


def _add_totals(parent: Element, count: int, total: Decimal) -> None:
    _add(parent, "NbOfTxs", str(count))
    _add(parent, "CtrlSum", f"{round_currency(total, CURRENCY):f}")


def _cents(transfer: Transfer, place: str) -> Decimal:
    """Return the amount with two decimals; refuse other currencies, zero, and broken cents."""
    money = transfer.amount
    if money.currency != CURRENCY:
        raise TransferNotWritable(
            f"SEPA transfers are in {CURRENCY}, not in {money.currency}",
            field=f"{place}.amount",
            hint="Pay other currencies by another bank adapter.",
        )
    if not 0 < money.amount <= LARGEST_AMOUNT or money.amount % CENT:
        raise TransferNotWritable(
            f"{money.amount:f} is no amount of 0.01 to {LARGEST_AMOUNT} in whole cents",
            field=f"{place}.amount",
        )
    return round_currency(money.amount, CURRENCY)


def _add_batch(body: Element, order: TransferOrder, total: Decimal) -> None:
    batch = _add(body, "PmtInf")
    _add(batch, "PmtInfId", order.message_id)
    _add(batch, "PmtMtd", "TRF")
    _add(batch, "BtchBookg", "false")
    _add_totals(batch, len(order.transfers), total)
    _add(_add(_add(batch, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _add(_add(batch, "ReqdExctnDt"), "Dt", order.execute_on.isoformat())
    debtor = _add(batch, "Dbtr")
    _add_name(debtor, order.debtor, "debtor.holder")
    _add_address(debtor, order.debtor.address, "debtor.address")
    _add_account(batch, "DbtrAcct", order.debtor, "debtor.iban")
    _add_bank(batch, "DbtrAgt", order.debtor, "debtor.bic")
    _add(batch, "ChrgBr", "SLEV")
    for index, transfer in enumerate(order.transfers):
        _add_transfer(batch, transfer, f"transfers[{index}]")


def _add_transfer(batch: Element, transfer: Transfer, place: str) -> None:
    entry = _add(batch, "CdtTrfTxInf")
    identifier = sepa_identifier(transfer.end_to_end_id, field=f"{place}.end_to_end_id")
    _add(_add(entry, "PmtId"), "EndToEndId", identifier)
    amount = _add(_add(entry, "Amt"), "InstdAmt", f"{_cents(transfer, place):f}")
    amount.set("Ccy", CURRENCY)
    if transfer.creditor.bic:
        _add_bank(entry, "CdtrAgt", transfer.creditor, f"{place}.creditor.bic")
    creditor = _add(entry, "Cdtr")
    _add_name(creditor, transfer.creditor, f"{place}.creditor.holder")
    _add_address(creditor, transfer.creditor.address, f"{place}.creditor.address")
    _add_account(entry, "CdtrAcct", transfer.creditor, f"{place}.creditor.iban")
    if transfer.remittance:
        text = sepa_text(transfer.remittance, field=f"{place}.remittance", length=REMITTANCE_LENGTH)
        _add(_add(entry, "RmtInf"), "Ustrd", text)


def _add_name(party: Element, account: BankAccount, field: str) -> None:
    if not account.holder.strip():
        raise TransferNotWritable(
            "the account holder is missing", field=field, hint="Give the name the bank knows."
        )
    _add(party, "Nm", sepa_text(account.holder, field=field, length=NAME_LENGTH))


def _add_account(parent: Element, name: str, account: BankAccount, field: str) -> None:
    try:
        iban = IBAN(account.iban)
    except SchwiftyException as refusal:
        raise TransferNotWritable(
            f"the IBAN ending in '{account.iban[-4:]}' is not valid: {refusal}",
            field=field,
            hint="Enter the IBAN as the bank statement shows it.",
        ) from refusal
    _add(_add(_add(parent, name), "Id"), "IBAN", iban.compact)


def _add_bank(parent: Element, name: str, account: BankAccount, field: str) -> None:
    """Write the BIC if there is one, else ``NOTPROVIDED``: the IBAN suffices within SEPA."""
    bank = _add(_add(parent, name), "FinInstnId")
    if not account.bic:
        _add(_add(bank, "Othr"), "Id", "NOTPROVIDED")
        return
    try:
        _add(bank, "BICFI", BIC(account.bic).compact)
    except SchwiftyException as refusal:
        raise TransferNotWritable(
            f"the BIC '{account.bic[:11]}' is not valid: {refusal}",
            field=field,
            hint="Leave it empty if it is unknown.",
        ) from refusal


def _add_address(parent: Element, address: PostalAddress | None, field: str) -> None:
    """Write a structured address (town and country are required) or none at all."""
    if address is None:
        return
    parts = (
        ("StrtNm", address.street, 70),
        ("BldgNb", address.building, 16),
        ("PstCd", address.postal_code, 16),
        ("TwnNm", address.town, 35),
    )
    if not address.town.strip() or not _COUNTRY.fullmatch(address.country):
        raise TransferNotWritable(
            "an address needs a town and a country of two letters",
            field=field,
            hint="Complete the address or leave it out.",
        )
    written = _add(parent, "PstlAdr")
    for name, text, length in parts:
        if text.strip():
            _add(written, name, sepa_text(text, field=field, length=length))
    _add(written, "Ctry", address.country)
