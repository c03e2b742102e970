"""Why a line says what it says: a tree that anybody can compute again from its own leaves.

The leaves are the rule with its parameters, the folded state, what credit paid and what was
billed before; count and hash of the events name what was folded. All the rest follows from
them, so a proof is checked by making it a second time and comparing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from groschen.core.fields import FieldInvalid, Fields
from groschen.core.invoicing.lines import line_amount, receivable_part
from groschen.core.invoicing.rules import PinnedRule, read_rule, read_state
from groschen.core.money import ZERO, amount_text, canonical, parse_amount, round_currency
from groschen.core.prices.model import PriceLine
from groschen.core.rating import ROUNDING
from groschen.core.totals import State

MOST_LINES = 100_000
LINE_ROUNDING = "digits of the currency, half up on the absolute value, once a line"


class Proven(Protocol):
    """What a line's proof is made of, and the line that follows from it."""

    @property
    def line(self) -> Decimal:
        """What the document says, as the customer owes it; in currency digits."""
        ...

    @property
    def quantity(self) -> Decimal:
        """How much was used, as the line shows it."""
        ...

    def to_json(self) -> dict[str, object]:
        """The proof tree."""
        ...


@dataclass(frozen=True, slots=True)
class Rated:
    """A line that prices a folded state. Amounts but ``billed`` have twelve decimals.

    ``receivable`` of ``gross`` was not paid by credit; ``billed`` is what counted entries of
    earlier documents say. ``inputs`` names the events: query, count, hash.
    """

    rule: PinnedRule
    state: State
    inputs: Mapping[str, object]
    receivable: Decimal
    gross: Decimal
    billed: Decimal
    currency: str

    @property
    def amount(self) -> Decimal:
        """What the state costs under the rule, in the plan's basis."""
        return self.rule.amount(self.state)

    @property
    def should(self) -> Decimal:
        """What is to be invoiced of it altogether."""
        return receivable_part(self.amount, self.receivable, self.gross)

    @property
    def line(self) -> Decimal:
        """What this document says of it."""
        return line_amount(self.should, self.billed, self.currency)

    @property
    def quantity(self) -> Decimal:
        """How much was used."""
        return self.rule.quantity(self.state)

    def to_json(self) -> dict[str, object]:
        """Every step from the rule to the line."""
        return {
            "kind": "rated",
            "rule": self.rule.to_json(),
            "rule_hash": self.rule.rule_hash,
            "inputs": dict(self.inputs),
            "state": {cell: _plain(value) for cell, value in sorted(self.state.items())},
            "quantity": _plain(self.quantity),
            "steps": [_step(line) for line in self.rule.lines(self.state)],
            "amount": self._text(self.amount),
            "amount_rounding": ROUNDING,
            "credit": {"gross": self._text(self.gross), "receivable": self._text(self.receivable)},
            "should": self._text(self.should),
            "rounded": self._text(round_currency(self.should, self.currency)),
            "line_rounding": LINE_ROUNDING,
            "billed_before": self._text(self.billed),
            "line": self._text(self.line),
            "currency": self.currency,
        }

    def _text(self, amount: Decimal) -> str:
        return amount_text(amount, self.currency)


@dataclass(frozen=True, slots=True)
class Reversal:
    """A line that gives back part of a line of an issued document, or all of it.

    ``amount`` is what that line said (currency digits), ``back`` what of it is given back;
    ``back`` has the sign of ``amount`` and is no larger.
    """

    invoice: str
    position: int
    amount: Decimal
    back: Decimal
    reversed_quantity: Decimal
    currency: str

    @property
    def line(self) -> Decimal:
        """The opposite of what is given back."""
        return canonical(-self.back)

    @property
    def quantity(self) -> Decimal:
        """The quantity of the line it reverses."""
        return self.reversed_quantity

    def to_json(self) -> dict[str, object]:
        """Which line is given back, and how much of it."""
        return {
            "kind": "reversal",
            "invoice": self.invoice,
            "position": self.position,
            "quantity": _plain(self.reversed_quantity),
            "amount": amount_text(self.amount, self.currency),
            "back": amount_text(self.back, self.currency),
            "line": amount_text(self.line, self.currency),
            "currency": self.currency,
        }


def read_proof(data: object, path: str) -> Proven:
    """Make a proof anew from the leaves of a stored one; what follows from them is not read.

    Raises what reading a field raises, with its path.
    """
    fields = Fields(data, path)
    currency = fields.currency()
    if fields.text("kind") == "reversal":
        return _read_reversal(fields, currency)
    credit = fields.nested("credit")
    return Rated(
        rule=read_rule(fields.value("rule")),
        state=read_state(fields.value("state"), fields.at("state")),
        inputs=dict(fields.nested("inputs").members()),
        receivable=_amount(credit, "receivable"),
        gross=_amount(credit, "gross"),
        billed=_amount(fields, "billed_before"),
        currency=currency,
    )


def _read_reversal(fields: Fields, currency: str) -> Reversal:
    amount, back = _amount(fields, "amount"), _amount(fields, "back")
    if not min(amount, ZERO) <= back <= max(amount, ZERO):
        raise FieldInvalid(
            f"{back:f} cannot be given back of {amount:f}",
            field=fields.at("back"),
            hint="give back at most what the line said, with its sign",
        )
    return Reversal(
        invoice=fields.text("invoice"),
        position=fields.integer("position", 1, MOST_LINES),
        amount=amount,
        back=back,
        reversed_quantity=_amount(fields, "quantity"),
        currency=currency,
    )


def _amount(fields: Fields, name: str) -> Decimal:
    """A decimal of any sign."""
    return parse_amount(fields.text(name), fields.at(name))


def _step(line: PriceLine) -> dict[str, str | None]:
    currency = line.amount.currency
    return {
        "label": line.label,
        "quantity": _plain(line.quantity),
        "unit_price": amount_text(line.unit_price.amount, currency),
        "amount": amount_text(line.amount.amount, currency),
        "above": None if line.above is None else _plain(line.above),
        "up_to": None if line.up_to is None else _plain(line.up_to),
    }


def _plain(value: Decimal) -> str:
    return f"{canonical(value):f}"
