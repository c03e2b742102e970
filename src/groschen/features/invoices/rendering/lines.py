"""One line of a page: what was supplied, and how its price comes about, step by step."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from groschen.core.invoicing import Effect
from groschen.core.money import ZERO, multiply, subtract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from groschen.features.invoices.rendering.text import Text

PERCENT: Final = Decimal(100)
PLAIN: Final = "units"
PACKAGES: Final = "packages"
COUNTED_BY_THEMSELVES: Final = frozenset({PACKAGES, "flat"})
"""Steps whose quantity is not in the unit of the line."""
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
    """How much, and at which price where one price says it all.

    Nothing for an amount that was computed elsewhere.
    """
    proof = line["proof"]
    if _is_fixed(proof):
        return ""
    measure = f"{text.number(line['quantity'])} {line['unit']}".strip()
    if _is_plain(proof):
        return f"{measure} × {text.money(proof['steps'][0]['unit_price'])}"
    return measure


def _is_fixed(proof: Mapping[str, Any]) -> bool:
    return "fixed" in proof.get("rule", {})


def _is_plain(proof: Mapping[str, Any]) -> bool:
    """Whether quantity times one price is the whole story."""
    steps = proof.get("steps", ())
    return len(steps) == 1 and steps[0]["label"] == PLAIN and steps[0]["up_to"] is None


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
    is_told = _is_fixed(proof) or _is_plain(proof)
    rows = [] if is_told else [_step(step, line, text) for step in proof["steps"]]
    credited = subtract(Decimal(proof["amount"]), Decimal(proof["should"]))
    billed = Decimal(proof["billed_before"])
    if credited:
        rows.append(_sum(text.word("price"), text.plain(proof["amount"])))
        rows.append(_sum(text.word("credit_used"), text.plain(subtract(ZERO, credited))))
    if billed:
        rows.append(_sum(text.word("new_total"), text.plain(proof["rounded"])))
        rows.append(_sum(text.word("billed_before"), text.plain(subtract(ZERO, billed))))
        if is_credit:
            rows.append(_sum(text.word("in_your_favour"), text.plain(line["amount"])))
    return rows


def _step(step: Mapping[str, Any], line: Mapping[str, Any], text: Text) -> Row:
    unit = "" if step["label"] in COUNTED_BY_THEMSELVES else line["unit"]
    return {
        "label": _step_label(step, line, text),
        "quantity": f"{text.number(step['quantity'])} {unit}".strip(),
        "price": f"× {text.money(step['unit_price'])}",
        "amount": text.plain(step["amount"]),
    }


def _step_label(step: Mapping[str, Any], line: Mapping[str, Any], text: Text) -> str:
    """What a step is for: the tier it lies in, else the name the price gives it."""
    above, up_to, unit = step["above"], step["up_to"], line["unit"]
    if up_to is not None:
        tier = text.word("tier").format(first=text.number(above or "0"), last=text.number(up_to))
        return f"{tier} {unit}".strip()
    if above is not None and Decimal(above):
        return f"{text.word('tier_above').format(above=text.number(above))} {unit}".strip()
    if step["label"] == PACKAGES:
        return _packages(line["proof"]["rule"]["price"]["params"], unit, text)
    return text.step(step["label"])


def _packages(params: Mapping[str, Any], unit: str, text: Text) -> str:
    size = f"{text.number(params['package_size'])} {unit}".strip()
    packages = text.word("packages").format(size=size)
    free = Decimal(params.get("free_units") or 0)
    return f"{packages}, {text.word('free').format(free=text.number(free))}" if free else packages


def _sum(label: str, amount: str) -> Row:
    return {"label": label, "quantity": "", "price": "", "amount": amount}
