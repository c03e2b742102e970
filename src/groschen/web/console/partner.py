"""One partner: agreement in plain words, what is owed, statements and the latest shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from groschen.core.money import Money
from groschen.web.console.statements import StatementRow
from groschen.web.ui.parts import Link, RuleWords
from groschen.web.ui.texts import mark as _

TEMPLATE = "console/partner.html"

RELEASED_BY = {
    "payment": _("Owed as soon as the customer has paid."),
    "delivery": _("Owed as soon as it is delivered."),
    "usage": _("Owed as soon as it is used."),
}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule of the agreement: for which products, what the partner gets, when it is owed.

    ``commission_rate`` is what the seller deducts on the statement, None for nothing.
    ``released_by`` is a key of ``RELEASED_BY``.
    """

    products: str
    rule: RuleWords
    commission_rate: Decimal | None
    released_by: str

    @property
    def release_text(self) -> str:
        return RELEASED_BY.get(self.released_by, self.released_by)


@dataclass(frozen=True, slots=True)
class AgreementView:
    """The agreement version in force; ``hash`` is what both sides signed."""

    name: str
    version: int
    state: str
    valid_from: date
    valid_to: date | None
    hash: str
    signed_on: date | None
    minimum_payout: Money
    self_billing: bool
    rules: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True)
class BankDetails:
    """Where payouts go; only the last four characters of the IBAN are shown."""

    holder: str
    iban_end: str
    since: date


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A share line of the partner with its current state."""

    at: datetime
    order: Link
    product: str
    amount: Money
    state: str


@dataclass(frozen=True, slots=True)
class PartnerView:
    """Everything the partner page shows; ``paid`` is the sum of all payouts booked."""

    name: str
    public_id: str
    state: str
    tax_id: str | None
    bank: BankDetails | None
    pending: Money
    released: Money
    payable: Money
    paid: Money
    agreement: AgreementView | None
    statements: tuple[StatementRow, ...]
    shares: tuple[ShareRow, ...]
