"""Reading a payout file as a bank does: schema first, then the sums, then each transfer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Protocol

from lxml import etree

from groschen.adapters.bank.pain001 import CENT, NAMESPACE, SCHEMA, schema
from groschen.core.money import add_all
from groschen.core.ports.bank import FileRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FILE_LIMIT_BYTES: Final = 50 * 1024 * 1024
_NAMES: Final = {"p": NAMESPACE}


class _Node(Protocol):
    """What is used of an XML element."""

    @property
    def text(self) -> str | None: ...

    def get(self, key: str, default: str) -> str: ...

    def findall(self, path: str, namespaces: dict[str, str]) -> Sequence[_Node]: ...

    def findtext(self, path: str, default: str, namespaces: dict[str, str]) -> str: ...


@dataclass(frozen=True, slots=True)
class ReadTransfer:
    """One transfer of a file, as the bank reads it."""

    end_to_end_id: str
    iban: str
    currency: str
    amount: Decimal
    execute_on: date


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file whose form and sums are right."""

    message_id: str
    transfers: tuple[ReadTransfer, ...]


def read(content: bytes) -> ReadFile:
    """Read a file; raise ``FileRefused`` with the bank's reason when it is not in order."""
    root = _parse(content)
    transfers: list[ReadTransfer] = []
    for batch in _all(root, ".//p:PmtInf"):
        found = [_transfer(entry, batch) for entry in _all(batch, "p:CdtTrfTxInf")]
        _check_sums(batch, found, "PmtInf")
        transfers.extend(found)
    _check_sums(_all(root, ".//p:GrpHdr")[0], transfers, "GrpHdr")
    identifiers = [transfer.end_to_end_id for transfer in transfers]
    if len(set(identifiers)) != len(identifiers):
        raise FileRefused("an end-to-end id is used twice in the file", field="EndToEndId")
    return ReadFile(_text(root, ".//p:GrpHdr/p:MsgId"), tuple(transfers))


def _parse(content: bytes) -> _Node:
    """Parse without entities, DTD and network; a bank's gateway would not load them either."""
    if len(content) > FILE_LIMIT_BYTES:
        raise FileRefused(f"the file has more than {FILE_LIMIT_BYTES} bytes", field="content")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as failure:
        raise FileRefused(f"the file is no XML: {failure}", field="content") from failure
    if root.getroottree().docinfo.doctype:
        raise FileRefused("the file declares a document type", field="content")
    if not schema().validate(root):
        first = schema().error_log[0]
        raise FileRefused(
            f"the file is no valid {SCHEMA} (line {first.line}): {first.message}", field="content"
        )
    return root


def _all(element: _Node, path: str) -> Sequence[_Node]:
    return element.findall(path, _NAMES)


def _text(element: _Node, path: str) -> str:
    return element.findtext(path, "", _NAMES)


def _transfer(entry: _Node, batch: _Node) -> ReadTransfer:
    amount = _all(entry, "p:Amt/p:InstdAmt")
    if not amount:
        raise FileRefused("a transfer has no instructed amount", field="InstdAmt")
    value = Decimal(amount[0].text or "0")
    if value % CENT or not value:
        raise FileRefused(f"{value:f} is no amount in whole cents", field="InstdAmt")
    return ReadTransfer(
        end_to_end_id=_text(entry, "p:PmtId/p:EndToEndId"),
        iban=_text(entry, "p:CdtrAcct/p:Id/p:IBAN"),
        currency=amount[0].get("Ccy", ""),
        amount=value,
        execute_on=date.fromisoformat(_text(batch, "p:ReqdExctnDt/p:Dt")[:10]),
    )


def _check_sums(head: _Node, transfers: Iterable[ReadTransfer], place: str) -> None:
    """Compare count and sum with what the head says; the sum may be left out."""
    amounts = [transfer.amount for transfer in transfers]
    count, total = _text(head, "p:NbOfTxs"), _text(head, "p:CtrlSum")
    if count and int(count) != len(amounts):
        raise FileRefused(
            f"{place} counts {count} transfers, the file has {len(amounts)}", field="NbOfTxs"
        )
    if total and Decimal(total) != add_all(amounts):
        raise FileRefused(
            f"{place} says a sum of {total}, the transfers add up to {add_all(amounts):f}",
            field="CtrlSum",
        )
