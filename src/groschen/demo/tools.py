"""The command line's own checks, run as anybody would run them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groschen.kit.processes import this_program

if TYPE_CHECKING:
    from pathlib import Path

    from groschen.demo.files import Files
    from groschen.demo.installation import Installation


@dataclass(frozen=True, slots=True)
class Verified:
    """What the command line says: exit status 0 is yes. ``report`` is what the ledger check says."""

    ticket: bool
    flipped_ticket: bool
    ledger: bool
    report: str


def verify(installation: Installation, files: Files) -> Verified:
    """Verify the ticket, the ticket with one flipped bit, and the ledger."""
    flipped = files.ticket.with_name("ticket-one-bit-flipped.txt")
    flipped.write_bytes(_flip_one_bit(files.ticket.read_bytes()))
    ledger = _run("ledger", "verify", folder=installation.folder)
    return Verified(
        ticket=_is_genuine(files.ticket, files.ticket_key),
        flipped_ticket=_is_genuine(flipped, files.ticket_key),
        ledger=ledger.returncode == 0,
        report=(ledger.stdout + ledger.stderr).strip(),
    )


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
