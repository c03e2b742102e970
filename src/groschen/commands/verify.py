"""Prove a document from its file alone: no database, no network."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, ClassVar, Final

import cyclopts

from groschen.core.errors import GroschenError, Kind
from groschen.core.invoicing import DocumentUnreadable, faults

LIMIT_BYTES: Final = 64 * 1024 * 1024
FAULTS_SHOWN: Final = 10
command = cyclopts.App(name="verify", help=__doc__)


class DocumentWrong(GroschenError):
    """A document says what does not follow from its own proofs."""

    code: ClassVar[str] = "document_wrong"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


@command.command(name="invoice")
def verify_invoice(file: Path) -> None:
    """Compute every line, VAT group, total and hash of an exported invoice anew; status 1 if wrong.

    Parameters
    ----------
    file
        The answer of GET /v1/invoices/{id}/export, unchanged.
    """
    exported = read_export(file)
    wrong = faults(exported)
    for fault in wrong[:FAULTS_SHOWN]:
        sys.stdout.write(f"{fault.path}: says {fault.says}, {fault.follows} follows\n")
    if wrong:
        raise DocumentWrong(
            f"{file} is wrong in {len(wrong)} place{'s' if len(wrong) > 1 else ''}",
            hint="Compare it with the document its number names.",
        )
    sys.stdout.write(describe(exported))


def read_export(file: Path) -> dict[str, Any]:
    """Read an export; raises ``DocumentUnreadable``."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LIMIT_BYTES + 1)
    except OSError as failure:
        raise DocumentUnreadable(
            f"{file} cannot be read: {failure.strerror}", field="file", hint="Check the path."
        ) from failure
    if len(content) > LIMIT_BYTES:
        raise DocumentUnreadable(f"{file} is longer than {LIMIT_BYTES} bytes", field="file")
    try:
        exported: dict[str, Any] = json.loads(content, parse_float=str)
    except (ValueError, RecursionError) as failure:
        raise DocumentUnreadable(
            f"{file} is no JSON",
            field="file",
            hint="Give the answer of GET /v1/invoices/{id}/export, unchanged.",
        ) from failure
    return exported


def describe(exported: dict[str, Any]) -> str:
    """Say in plain words what a document that is right says."""
    content = exported["content"]
    kind = "Credit note" if content["type"] == "381" else "Invoice"
    events = sum(line["proof"].get("inputs", {}).get("count", 0) for line in content["lines"])
    lines = [
        f"{kind} {_printable(content['number'])} is right.",
        f"Lines:  {len(content['lines'])}, folded from {events} facts",
        *(
            f"VAT:    {tax['rate']} of {tax['net']} is {tax['vat']} ({tax['category']})"
            for tax in content["taxes"]
        ),
        f"Net:    {content['totals']['net']} {content['currency']}",
        f"Gross:  {content['totals']['gross']} {content['currency']}",
        f"Hash:   {exported['hash']}",
    ]
    return "\n".join(lines) + "\n"


def _printable(text: object) -> str:
    """Keep a document's own words from steering the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(text))
