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
    from collections.abc import Sequence

    from groschen.demo.eticket import Told
    from groschen.demo.founding import Founded
    from groschen.demo.installation import Installation
    from groschen.demo.story import Stage


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


def verify_books(stage: Stage, tenants: Sequence[Founded]) -> dict[str, bool]:
    """Let ``groschen ledger verify`` check tenants, all at once: by name whether all is well.

    Each is a check; what is wrong is printed.
    """
    running = {
        one.name: _start(stage.installation, "ledger", "verify", "--tenant", one.public_id)
        for one in tenants
    }
    for name, process in running.items():
        report = process.communicate()[0].strip()
        right = process.returncode == 0
        stage.checks.holds(f"{name}: groschen ledger verify finds nothing", actual=right)
        if not right:
            stage.phases.console.print(report)
    return {name: process.returncode == 0 for name, process in running.items()}


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
