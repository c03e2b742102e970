"""The figures of an invoice or credit note: lines, VAT groups, totals.

EN 16931 arithmetic. A line is rounded before it comes here. On net prices the VAT of a group is
the sum of its lines times the rate (BT-116, BT-117); on gross prices the total the customer was
told stays as it is, and the VAT is taken out of the sum of the group. VAT is never rounded line
by line: 3 x 3.33 at 19 percent has 1.90 VAT, not 3 x 0.63.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from groschen.core.errors import invariant
from groschen.core.money import ZERO, Money, add, add_all, subtract
from groschen.core.sale import Basis
from groschen.core.tax import split_gross, split_net


class DocumentType(StrEnum):
    """The UNTDID 1001 code of a document. Amounts of a credit note are positive."""

    INVOICE = "380"
    CREDIT_NOTE = "381"


class VatCategory(StrEnum):
    """The UNCL 5305 code of a VAT group."""

    STANDARD = "S"
    ZERO = "Z"

    @classmethod
    def of_rate(cls, rate: Decimal) -> VatCategory:
        """The category of a domestic supply at ``rate``, a factor such as 0.19."""
        return cls.STANDARD if rate else cls.ZERO


@dataclass(frozen=True, slots=True, order=True)
class LineTax:
    """Which VAT a line bears: category, rate as a factor, and the key its postings carry."""

    category: VatCategory
    rate: Decimal
    key: str


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """``amount`` in the basis of the document, in currency digits."""

    amount: Decimal
    tax: LineTax


@dataclass(frozen=True, slots=True)
class VatGroup:
    """All lines of one category and rate; ``net`` (BT-116) plus ``vat`` (BT-117) is the gross."""

    tax: LineTax
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        """What the group costs with its VAT."""
        return add(self.net, self.vat)


@dataclass(frozen=True, slots=True)
class DocumentFigures:
    """All figures of a document. ``line_amounts`` and ``line_nets`` follow its lines.

    On a credit note every sign is turned, so that its totals are positive; ``sign`` is -1 then.
    """

    type: DocumentType
    line_amounts: tuple[Decimal, ...]
    line_nets: tuple[Decimal, ...]
    groups: tuple[VatGroup, ...]
    net: Decimal
    vat: Decimal
    gross: Decimal

    @property
    def sign(self) -> int:
        """What turns a figure of the document into what the customer owes."""
        return -1 if self.type is DocumentType.CREDIT_NOTE else 1


def document_figures(lines: Sequence[DocumentLine], basis: Basis, currency: str) -> DocumentFigures:
    """Compute a document; below zero it becomes a credit note with positive amounts.

    The order of the lines decides only which line's net bears a cent on gross prices.
    """
    invariant(bool(lines), "a document has at least one line")
    grouped: dict[LineTax, list[int]] = {}
    for index, line in enumerate(lines):
        grouped.setdefault(line.tax, []).append(index)
    nets: list[Decimal] = [ZERO] * len(lines)
    groups: list[VatGroup] = []
    for tax in sorted(grouped):
        amounts = [lines[index].amount for index in grouped[tax]]
        groups.append(_group(tax, amounts, basis, currency))
        found = _line_nets(amounts, tax, basis, currency)
        for index, net in zip(grouped[tax], found, strict=True):
            nets[index] = net
    owed = DocumentFigures(
        type=DocumentType.INVOICE,
        line_amounts=tuple(line.amount for line in lines),
        line_nets=tuple(nets),
        groups=tuple(groups),
        net=add_all(group.net for group in groups),
        vat=add_all(group.vat for group in groups),
        gross=add_all(group.gross for group in groups),
    )
    return _turned(owed) if owed.gross < 0 else owed


def _group(tax: LineTax, amounts: Iterable[Decimal], basis: Basis, currency: str) -> VatGroup:
    total = Money(add_all(amounts), currency)
    split = split_gross if basis is Basis.GROSS else split_net
    net, vat = split(total, tax.rate)
    return VatGroup(tax, net.amount, vat.amount)


def _line_nets(
    amounts: Sequence[Decimal], tax: LineTax, basis: Basis, currency: str
) -> list[Decimal]:
    """The lines' nets, which add up to the net of their group.

    On gross prices a line's net is what the group's net grows by with it.
    """
    if basis is Basis.NET:
        return list(amounts)
    nets: list[Decimal] = []
    so_far = before = ZERO
    for amount in amounts:
        so_far = add(so_far, amount)
        reached = split_gross(Money(so_far, currency), tax.rate).net.amount
        nets.append(subtract(reached, before))
        before = reached
    return nets


def _turned(owed: DocumentFigures) -> DocumentFigures:
    return DocumentFigures(
        type=DocumentType.CREDIT_NOTE,
        line_amounts=tuple(subtract(ZERO, amount) for amount in owed.line_amounts),
        line_nets=tuple(subtract(ZERO, net) for net in owed.line_nets),
        groups=tuple(
            replace(group, net=subtract(ZERO, group.net), vat=subtract(ZERO, group.vat))
            for group in owed.groups
        ),
        net=subtract(ZERO, owed.net),
        vat=subtract(ZERO, owed.vat),
        gross=subtract(ZERO, owed.gross),
    )
