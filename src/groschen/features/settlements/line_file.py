"""The line file of a statement: a CSV row per movement, built and hashed in small parts."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from groschen.core.money import ZERO, add, canonical
from groschen.features.shares.statement_model import ClaimLine
from groschen.kit.ids import encode_id

if TYPE_CHECKING:
    from _hashlib import HASH

COLUMNS: Final = (
    "line_id",
    "movement_id",
    "effective_on",
    "movement",
    "order_id",
    "order_external_id",
    "rule",
    "kind",
    "base",
    "factors",
    "share",
    "commission",
    "vat_rate",
    "vat",
    "currency",
    "agreement_hash",
)
PART_BYTES: Final = 1 << 20
_FLUSH_ROWS: Final = 500


@dataclass(slots=True)
class LineFile:
    """What the file adds up to, complete once ``parts`` is used up.

    ``commission`` is by VAT rate. Amounts are signed as they change what the partner may claim.
    """

    line_count: int = 0
    share: Decimal = ZERO
    commission: dict[Decimal, Decimal] = field(default_factory=dict[Decimal, Decimal])
    _hash: HASH = field(default_factory=sha256)

    @property
    def hash(self) -> str:
        """The SHA-256 of all bytes of the file, in hex."""
        return self._hash.hexdigest()

    async def parts(self, rows: AsyncIterator[ClaimLine]) -> AsyncIterator[bytes]:
        """The bytes of the file, about a mebibyte at a time; the first part has the heading."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        async for row in rows:
            writer.writerow(self._count(row))
            if text.tell() >= PART_BYTES:
                yield self._taken(text)
        yield self._taken(text)

    def _taken(self, text: io.StringIO) -> bytes:
        content = text.getvalue().encode()
        text.seek(0)
        text.truncate()
        self._hash.update(content)
        return content

    def _count(self, row: ClaimLine) -> tuple[str, ...]:
        self.line_count += 1
        share = commission = vat_rate = vat = ""
        if row.kind == "share":
            self.share = add(self.share, row.amount)
            share = _plain(row.amount)
        else:
            rate = row.vat_rate or ZERO
            self.commission[rate] = add(self.commission.get(rate, ZERO), row.amount)
            commission, vat_rate, vat = _plain(row.amount), _plain(rate), _plain(row.vat_amount)
        return (
            encode_id("shl", row.line_id),
            encode_id("shm", row.movement_id),
            row.effective_on.isoformat(),
            row.movement,
            encode_id("ord", row.order_id),
            row.reference,
            row.rule,
            row.kind,
            _plain(row.base),
            row.factors,
            share,
            commission,
            vat_rate,
            vat,
            row.currency,
            row.agreement_hash,
        )


def _plain(amount: Decimal) -> str:
    return f"{canonical(amount):f}"
