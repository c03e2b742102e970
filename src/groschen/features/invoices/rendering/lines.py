"""One line of a page: what was supplied, and how its price comes about, step by step."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from groschen.core.invoicing import Effect
from groschen.core.money import ZERO, multiply, subtract

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from groschen.features.invoices.rendering.text import Text

PERCENT: Final = Decimal(100)
Row = dict[str, str]


def line_view(line: Mapping[str, Any], text: Text, *, is_credit: bool) -> dict[str, Any]:
    """Everything the template shows of a line."""
    proof = line["proof"]
    rows = [] if proof["kind"] == "reversal" else _steps(line, text, is_credit=is_credit)
    return {
        "position": str(line["position"]),
        "label": line["label"],
        "measure": _measure(line, text),
        "service": _service(line, text),
        "note": _note(line, text),
        "vat": text.percent(multiply(Decimal(line["tax"]["rate"]), PERCENT)),
        "amount": text.plain(line["amount"]),
        "steps": rows,
    }


def _measure(line: Mapping[str, Any], text: Text) -> str:
    """How much; not of an amount that was computed elsewhere."""
    proof = line["proof"]
    if "fixed" in proof.get("rule", {}):
        return ""
    return f"{text.number(line['quantity'])} {line['unit']}".strip()


def _service(line: Mapping[str, Any], text: Text) -> str:
    if line["service_from"] == line["service_to"]:
        return text.word("service_on").format(day=text.day(line["service_from"]))
    return text.word("service_period").format(
        first=text.day(line["service_from"]), last=text.day(line["service_to"])
    )


def _note(line: Mapping[str, Any], text: Text) -> str:
    """Why a line corrects something."""
    proof, effect = line["proof"], line["effect"]
    if proof["kind"] == "reversal":
        names = {Effect.CONCEDE: "conceded", Effect.CANCEL_REISSUE: "cancelled"}
        word = text.word(names.get(Effect(effect), "reversal"))
        return word.format(invoice=proof["invoice"], position=proof["position"])
    return text.word("correction") if effect == Effect.CORRECT else ""


def _steps(line: Mapping[str, Any], text: Text, *, is_credit: bool) -> list[Row]:
    """The way from quantity to amount; none when the line says it all by itself."""
    proof = line["proof"]
    steps: Sequence[Mapping[str, Any]] = proof["steps"]
    credited = subtract(Decimal(proof["amount"]), Decimal(proof["should"]))
    billed = Decimal(proof["billed_before"])
    is_fixed = "fixed" in proof["rule"]
    rows = [] if is_fixed else [_step(step, line, text) for step in steps]
    if credited or billed:
        rows = rows or [_sum(text.word("new_total"), text.plain(proof["amount"]))]
        if len(rows) > 1:
            rows.append(_sum(text.word("new_total"), text.plain(proof["amount"])))
    if credited:
        rows.append(_sum(text.word("credit_used"), text.plain(subtract(ZERO, credited))))
    if billed:
        rows.append(_sum(text.word("billed_before"), text.plain(subtract(ZERO, billed))))
    if is_credit and (credited or billed):
        rows.append(_sum(text.word("in_your_favour"), text.plain(line["amount"])))
    return rows


def _step(step: Mapping[str, Any], line: Mapping[str, Any], text: Text) -> Row:
    return {
        "label": _step_label(step, line["unit"], text),
        "quantity": f"{text.number(step['quantity'])} {line['unit']}".strip(),
        "price": f"× {text.money(step['unit_price'])}",
        "amount": text.plain(step["amount"]),
    }


def _step_label(step: Mapping[str, Any], unit: str, text: Text) -> str:
    """What a step is for: the tier it lies in, else the name the price gives it."""
    above, up_to = step["above"], step["up_to"]
    if above is not None and Decimal(above) and up_to is None:
        return f"{text.word('tier_above').format(above=text.number(above))} {unit}".strip()
    if up_to is not None:
        first = text.number(above or "0")
        last = text.number(up_to)
        return f"{text.word('tier').format(first=first, last=last)} {unit}".strip()
    return text.step(step["label"])


def _sum(label: str, amount: str) -> Row:
    return {"label": label, "quantity": "", "price": "", "amount": amount}
