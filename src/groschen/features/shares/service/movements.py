"""The rows of share movements."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from groschen.features.shares.model import LineState, MovementKind


@dataclass(frozen=True, slots=True)
class Moved:
    """``amount``, and the VAT of a commission, moves between two states of a share line.

    ``posted`` says of a commission that the ledger carries this movement already.
    """

    kind: MovementKind
    from_state: str
    to_state: str
    amount: Decimal
    vat_amount: Decimal
    posted: bool = False


def movement(line: LineState, moved: Moved, source_id: UUID) -> dict[str, object]:
    """The row of one movement of ``line``; ``source_id`` caused it."""
    return {
        "share_line_id": line.id,
        "sale_id": line.sale_id,
        "beneficiary_id": line.beneficiary_id,
        "line_kind": line.kind,
        "kind": moved.kind,
        "from_state": moved.from_state,
        "to_state": moved.to_state,
        "currency": line.currency,
        "amount": moved.amount,
        "vat_amount": moved.vat_amount,
        "posted": moved.posted,
        "source_id": source_id,
    }
