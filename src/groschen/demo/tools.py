"""The command line's own checks, run as anybody would run them."""

from __future__ import annotations

import os
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
        is_genuine, is_flipped_genuine = _is_genuine(ticket, key), _is_genuine(flipped, key)
    ledger = _run("ledger", "verify", folder=installation.folder)
    report = (ledger.stdout + ledger.stderr).strip()
    return Verified(is_genuine, is_flipped_genuine, ledger.returncode == 0, report)


def _flip_one_bit(text: bytes) -> bytes:
    middle = len(text) // 2
    return text[:middle] + bytes([text[middle] ^ 1]) + text[middle + 1 :]


def _is_genuine(ticket: Path, key: Path) -> bool:
    return _run("ticket", "verify", str(ticket), "--key", str(key)).returncode == 0


def _run(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    own = {} if folder is None else {"GROSCHEN_DATA_DIR": str(folder)}
    return subprocess.run(
        this_program(*arguments),
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )
