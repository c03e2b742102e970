"""Data of the charts. Shapes are drawn from plain numbers, texts are spelled here exactly."""

from __future__ import annotations

import json
from collections.abc import Callable

from groschen.core.money import Money
from groschen.web.ui.formats import Formats
from groschen.web.ui.parts import Bars, Flow, FlowNode, UseOverTime


def flow_chart(flow: Flow, formats: Formats, translate: Callable[[str], str]) -> str:
    """JSON for ``charts.js``: nodes and links with the value to draw and the text to show."""

    def name_of(node: FlowNode) -> str:
        return node.name if node.text is None else translate(node.text) % {"name": node.name}

    return json.dumps(
        {
            "kind": "flow",
            "nodes": [
                {
                    "key": node.key,
                    "name": name_of(node),
                    "column": node.column,
                    "colour": node.colour,
                    "text": formats.money(node.amount),
                }
                for node in flow.nodes
            ],
            "links": [
                {"source": link.source, "target": link.target, **_value(link.amount, formats)}
                for link in flow.links
            ],
        }
    )


def bar_chart(bars: Bars, formats: Formats, translate: Callable[[str], str]) -> str:
    """JSON for ``charts.js``: one stacked series per party over the days."""
    return json.dumps(
        {
            "kind": "bars",
            "currency": bars.series[0].amounts[0].currency if bars.series and bars.days else None,
            "days": [formats.day(day) for day in bars.days],
            "series": [
                {
                    "name": translate(series.name) if series.is_text else series.name,
                    "values": [_value(amount, formats) for amount in series.amounts],
                }
                for series in bars.series
            ],
        }
    )


def use_chart(use: UseOverTime, formats: Formats) -> str:
    """JSON for ``charts.js``: one stacked series per thing used over the steps."""
    return json.dumps(
        {
            "kind": "bars",
            "currency": None,
            "days": [formats.step(start, use.grain) for start in use.starts],
            "series": [
                {
                    "name": series.name,
                    "values": [
                        {"value": str(quantity), "text": formats.number(quantity)}
                        for quantity in series.quantities
                    ],
                }
                for series in use.series
            ],
        }
    )


def _value(amount: Money, formats: Formats) -> dict[str, str]:
    return {"value": str(amount.amount), "text": formats.money(amount)}
