"""The ports that settlement asks the composition root to connect."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from groschen.core.ports.bank import Bank
from groschen.core.ports.payment_files import PaymentFileWriter
from groschen.kit.runtime import PortKey

BankOpener: TypeAlias = Callable[[UUID, datetime], Bank]
"""Opens one tenant's account at its bank, at a business instant (test clocks)."""

BANK: Final[PortKey[BankOpener]] = PortKey("bank")
FILE_WRITER: Final[PortKey[PaymentFileWriter]] = PortKey("payment file writer")
"""Writes the payment files that this bank takes."""
