"""The ports that settlement asks the composition root to connect."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from groschen.core.ports.bank import Bank
from groschen.core.ports.payment_files import PaymentFileWriter
from groschen.kit.runtime import PortKey

BANK: Final[PortKey[Callable[[UUID], Bank]]] = PortKey("bank of a tenant")
"""Opens the bank of one tenant, by the tenant's id."""

FILE_WRITER: Final[PortKey[PaymentFileWriter]] = PortKey("payment file writer")
"""Writes the payment files that this bank takes."""
