"""The content of a document: one JSON value with all it says, and its proof.

The figures are derived from the proofs of the lines. ``faults`` derives them again from an
exported document and names whatever differs; it needs no database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import ClassVar, cast

from groschen.core.canonical import canonical_json
from groschen.core.errors import GroschenError, Kind
from groschen.core.fields import Fields, join
from groschen.core.invoicing.document import (
    DocumentFigures,
    DocumentLine,
    LineTax,
    VatCategory,
    document_figures,
)
from groschen.core.invoicing.proof import Proven, read_proof
from groschen.core.money import amount_text, canonical, parse_amount
from groschen.core.sale import Basis

FORMAT = "groschen-invoice/1"


class DocumentUnreadable(GroschenError):
    """A file is not an exported invoice or credit note."""

    code: ClassVar[str] = "document_unreadable"
    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(frozen=True, slots=True)
class ContentLine:
    """One line of a document before its figures: what it is for, its tax and its proof."""

    label: str
    unit: str
    effect: str
    tax: LineTax
    service_from: date
    service_to: date
    proof: Proven


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a document: where, what it says, and what follows from its leaves."""

    path: str
    says: str
    follows: str


def figures_of(lines: Sequence[ContentLine], basis: Basis, currency: str) -> DocumentFigures:
    """The figures that follow from the proofs of the lines."""
    drafts = [DocumentLine(line.proof.line, line.tax) for line in lines]
    return document_figures(drafts, basis, currency)


def content_of(
    head: Mapping[str, object], lines: Sequence[ContentLine], basis: Basis, currency: str
) -> dict[str, object]:
    """The whole document as JSON; ``head`` holds number, days, seller, buyer and the like."""
    return {**head, **_derived(lines, basis, currency)}


def content_hash(content: Mapping[str, object]) -> str:
    """The SHA-256 of the document's canonical JSON, in hex."""
    return sha256(canonical_json(content).encode()).hexdigest()


def _derived(lines: Sequence[ContentLine], basis: Basis, currency: str) -> dict[str, object]:
    """Everything of a document that follows from its lines."""
    figures = figures_of(lines, basis, currency)
    amounts = zip(figures.line_amounts, figures.line_nets, strict=True)
    return {
        "format": FORMAT,
        "type": figures.type.value,
        "basis": basis.value,
        "currency": currency,
        "lines": [
            _line(position, line, amount, net, currency)
            for position, (line, (amount, net)) in enumerate(
                zip(lines, amounts, strict=True), start=1
            )
        ],
        "taxes": [
            {
                **_tax(group.tax),
                "net": amount_text(group.net, currency),
                "vat": amount_text(group.vat, currency),
            }
            for group in figures.groups
        ],
        "totals": {
            "net": amount_text(figures.net, currency),
            "vat": amount_text(figures.vat, currency),
            "gross": amount_text(figures.gross, currency),
        },
    }


def _line(
    position: int, line: ContentLine, amount: Decimal, net: Decimal, currency: str
) -> dict[str, object]:
    return {
        "position": position,
        "label": line.label,
        "unit": line.unit,
        "effect": line.effect,
        "quantity": f"{canonical(line.proof.quantity):f}",
        "amount": amount_text(amount, currency),
        "net": amount_text(net, currency),
        "tax": _tax(line.tax),
        "service_from": line.service_from.isoformat(),
        "service_to": line.service_to.isoformat(),
        "proof": line.proof.to_json(),
    }


def _tax(tax: LineTax) -> dict[str, object]:
    return {
        "category": tax.category.value,
        "rate": f"{canonical(tax.rate):f}",
        "key": tax.key,
    }


def faults(exported: object) -> list[Fault]:
    """Derive an exported document again and return what differs; empty when all is right.

    ``exported`` is the JSON of an export: ``content`` and its ``hash``. Raises
    ``DocumentUnreadable`` when it is none.
    """
    content, claimed = _opened(exported)
    found = content_hash(content)
    wrong = [] if found == claimed else [Fault("hash", claimed, found)]
    return wrong + list(_differences(content, _again(content), "content"))


def _opened(exported: object) -> tuple[Mapping[str, object], str]:
    try:
        fields = Fields(exported)
        content = dict(fields.nested("content").members())
        claimed = fields.text("hash")
        kind = Fields(content, "content").text("format")
    except GroschenError as refusal:
        raise _unreadable(refusal) from refusal
    if kind != FORMAT:
        raise DocumentUnreadable(
            f"the format {kind[:40]!r} is not known",
            field="content.format",
            hint=f"give a file of the format {FORMAT}",
        )
    return content, claimed


def _again(content: Mapping[str, object]) -> dict[str, object]:
    """What the document must say, derived from the leaves of its proofs."""
    fields = Fields(content, "content")
    try:
        basis = fields.choice("basis", Basis)
        currency = fields.currency()
        lines = [_read_line(line) for line in fields.objects("lines")]
        return _derived(lines, basis, currency)
    except GroschenError as refusal:
        raise _unreadable(refusal) from refusal


def _read_line(fields: Fields) -> ContentLine:
    tax = fields.nested("tax")
    return ContentLine(
        label=fields.text("label"),
        unit=str(fields.value("unit")),
        effect=fields.text("effect"),
        tax=LineTax(
            tax.choice("category", VatCategory),
            parse_amount(tax.text("rate"), tax.at("rate")),
            tax.text("key"),
        ),
        service_from=_day(fields, "service_from"),
        service_to=_day(fields, "service_to"),
        proof=read_proof(fields.value("proof"), fields.at("proof")),
    )


def _day(fields: Fields, name: str) -> date:
    text = fields.text(name)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DocumentUnreadable(
            f"{text[:20]!r} is not a day", field=fields.at(name), hint="write it like 2026-01-31"
        ) from error


def _unreadable(refusal: GroschenError) -> DocumentUnreadable:
    return DocumentUnreadable(
        f"this is not an exported document: {refusal.detail}",
        field=refusal.field,
        hint="give the file of GET /v1/invoices/{id}/export, unchanged",
    )


def _differences(says: object, follows: object, path: str) -> Iterator[Fault]:
    """Where a document differs from what follows; what does not follow from anything is free."""
    pairs = _pairs(says, follows)
    if pairs is not None:
        for name, one, other in pairs:
            yield from _differences(one, other, join(path, name))
    elif canonical_json(says) != canonical_json(follows):
        yield Fault(path, canonical_json(says), canonical_json(follows))


def _pairs(says: object, follows: object) -> list[tuple[str, object, object]] | None:
    """The members of two objects, or of two lists of one length, side by side."""
    if isinstance(says, Mapping) and isinstance(follows, Mapping):
        said = cast("Mapping[str, object]", says)
        members = cast("Mapping[str, object]", follows).items()
        return [(name, said.get(name), value) for name, value in members]
    if isinstance(says, list) and isinstance(follows, list):
        ones, others = cast("list[object]", says), cast("list[object]", follows)
        if len(ones) == len(others):
            both = enumerate(zip(ones, others, strict=True))
            return [(str(index), one, other) for index, (one, other) in both]
    return None
