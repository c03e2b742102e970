"""The flow picture of one order: from the customer over the recipients to their accounts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from groschen.core.money import Money
from groschen.features.orders.service.euro import EuroRow, RowKind, WhereItWent
from groschen.web.console.order import RECIPIENTS
from groschen.web.ui.parts import Flow, FlowLink, FlowNode
from groschen.web.ui.texts import mark as _

COLOURS = 4
COMMISSION_COLOUR = 5
TAX_COLOUR = 6
ACCOUNT = _("To %(name)s")
COMMISSION = _("Commission of the seller")
TAX = _("VAT on the commission")


class _Drawing:
    """Collects nodes and links; what is not above zero is not drawn."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._nodes: dict[str, FlowNode] = {}
        self._links: list[FlowLink] = []

    def node(
        self,
        key: str,
        name: str,
        column: int,
        amount: Decimal,
        colour: int = 0,
        text: str | None = None,
    ) -> None:
        money = Money(amount, self._currency)
        self._nodes[key] = FlowNode(key, name, column, money, colour, text)

    def link(self, source: str, target: str, amount: Decimal) -> None:
        if amount > 0:
            self._links.append(FlowLink(source, target, Money(amount, self._currency)))

    def flow(self) -> Flow:
        used = {one.source for one in self._links} | {one.target for one in self._links}
        nodes = tuple(node for key, node in self._nodes.items() if key in used)
        return Flow(nodes, tuple(self._links))


def flow_of(went: WhereItWent, names: Mapping[UUID, str], customer: str, product: str) -> Flow:
    """Draw where an order's money is now; every amount is as the services say it."""
    order = went.order
    drawing = _Drawing(order.currency)
    drawing.node("customer", customer, 0, order.gross)
    drawing.node("order", product, 1, order.gross)
    drawing.link("customer", "order", order.gross)
    for index, row in enumerate(went.rows):
        _draw(drawing, row, names, index)
    drawing.node("commission", "", 3, went.sums.commission, COMMISSION_COLOUR, COMMISSION)
    drawing.node("tax", "", 3, went.sums.vat, TAX_COLOUR, TAX)
    return drawing.flow()


def _draw(drawing: _Drawing, row: EuroRow, names: Mapping[UUID, str], index: int) -> None:
    key, parts = f"row{index}", row.parts
    if row.kind is not RowKind.PARTNER or row.standing is None:
        drawing.node(key, "", 2, parts.share, 0, RECIPIENTS[row.kind])
        drawing.link("order", key, parts.share)
        return
    if parts.share <= 0:
        return
    name, colour = names[row.standing.beneficiary_id], index % COLOURS + 1
    drawing.node(key, name, 2, parts.share, colour)
    drawing.link("order", key, parts.share)
    if parts.commission or parts.vat:
        drawing.node(f"{key}-net", name, 3, parts.net, colour, ACCOUNT)
        drawing.link(key, f"{key}-net", parts.net)
        drawing.link(key, "commission", parts.commission)
        drawing.link(key, "tax", parts.vat)
