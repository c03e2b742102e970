"""Filters: which events a meter counts, by the values of their properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, cast

from groschen.core.fields import FieldInvalid, Fields, join

Scalar = str | int | bool
MOST_VALUES: Final = 1000


class Operator(StrEnum):
    """How a filter looks at a property."""

    EQ = "eq"
    IN = "in"
    EXISTS = "exists"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one property; ``values`` is empty for ``exists``.

    5 and 5.0 are equal; the text "5", the number 5 and true are three different values.
    """

    property: str
    operator: Operator
    values: tuple[Scalar, ...] = ()

    def matches(self, properties: Mapping[str, object]) -> bool:
        """Whether ``properties`` meet the condition; a property that is missing never does."""
        value = properties.get(self.property)
        if self.operator is Operator.EXISTS:
            return value is not None
        if not isinstance(value, str | int | Decimal):
            return False
        is_truth = isinstance(value, bool)
        return any(isinstance(one, bool) is is_truth and one == value for one in self.values)

    def to_json(self) -> dict[str, object]:
        """The stored form."""
        spec: dict[str, object] = {"property": self.property, "operator": self.operator}
        if self.operator is Operator.EQ:
            spec["value"] = self.values[0]
        elif self.operator is Operator.IN:
            spec["value"] = list(self.values)
        return spec


def parse_filter(fields: Fields) -> Filter:
    """Read {"property": "tariff", "operator": "eq", "value": "night"}."""
    name = fields.text("property")
    operator = fields.choice("operator", Operator)
    values: tuple[Scalar, ...] = ()
    if operator is Operator.EQ:
        values = (_scalar(fields.value("value"), fields.at("value")),)
    elif operator is Operator.IN:
        values = _scalars(fields.value("value"), fields.at("value"))
    fields.finish()
    return Filter(name, operator, values)


def _scalar(value: object, path: str) -> Scalar:
    if not isinstance(value, str | int):
        raise FieldInvalid(
            f"{path} must be a text, a whole number or a truth value",
            field=path,
            hint="write numbers with a point as the events do: as text",
        )
    return value


def _scalars(value: object, path: str) -> tuple[Scalar, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise FieldInvalid(
            f"{path} must be a list that is not empty", field=path, hint="give at least one value"
        )
    entries = cast("Sequence[object]", value)
    if len(entries) > MOST_VALUES:
        raise FieldInvalid(
            f"{path} has {len(entries)} values", field=path, hint=f"give at most {MOST_VALUES}"
        )
    return tuple(_scalar(entry, join(path, str(index))) for index, entry in enumerate(entries))
