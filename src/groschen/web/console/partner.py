"""One partner: agreements in plain words, what is owed, statements and the latest shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from groschen.core.money import Money
from groschen.web.console.statements import StatementRow
from groschen.web.ui.parts import Link, RuleWords
from groschen.web.ui.texts import mark as _

TEMPLATE = "console/partner.html"

RELEASES = {
    "on_payment": _("Owed as soon as the customer has paid."),
    "on_sale": _("Owed as soon as it is sold."),
}
BASES = {
    "gross": _("of the price with VAT"),
    "net": _("of the price without VAT"),
    "left": _("of what the rules before leave"),
    "share": _("of the share"),
}
ROLES = {
    "agent": _("The seller sells in the partners’ name."),
    "principal": _("The seller sells in its own name."),
}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule of the agreement: what the partner gets, and of what (a key of ``BASES``)."""

    rule: RuleWords
    base: str

    @property
    def base_text(self) -> str:
        return BASES.get(self.base, self.base)


@dataclass(frozen=True, slots=True)
class DeductionRow:
    """What the seller takes off on the statement, and the VAT on that."""

    rule: RuleWords
    base: str
    tax_rate: Decimal

    @property
    def base_text(self) -> str:
        return BASES.get(self.base, self.base)


@dataclass(frozen=True, slots=True)
class AgreementView:
    """The agreement version in force; ``hash`` is what both sides signed.

    ``release`` and ``seller_role`` are keys of ``RELEASES`` and ``ROLES``.
    """

    name: str
    version: int
    products: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    signed_on: date | None
    hash: str
    release: str
    seller_role: str
    minimum_payout: Money
    rules: tuple[RuleRow, ...]
    deductions: tuple[DeductionRow, ...]

    @property
    def release_text(self) -> str:
        return RELEASES.get(self.release, self.release)

    @property
    def role_text(self) -> str:
        return ROLES.get(self.seller_role, self.seller_role)


@dataclass(frozen=True, slots=True)
class BankDetails:
    """Where payouts of a currency go; of the IBAN only the last four characters are shown."""

    currency: str
    iban_end: str
    since: date


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A share of the partner with its current state."""

    on: date
    order: Link
    rule: RuleWords
    amount: Money
    state: str


@dataclass(frozen=True, slots=True)
class PartnerView:
    """Everything the partner page shows; ``paid`` is the sum of all payouts booked."""

    name: str
    public_id: str
    external_id: str
    state: str
    banks: tuple[BankDetails, ...]
    pending: Money
    released: Money
    payable: Money
    paid: Money
    agreements: tuple[AgreementView, ...]
    statements: tuple[StatementRow, ...]
    shares: tuple[ShareRow, ...]
