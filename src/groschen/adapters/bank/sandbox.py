"""The ``sandbox`` bank: takes payout files, answers for each transfer, books on the next day.

It keeps its own books in transactions of its own. The account number decides the answer
(``magic_iban``), time is the tenant's business clock. Live tenants may not open it.
"""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final
from zoneinfo import ZoneInfo

from schwifty import IBAN

from groschen.adapters.bank import pain001_reader, sandbox_queries
from groschen.adapters.bank.sandbox_queries import StoredFile, StoredTransfer
from groschen.adapters.bank.target_days import next_booking_day
from groschen.core.errors import GroschenError, Kind
from groschen.core.money import add_all
from groschen.core.ports.bank import FileRefused, Submitted, TransferAnswer, TransferState
from groschen.kit.db import SYSTEM
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import date, datetime
    from uuid import UUID

    from groschen.adapters.bank.pain001_reader import ReadFile, ReadTransfer
    from groschen.core.ports.bank import PaymentFile
    from groschen.kit.db import Database, Scope

NAME: Final = "sandbox"
ONE_DAY: Final = timedelta(days=1)
TEST_BANK_CODE: Final = "10000000"
REFUSED_ENDINGS: Final[Mapping[str, str]] = {
    "0101": "AC01",  # no such account
    "0404": "AC04",  # account closed
    "0606": "AC06",  # account blocked
    "0707": "RR04",  # refused for a legal reason
}
DUPLICATE: Final = "AM05"
OTHER_CURRENCY: Final = "AM03"


class SandboxInLiveTenant(GroschenError):
    """The sandbox moves no real money; a live tenant needs a real bank."""

    code: ClassVar[str] = "sandbox_in_live_tenant"
    kind: ClassVar[Kind] = Kind.CONFLICT


class SandboxBanks:
    """Opens the simulated bank for tenants; the composition root makes one of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, tenant_id: UUID, at: datetime) -> SandboxBank:
        """Open the tenant's account at a business instant."""
        return SandboxBank(self._database, tenant_id, at)


class SandboxBank:
    """One tenant's account at the simulated bank."""

    def __init__(self, database: Database, tenant_id: UUID, at: datetime) -> None:
        self._database = database
        self._tenant_id = tenant_id
        self._at = at

    @property
    def name(self) -> str:
        """The name it is configured under."""
        return NAME

    async def submit(self, file: PaymentFile) -> Submitted:
        """Take a file, all of it or nothing. Raises ``FileRefused``."""
        content = pain001_reader.read(file.content)
        _check_cover(file, content)
        async with self._scope(write=True) as scope:
            stored = await sandbox_queries.store_file(
                scope,
                StoredFile(
                    message_id=file.message_id,
                    reference=f"bank_{new_id().hex}",
                    content_hash=hashlib.sha256(file.content).hexdigest(),
                    received_at=self._at,
                ),
            )
            if stored.content_hash != hashlib.sha256(file.content).hexdigest():
                raise FileRefused(
                    f"the message id {file.message_id} was used for another file ({DUPLICATE})",
                    field="message_id",
                    hint="Give every file an id of its own.",
                )
            today = self._bank_day(scope)
            await sandbox_queries.store_transfers(
                scope,
                stored,
                [_answered(one, today) for one in content.transfers],
            )
            return Submitted(file.message_id, stored.reference, stored.received_at)

    async def answers(self, message_id: str) -> list[TransferAnswer]:
        """Return all answers so far, oldest first: the first word, then what was booked."""
        async with self._scope(write=False) as scope:
            transfers = await sandbox_queries.transfers_of(scope, message_id)
            today = self._bank_day(scope)
        first = [
            TransferAnswer(one.end_to_end_id, TransferState(one.answer), one.reason)
            for one in transfers
        ]
        booked = [
            TransferAnswer(one.end_to_end_id, TransferState.BOOKED, booked_on=one.booked_on)
            for one in transfers
            if one.booked_on is not None and one.booked_on <= today
        ]
        return first + booked

    def _bank_day(self, scope: Scope) -> date:
        """Return the calendar day in the tenant's zone; a bank does not know closed books."""
        return self._at.astimezone(ZoneInfo(scope.tenant.time_zone)).date()

    @asynccontextmanager
    async def _scope(self, *, write: bool) -> AsyncIterator[Scope]:
        async with self._database.scope(self._tenant_id, SYSTEM, write=write) as scope:
            if scope.tenant.mode != "test":
                raise SandboxInLiveTenant(
                    "the sandbox bank moves no real money",
                    field="bank",
                    hint="Use it in a test tenant, and a real bank in this one.",
                )
            yield scope


def magic_iban(reason: str | None = None, account: int = 1) -> str:
    """Return a valid German test IBAN that the sandbox refuses with ``reason``, or accepts.

    ``account`` (0 to 999999) makes different ones.
    """
    endings = {code: ending for ending, code in REFUSED_ENDINGS.items()}
    ending = "0000" if reason is None else endings[reason]
    return IBAN.generate(
        "DE", bank_code=TEST_BANK_CODE, account_code=f"{account:06d}{ending}"
    ).compact


def _check_cover(file: PaymentFile, content: ReadFile) -> None:
    """Refuse a file that is not what its cover says."""
    total = add_all(transfer.amount for transfer in content.transfers)
    said = (file.message_id, file.transfer_count, file.total.amount)
    if said != (content.message_id, len(content.transfers), total):
        raise FileRefused(
            "message id, count or total of the file differ from what was announced",
            field="message_id",
        )


def _answered(transfer: ReadTransfer, today: date) -> StoredTransfer:
    reason = None
    if transfer.iban.startswith("DE") and transfer.iban[4:12] == TEST_BANK_CODE:
        reason = REFUSED_ENDINGS.get(transfer.iban[-4:])
    if transfer.currency != "EUR":
        reason = OTHER_CURRENCY
    earliest = max(today, transfer.execute_on - ONE_DAY)
    return StoredTransfer(
        end_to_end_id=transfer.end_to_end_id,
        iban=transfer.iban,
        currency=transfer.currency,
        amount=transfer.amount,
        answer="accepted" if reason is None else "rejected",
        reason=reason,
        booked_on=next_booking_day(earliest) if reason is None else None,
    )
