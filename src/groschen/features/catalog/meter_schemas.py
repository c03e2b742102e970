"""What the endpoints of meters take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import Field

from groschen.core.meters import Operator, aggregation_kinds, parse_meter
from groschen.core.meters.meter import MOST_FILTERS, MOST_GROUPS
from groschen.kit.http import ExternalId, In, Instant, Lax, Out, Reference, ReferenceTo, Text
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.core.meters import Meter
    from groschen.features.catalog.model import PublishedMeter

MeterId = Annotated[UUID, PublicId("mtr"), Field(description="A meter.")]
MeterRef = Annotated[
    Reference, ReferenceTo("mtr"), Field(description="A meter, by its id or `ext:` and yours.")
]
Property = Annotated[
    Text, Field(description="A property of the events' data.", examples=["kilowatt_hours"])
]


class FilterSpec(In):
    """A condition on a property; events that miss it do not count."""

    property: Property
    operator: Annotated[Operator, Lax, Field(description="How it is compared.", examples=["eq"])]
    value: Annotated[
        str | int | bool | list[str | int | bool] | None,
        Field(description="eq: the value; in: a list; exists: none.", examples=["night"]),
    ] = None


class MeterSpec(In):
    """Which events count, and how they make a quantity."""

    event_type: Annotated[
        Text, Field(description="The type of the events.", examples=["energy.consumed"])
    ]
    aggregation: Annotated[
        str,
        Field(
            description="How events make one quantity.",
            examples=["sum"],
            json_schema_extra={"enum": list(aggregation_kinds())},
        ),
    ]
    value: Annotated[Property | None, Field(description="The property read; none by count.")] = None
    filters: Annotated[
        list[FilterSpec],
        Field(max_length=MOST_FILTERS, description="All must hold for an event to count."),
    ] = Field(default_factory=list[FilterSpec])
    group_by: Annotated[
        list[Property],
        Field(
            max_length=MOST_GROUPS,
            description="Properties whose values have totals of their own.",
            examples=[["region"]],
        ),
    ] = Field(default_factory=list[str])

    @classmethod
    def of(cls, meter: Meter) -> MeterSpec:
        """Show what a meter says."""
        return cls.model_validate({k: v for k, v in meter.to_json().items() if k != "id"})


class MeterIn(In):
    """A meter to publish."""

    external_id: ExternalId
    name: Text
    terms: Annotated[MeterSpec, Field(description="What it says; it never changes.")]

    def meter(self) -> Meter:
        """Read the meter in full; errors name the field below ``terms``."""
        terms: dict[str, Any] = self.terms.model_dump(mode="json", exclude_none=True)
        return parse_meter({**terms, "id": self.external_id}, "terms")


class MeterOut(Out):
    """A published meter."""

    id: MeterId
    external_id: ExternalId
    name: Text
    terms: Annotated[MeterSpec, Field(description="What it says.")]
    hash: Annotated[
        str,
        Field(
            description="SHA-256 of what it says, in canonical JSON.",
            pattern="^[0-9a-f]{64}$",
            examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ]
    created_at: Annotated[Instant, Field(description="When it was published.")]

    @classmethod
    def of(cls, one: PublishedMeter) -> MeterOut:
        """Show a meter."""
        return cls(
            id=one.id,
            external_id=one.external_id,
            name=one.name,
            terms=MeterSpec.of(one.meter),
            hash=one.hash,
            created_at=one.created_at,
        )
