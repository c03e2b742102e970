"""What people get into their hands: a ticket, its key, the payout file, statement line files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from groschen.adapters.delivery import qr_code
from groschen.core.errors import GroschenError, Kind

if TYPE_CHECKING:
    from pathlib import Path

    from groschen.demo.eticket import Told


class FileUnusable(GroschenError):
    """The file that the figures shall go into cannot be written."""

    code: ClassVar[str] = "file_unusable"
    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Files:
    """Where the files are. ``payout`` is None when nothing was paid out."""

    folder: Path
    ticket: Path
    ticket_code: Path
    ticket_key: Path
    payout: Path | None
    statements: tuple[Path, ...]


def require_writable(path: Path) -> None:
    """Make sure, before the work, that its result can be written. Raises ``FileUnusable``."""
    try:
        with path.open("a"):
            return
    except OSError as error:
        raise FileUnusable(
            f"--json {path} cannot be written: {error.strerror}",
            field="json",
            hint="Name a file in a folder that exists and that you may write to.",
        ) from error


def write_files(folder: Path, told: Told) -> Files:
    """Write everything into ``folder``, over what an earlier showcase left there."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Files(
        folder=folder,
        ticket=folder / "ticket.txt",
        ticket_code=folder / "ticket.svg",
        ticket_key=folder / "ticket-key.pem",
        payout=None if told.payment is None else folder / "payout-pain.001.xml",
        statements=tuple(folder / f"statement-{name}.csv" for name in told.months[0].line_files),
    )
    files.ticket.write_text(told.evidence.ticket, encoding="ascii", newline="")
    files.ticket_code.write_text(qr_code.svg(told.evidence.ticket), encoding="utf-8")
    files.ticket_key.write_text(told.evidence.ticket_key, encoding="ascii")
    if files.payout is not None and told.payment is not None:
        files.payout.write_bytes(told.payment.file)
    for path, lines in zip(files.statements, told.months[0].line_files.values(), strict=True):
        path.write_bytes(lines.content)
    return files
