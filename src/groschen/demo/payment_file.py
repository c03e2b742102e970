"""Reads a payout file as a bank would: from its bytes alone, checked against the schema."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from lxml import etree

from groschen.adapters.bank.pain001 import NAMESPACE, schema
from groschen.demo.exact import ZERO

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES: Final = {"p": NAMESPACE}


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """What the file says: the amount of each transfer by its end-to-end id, its control sum."""

    amounts: Mapping[str, Fraction]
    control_sum: Fraction
    is_valid: bool

    @property
    def total(self) -> Fraction:
        """The sum of all transfers."""
        return sum(self.amounts.values(), start=ZERO)


def read_payment_file(content: bytes) -> PaymentFile:
    """Read a pain.001 file; ``is_valid`` says whether it keeps to the schema."""
    document = etree.fromstring(content)
    amounts: dict[str, Fraction] = {}
    for transfer in document.findall(".//p:CdtTrfTxInf", NAMES):
        name = transfer.findtext("p:PmtId/p:EndToEndId", "", NAMES)
        amounts[name] = Fraction(transfer.findtext("p:Amt/p:InstdAmt", "", NAMES))
    return PaymentFile(
        amounts=amounts,
        control_sum=Fraction(document.findtext(".//p:GrpHdr/p:CtrlSum", "", NAMES)),
        is_valid=schema().validate(document),
    )
