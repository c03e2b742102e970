"""Bank account numbers, checked by country, length and check digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from groschen.core.errors import GroschenError, Kind


class IbanInvalid(GroschenError):
    """The text is no valid IBAN or BIC."""

    code: ClassVar[str] = "iban_invalid"
    kind: ClassVar[Kind] = Kind.INVALID


@dataclass(frozen=True, slots=True)
class BankNumbers:
    """A checked IBAN without spaces, and its BIC if it was given or is known."""

    iban: str
    bic: str | None

    @property
    def last4(self) -> str:
        """What may be shown of the IBAN."""
        return self.iban[-4:]


def check_bank_numbers(iban: str, bic: str | None, *, field: str = "iban") -> BankNumbers:
    """Return the numbers in their stored form; raise ``IbanInvalid`` naming the wrong one.

    Without ``bic`` the one of the bank register is taken; within SEPA none is needed.
    """
    try:
        checked = IBAN(iban)
    except (SchwiftyException, ValueError) as error:
        raise IbanInvalid(
            "the IBAN is not valid: country, length or check digits are wrong",
            field=field,
            hint="Copy it again from the bank's document.",
        ) from error
    if bic is None:
        known = checked.bic
        return BankNumbers(checked.compact, known.compact if known else None)
    try:
        return BankNumbers(checked.compact, BIC(bic).compact)
    except (SchwiftyException, ValueError) as error:
        raise IbanInvalid(
            "the BIC is not valid", field="bic", hint="Leave it out; within SEPA none is needed."
        ) from error
