"""The port to a writer of payment files: from approved transfers to the bytes a bank takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from groschen.core.money import Money
from groschen.core.ports.bank import PaymentFile


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """A structured address; town and country (two letters) are required, the rest may be empty."""

    town: str
    country: str
    street: str = ""
    building: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Whom money goes to or comes from. ``holder`` is the exact name the bank knows.

    Without ``bic`` the IBAN alone finds the bank; without ``address`` none is sent.
    """

    holder: str
    iban: str
    bic: str | None = None
    address: PostalAddress | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """One credit transfer of ``amount`` (positive, whole cents) to ``creditor``.

    ``end_to_end_id`` comes back with the bank's answer: at most 35 characters, unique for ever.
    """

    end_to_end_id: str
    amount: Money
    creditor: BankAccount
    remittance: str


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """What shall go out in one file. ``created_at`` is business time, with a time zone.

    ``message_id`` has at most 35 characters and is unique for ever.
    """

    message_id: str
    created_at: datetime
    execute_on: date
    debtor: BankAccount
    transfers: Sequence[Transfer]


class PaymentFileWriter(Protocol):
    """Writes the files of one format."""

    @property
    def schema(self) -> str:
        """The name of the format, such as pain.001.001.09."""
        ...

    def write(self, order: TransferOrder) -> PaymentFile:
        """Return the file; the same order gives the same bytes.

        Raises a ``GroschenError`` that names the field when the format has no place for the
        order: a missing debtor, an invalid IBAN, another currency, a repeated id.
        """
        ...
