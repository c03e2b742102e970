"""Check a signed ticket, or draw its QR code; no database, no network."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import cyclopts

from groschen.adapters.delivery import qr_code
from groschen.adapters.delivery.signed_ticket import (
    TEXT_LIMIT_BYTES,
    Ticket,
    TicketNotValid,
    key_id,
    read_public_pem,
    verify,
)
from groschen.core.errors import GroschenError, Kind

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY_LIMIT_BYTES: Final = 64 * 1024
DAY_AND_TIME: Final = "%Y-%m-%d %H:%M:%S UTC"
command = cyclopts.App(name="ticket", help=__doc__)


class FileNotUsable(GroschenError):
    """A file cannot be read or written."""

    code: ClassVar[str] = "file_not_usable"
    kind: ClassVar[Kind] = Kind.INVALID


class TicketNotInItsPeriod(GroschenError):
    """The ticket is genuine, but not valid at the time asked about."""

    code: ClassVar[str] = "ticket_not_in_its_period"
    kind: ClassVar[Kind] = Kind.CONFLICT


@command.command(name="verify")
def verify_ticket(file: Path, *, key: Path, at: datetime | None = None) -> None:
    """Tell whether a ticket is genuine and what it is valid for; status 1 if it is not.

    Parameters
    ----------
    file
        The ticket's text, exactly as issued: one changed bit and it is no ticket any more.
    key
        The issuer's public key (PEM).
    at
        Also require the ticket to be valid at this instant, such as 2027-03-01T12:00:00+01:00.
    """
    public_key = read_public_pem(_read(key, KEY_LIMIT_BYTES))
    ticket = verify(_read(file, TEXT_LIMIT_BYTES), public_key)
    sys.stdout.write(describe(ticket, public_key))
    if at is not None:
        _require_valid(ticket, at)
        sys.stdout.write(f"At {at.isoformat()} it is valid.\n")


@command.command(name="qr")
def draw_code(file: Path, *, out: Path) -> None:
    """Draw a ticket's QR code as SVG or PNG, by the ending of the output's name.

    Parameters
    ----------
    file
        The ticket's text.
    out
        Where the image goes; it ends in .svg or .png.
    """
    text = _read(file, TEXT_LIMIT_BYTES).decode("ascii", errors="replace")
    if out.suffix == ".svg":
        out.write_text(qr_code.svg(text), encoding="utf-8")
    elif out.suffix == ".png":
        out.write_bytes(qr_code.png(text))
    else:
        raise FileNotUsable(
            f"'{out.suffix}' is no image format I write",
            field="out",
            hint="End it in .svg or .png.",
        )


def describe(ticket: Ticket, public_key: Ed25519PublicKey) -> str:
    """Return what a genuine ticket says, in plain words, one fact per line."""
    end = "without end" if ticket.valid_to is None else f"to {ticket.valid_to:{DAY_AND_TIME}}"
    legs = [
        f"  {number}. {leg.operator}" + (f", {leg.distance_km} km" if leg.distance_km else "")
        for number, leg in enumerate(ticket.legs, start=1)
    ]
    lines = [
        "The ticket is genuine.",
        f"Ticket:     {ticket.ticket_id}",
        f"Issued by:  {ticket.issuer} (key {key_id(public_key)})",
        f"Order:      {ticket.order}",
        f"Product:    {ticket.product}",
        f"Route:      {ticket.route}",
        f"Travellers: {ticket.travellers}",
        f"Valid:      from {ticket.valid_from:{DAY_AND_TIME}} {end}",
        "Legs, by operator:",
        *legs,
    ]
    return "\n".join(_printable(line) for line in lines) + "\n"


def _printable(line: str) -> str:
    """Keep a ticket's own words from steering the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def _require_valid(ticket: Ticket, at: datetime) -> None:
    if at.utcoffset() is None:
        raise FileNotUsable("the instant needs a time zone", field="at", hint="Add Z or +01:00.")
    if at < ticket.valid_from:
        raise TicketNotInItsPeriod(f"at {at.isoformat()} the ticket is not valid yet", field="at")
    if ticket.valid_to is not None and at >= ticket.valid_to:
        raise TicketNotInItsPeriod(f"at {at.isoformat()} the ticket is no longer valid", field="at")


def _read(path: Path, limit_bytes: int) -> bytes:
    """Read a whole file of at most ``limit_bytes``."""
    try:
        with path.open("rb") as file:
            content = file.read(limit_bytes + 1)
    except OSError as failure:
        raise FileNotUsable(
            f"{path} cannot be read: {failure.strerror}", field="file", hint="Check the path."
        ) from failure
    if len(content) > limit_bytes:
        raise TicketNotValid(f"{path} is longer than {limit_bytes} bytes", field="file")
    return content
