"""Refunding an order: the form, and what would happen, to be confirmed."""

from __future__ import annotations

from dataclasses import dataclass

from groschen.core.money import Money
from groschen.web.ui.parts import Choice, Field
from groschen.web.ui.refusals import Refusal

TEMPLATE = "console/refund.html"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a refund would do: ``gross`` of the sale is undone, ``fee`` kept, ``back`` paid."""

    gross: Money
    fee: Money
    back: Money


@dataclass(frozen=True, slots=True)
class RefundView:
    """The form, or with a ``preview`` what it would do. ``items`` may be chosen one by one."""

    number: str
    back_href: str
    customer: str
    paid: Money
    returned: Money
    items: tuple[Choice, ...]
    item: str
    amount: Field
    fee: Field
    reason: Field
    check_at: str
    refund_at: str
    preview: Preview | None = None
    refusal: Refusal | None = None
