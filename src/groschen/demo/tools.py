"""The command line's own checks, run as anybody would run them."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groschen.kit.processes import this_program

if TYPE_CHECKING:
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
    """Verify the ticket, the ticket with one flipped bit, and the ledger."""
    evidence = told.evidence
    with tempfile.TemporaryDirectory(prefix="groschen-ticket-") as folder:
        key = Path(folder) / "key.pem"
        key.write_text(evidence.ticket_key, encoding="ascii")
        ticket, flipped = Path(folder) / "ticket.txt", Path(folder) / "flipped.txt"
        ticket.write_bytes(evidence.ticket.encode())
        flipped.write_bytes(_flip_one_bit(evidence.ticket.encode()))
        check = ("ticket", "verify", "--key", str(key))
        is_genuine = _run(installation, *check, str(ticket)).returncode == 0
        is_flipped_genuine = _run(installation, *check, str(flipped)).returncode == 0
    ledger = _run(installation, "ledger", "verify")
    report = (ledger.stdout + ledger.stderr).strip()
    return Verified(is_genuine, is_flipped_genuine, ledger.returncode == 0, report)


def _flip_one_bit(text: bytes) -> bytes:
    middle = len(text) // 2
    return text[:middle] + bytes([text[middle] ^ 1]) + text[middle + 1 :]


def _run(installation: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        this_program(*arguments),
        env=dict(installation.environment),
        capture_output=True,
        text=True,
        check=False,
    )
