"""Topping up in two steps: how much, then yes."""

from __future__ import annotations

from dataclasses import dataclass

from groschen.core.money import Money
from groschen.web.ui.parts import Field
from groschen.web.ui.refusals import Refusal
from groschen.web.ui.texts import mark as _

TEMPLATE = "customer/top_up.html"

METHODS = {
    "tok_visa": _("Test card"),
    "tok_declined": _("Test card that is refused"),
}
"""How to pay at the simulated provider; others bring their own."""


@dataclass(frozen=True, slots=True)
class TopUpView:
    """The form, or with ``amount`` the question whether to go on.

    ``suggestions`` are amounts as one may write them.
    """

    number: str
    credit: Money
    emergency: Money
    asked: Field
    provider: str
    method: str
    suggestions: tuple[str, ...]
    check_at: str
    pay_at: str
    amount: Money | None = None
    refusal: Refusal | None = None

    @property
    def methods(self) -> tuple[tuple[str, str], ...]:
        """The ways to pay, with their words."""
        return tuple(METHODS.items())

    @property
    def method_text(self) -> str:
        return METHODS.get(self.method, self.method)
