"""What a page says: every figure of a document as text in one language.

The template lays out, this says what. Nothing is computed here but the text of figures.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from groschen.core.invoicing import DocumentType
from groschen.core.money import multiply
from groschen.core.sale import Basis
from groschen.features.invoices.rendering.lines import line_view
from groschen.features.invoices.rendering.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from groschen.features.invoices.rendering.words import Language

PERCENT: Final = Decimal(100)
HASH_SHOWN: Final = 16


def view(exported: Mapping[str, Any], language: Language | None) -> dict[str, Any]:
    """Everything the template shows of an exported document."""
    content = exported["content"]
    text = Text(language or content["seller"]["language"], content["currency"])
    is_credit = content["type"] == DocumentType.CREDIT_NOTE
    title = f"{text.word('credit_note' if is_credit else 'invoice')} {content['number']}"
    is_gross = content["basis"] == Basis.GROSS
    amounts = text.word("amount_gross" if is_gross else "amount_net")
    return {
        "language": text.language,
        "title": title,
        "heading": title,
        "running_title": f"{title}, {text.day(content['issued_on'])}",
        "seller": {"name": content["seller"]["name"]},
        "sender": _sender(content["seller"]),
        "recipient": _recipient(content),
        "facts": _facts(content, text, is_credit=is_credit),
        "opening": _opening(content, text, is_credit=is_credit),
        "columns": [text.word("position"), text.word("service"), text.word("vat"), amounts],
        "lines": [line_view(line, text, is_credit=is_credit) for line in content["lines"]],
        "vat_columns": [text.word(name) for name in ("vat_rate", "net", "tax", "gross")],
        "vat_rows": [_vat_row(tax, text) for tax in content["taxes"]],
        "totals": _totals(content["totals"], text, is_gross=is_gross),
        "payable": [
            text.word("credit_payable" if is_credit else "payable"),
            text.money(content["totals"]["gross"]),
        ],
        "payment": _payment(content, text, is_credit=is_credit),
        "closing": _closing(content, text, is_credit=is_credit),
        "proof": text.word("explained").format(hash=exported["hash"][:HASH_SHOWN]),
        "footer": _footer(content["seller"], text),
        "words": {"page": text.word("page"), "of": text.word("of")},
    }


def _sender(seller: Mapping[str, Any]) -> str:
    town = f"{seller['postal_code']} {seller['town']}"
    return " · ".join([seller["name"], seller["street"], town])


def _recipient(content: Mapping[str, Any]) -> list[str]:
    buyer = content["buyer"]
    lines = [buyer["name"], buyer["street"], f"{buyer['postal_code']} {buyer['town']}"]
    if buyer["country"] != content["seller"]["country"]:
        lines.append(buyer["country"])
    return lines


def _facts(content: Mapping[str, Any], text: Text, *, is_credit: bool) -> list[list[str]]:
    """The block of facts beside the address."""
    period = content["period"]
    corrected = content["corrects"]
    rows = [
        (text.word("credit_number" if is_credit else "number"), content["number"]),
        (
            text.word("credit_issued_on" if is_credit else "issued_on"),
            text.day(content["issued_on"]),
        ),
        (text.word("period"), text.days(period["from"], period["to"])),
        (text.word("due_on"), None if is_credit else text.day(content["due_on"])),
        (text.word("corrects"), corrected["number"] if corrected else None),
        (text.word("customer"), content["account_name"]),
        (text.word("buyer_vat_id"), content["buyer"]["vat_id"]),
    ]
    return [[name, value] for name, value in rows if value]


def _opening(content: Mapping[str, Any], text: Text, *, is_credit: bool) -> list[str]:
    opening = [text.word("salutation"), text.word("credit_opening" if is_credit else "opening")]
    if content["reason"]:
        opening.append(text.word("reason").format(reason=content["reason"]))
    return opening


def _vat_row(tax: Mapping[str, Any], text: Text) -> list[str]:
    net, vat = Decimal(tax["net"]), Decimal(tax["vat"])
    rate = multiply(Decimal(tax["rate"]), PERCENT)
    return [text.percent(rate), text.plain(net), text.plain(vat), text.plain(net + vat)]


def _totals(totals: Mapping[str, str], text: Text, *, is_gross: bool) -> list[list[str]]:
    if is_gross:
        return [
            [text.word("sum_net"), text.money(totals["net"])],
            [text.word("sum_included_tax"), text.money(totals["vat"])],
        ]
    return [
        [text.word("sum_net"), text.money(totals["net"])],
        [text.word("sum_tax"), text.money(totals["vat"])],
    ]


def _payment(content: Mapping[str, Any], text: Text, *, is_credit: bool) -> dict[str, Any]:
    """How to pay; nothing for a credit note and for what costs nothing."""
    seller = content["seller"]
    rows: list[tuple[str, str | None]] = []
    if not is_credit and Decimal(content["totals"]["gross"]):
        rows = [
            (text.word("pay_until"), text.day(content["due_on"])),
            (text.word("recipient"), seller["name"] if seller["iban"] else None),
            (text.word("iban"), text.iban(seller["iban"])),
            (text.word("bic"), _joined(seller["bic"], seller["bank"])),
            (text.word("reference"), content["number"]),
        ]
    shown = [[name, value] for name, value in rows if value]
    return {"heading": text.word("payment"), "rows": shown}


def _closing(content: Mapping[str, Any], text: Text, *, is_credit: bool) -> list[str]:
    if is_credit:
        return [text.word("credit_closing")]
    if not Decimal(content["totals"]["gross"]):
        return [text.word("nothing_to_pay")]
    return []


def _footer(seller: Mapping[str, Any], text: Text) -> list[list[str]]:
    """Columns at the foot of each page; what is not known is left out."""

    def named(word: str, value: str | None) -> str | None:
        return f"{text.word(word)} {value}" if value else None

    columns: list[list[str | None]] = [
        [seller["name"], seller["street"], f"{seller['postal_code']} {seller['town']}"],
        [named("phone", seller["phone"]), named("email", seller["email"])],
        [
            named("vat_id", seller["vat_id"]),
            named("tax_number", seller["tax_number"]),
            seller["register_entry"],
        ],
        [seller["bank"], named("iban", text.iban(seller["iban"])), named("bic", seller["bic"])],
    ]
    known = [[line for line in column if line] for column in columns]
    return [column for column in known if column]


def _joined(*parts: str | None) -> str | None:
    return ", ".join(part for part in parts if part) or None
