"""The port to a bank: payment files go out, an answer per transfer comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from groschen.core.errors import GroschenError, Kind
from groschen.core.money import Money


class FileRefused(GroschenError):
    """The bank refuses a whole file: its form is wrong, or its message id was used before."""

    code = "file_refused"
    kind = Kind.UNPROCESSABLE


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """A file of transfers, byte for byte as it was approved.

    ``message_id`` is unique for ever: a bank refuses its repetition. ``total`` and
    ``transfer_count`` are the control sums inside the file.
    """

    message_id: str
    schema: str
    content: bytes
    total: Money
    transfer_count: int
    execute_on: date


@dataclass(frozen=True, slots=True)
class Submitted:
    """The bank has the file. ``reference`` is its own name for it."""

    message_id: str
    reference: str
    received_at: datetime


class TransferState(StrEnum):
    """What the bank says about one transfer."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    """Not executed, or returned after it was booked; ``reason_code`` says why."""
    BOOKED = "booked"


@dataclass(frozen=True, slots=True)
class TransferAnswer:
    """The bank's word on one transfer. ``reason_code`` is an ISO 20022 code such as AC01."""

    end_to_end_id: str
    state: TransferState
    reason_code: str | None = None
    booked_on: date | None = None


class Bank(Protocol):
    """A bank, opened for one tenant's account."""

    @property
    def name(self) -> str:
        """The name it is configured under, such as sandbox."""
        ...

    async def submit(self, file: PaymentFile) -> Submitted:
        """Hand over a file. The same file again gives the first answer.

        Raises ``FileRefused``, also for other content under a message id that was used.
        """
        ...

    async def answers(self, message_id: str) -> Sequence[TransferAnswer]:
        """All answers so far to the transfers of a file, oldest first."""
        ...
