"""The command line's own checks, run as anybody would run them."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groschen.kit.ids import encode_id
from groschen.kit.processes import this_program

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.demo.eticket import Told
    from groschen.demo.installation import Installation


@dataclass(frozen=True, slots=True)
class Verified:
    """What the command line says; ``report`` is what the check of the ledger printed."""

    ticket: bool
    flipped_ticket: bool
    ledger: bool
    report: str


def verify(installation: Installation, told: Told) -> Verified:
    """Verify the ticket, the ticket with one flipped bit, and the books; all at once."""
    ticket, tenant = told.evidence.ticket.encode(), encode_id("ten", told.alliance.tenant_id)
    with tempfile.TemporaryDirectory(prefix="groschen-ticket-") as folder:
        key, right, flipped = (Path(folder) / name for name in ("key.pem", "right", "flipped"))
        key.write_text(told.evidence.ticket_key, encoding="ascii")
        right.write_bytes(ticket)
        flipped.write_bytes(_flip_one_bit(ticket))
        books = _start(installation, "ledger", "verify", "--tenant", tenant)
        genuine = _start(installation, "ticket", "verify", str(right), "--key", str(key))
        forged = _start(installation, "ticket", "verify", str(flipped), "--key", str(key))
        report = books.communicate()[0].strip()
        return Verified(genuine.wait() == 0, forged.wait() == 0, books.returncode == 0, report)


def verify_books(installation: Installation, tenant_id: UUID) -> tuple[bool, str]:
    """Let ``groschen ledger verify`` check a tenant: whether all is well, and what it printed."""
    tenant = encode_id("ten", tenant_id)
    books = _start(installation, "ledger", "verify", "--tenant", tenant)
    report = books.communicate()[0].strip()
    return books.returncode == 0, report


def _flip_one_bit(text: bytes) -> bytes:
    middle = len(text) // 2
    return text[:middle] + bytes([text[middle] ^ 1]) + text[middle + 1 :]


def _start(installation: Installation, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        this_program(*arguments),
        env=dict(installation.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
