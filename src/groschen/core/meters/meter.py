"""What a meter is: which events count, how they become a quantity, and by what they are grouped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from groschen.core.canonical import rule_hash
from groschen.core.fields import FieldInvalid, Fields, join
from groschen.core.meters.aggregation import Aggregation, aggregation_of
from groschen.core.meters.fact import UsageFact, key_of
from groschen.core.meters.filters import Filter, parse_filter

MOST_FILTERS: Final = 20
MOST_GROUPS: Final = 4


@dataclass(frozen=True, slots=True)
class Meter:
    """Immutable once published. ``value`` is the property read, None for a count of events."""

    id: str
    event_type: str
    aggregation: str
    value: str | None
    filters: tuple[Filter, ...] = ()
    group_by: tuple[str, ...] = ()

    @property
    def folding(self) -> Aggregation:
        """The arithmetic of ``aggregation``."""
        return aggregation_of(self.aggregation)

    def matches(self, event_type: str, properties: Mapping[str, object]) -> bool:
        """Whether an event of this type with these properties counts."""
        return event_type == self.event_type and all(
            each.matches(properties) for each in self.filters
        )

    def group_of(self, fact: UsageFact) -> str:
        """The group the fact counts in: canonical JSON of its values, empty without groups.

        Raises ``FactIncomplete`` for a missing value or one that is no text or whole number.
        """
        if not self.group_by:
            return ""
        values = {name: key_of(fact, name) for name in self.group_by}
        return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def check(self, fact: UsageFact) -> None:
        """Refuse a fact that cannot be counted: ``FactIncomplete``, ``ValueTooLong``."""
        self.folding.check(fact, self.value or "")
        self.group_of(fact)

    def to_json(self) -> dict[str, object]:
        """The stored form; ``parse_meter`` gives the meter back."""
        return {
            "id": self.id,
            "event_type": self.event_type,
            "aggregation": self.aggregation,
            "value": self.value,
            "filters": [each.to_json() for each in self.filters],
            "group_by": list(self.group_by),
        }

    @property
    def hash(self) -> str:
        """The SHA-256 of the stored form, in hex; pins the meter."""
        return rule_hash(self.to_json())


def parse_meter(data: object, path: str = "") -> Meter:
    """Read a meter as submitted or stored; errors name the field by its path below ``path``."""
    fields = Fields(data, path)
    kind = fields.text("aggregation")
    folding = aggregation_of(kind, fields.at("aggregation"))
    meter = Meter(
        id=fields.text("id"),
        event_type=fields.text("event_type"),
        aggregation=kind,
        value=_value(fields, folding),
        filters=_filters(fields),
        group_by=_group_by(fields),
    )
    fields.finish()
    return meter


def _value(fields: Fields, folding: Aggregation) -> str | None:
    if folding.reads_value:
        return fields.text("value")
    if fields.has("value"):
        raise FieldInvalid(
            f"{folding.kind} reads no property",
            field=fields.at("value"),
            hint="leave it out, or use sum",
        )
    return None


def _filters(fields: Fields) -> tuple[Filter, ...]:
    if not fields.has("filters") or fields.value("filters") == []:
        return ()
    filters = tuple(parse_filter(entry) for entry in fields.objects("filters"))
    if len(filters) > MOST_FILTERS:
        raise FieldInvalid(
            f"{fields.at('filters')} has {len(filters)} entries",
            field=fields.at("filters"),
            hint=f"use at most {MOST_FILTERS} filters",
        )
    return filters


def _group_by(fields: Fields) -> tuple[str, ...]:
    if not fields.has("group_by"):
        return ()
    path = fields.at("group_by")
    names = fields.value("group_by")
    if not isinstance(names, list | tuple) or len(cast("Sequence[object]", names)) > MOST_GROUPS:
        raise FieldInvalid(
            f"{path} must be a list of at most {MOST_GROUPS} properties",
            field=path,
            hint='name properties, such as ["region"]',
        )
    return _distinct(cast("Sequence[object]", names), path)


def _distinct(names: Sequence[object], path: str) -> tuple[str, ...]:
    found: list[str] = []
    for index, name in enumerate(names):
        if not isinstance(name, str) or not name.strip() or name in found:
            raise FieldInvalid(
                f"{join(path, str(index))} is no property, or named twice",
                field=join(path, str(index)),
                hint="name each property once",
            )
        found.append(name)
    return tuple(found)
