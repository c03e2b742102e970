"""What the endpoints of offers and levels take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import Field

from groschen.features.levels.model import LevelSide, OfferSide
from groschen.features.levels.service import Acceptance, OfferDraft
from groschen.features.levels.terms import Corridor
from groschen.kit.http import (
    Amount,
    CurrencyCode,
    ExternalId,
    In,
    Instant,
    Out,
    Rate,
    Reference,
    ReferenceTo,
    Text,
    UnsignedAmount,
)
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.levels.model import LevelSummary, OfferCopy
    from groschen.features.levels.service import OfferDetail

OfferId = Annotated[UUID, PublicId("off"), Field(description="An offer, the same on both sides.")]
TenantId = Annotated[UUID, PublicId("ten"), Field(description="A tenant.")]
TenantRef = Annotated[
    Reference,
    ReferenceTo("ten"),
    Field(description="A tenant directly below, by id or as ext:<external id>."),
]
ComponentId = Annotated[
    str,
    Field(pattern="^[a-z][a-z0-9_]{0,62}$", description="A component.", examples=["energy"]),
]
Version = Annotated[int, Field(description="1, 2, 3, ...", examples=[1], ge=1, le=2**31 - 1)]
Hash = Annotated[
    str,
    Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of the terms.", examples=["0f" * 32]),
]
Components = Annotated[
    dict[str, ComponentId],
    Field(
        description="Components of the reseller's plans, each with that of the offer it consumes.",
        examples=[{"energy": "energy", "base": "base"}],
        max_length=100,
    ),
]


class CorridorSpec(In):
    """Within what a component may be sold on, net a unit."""

    lowest: Annotated[UnsignedAmount, Field(description="The lowest price.", examples=["0.25"])]
    highest: Annotated[UnsignedAmount, Field(description="The highest price.", examples=["0.40"])]

    def corridor(self) -> Corridor:
        """The corridor as the service wants it."""
        return Corridor(self.lowest, self.highest)


class OfferIn(In):
    """A plan to be offered to a tenant below; the same external id again is the next version."""

    external_id: ExternalId
    tenant: TenantRef
    account: Annotated[ExternalId, Field(description="External id of the reseller's account.")]
    plan: Annotated[ExternalId, Field(description="External id of the plan; its prices are net.")]
    valid_from: Annotated[
        Instant | None, Field(description="From when it can be sold on; now if left out.")
    ] = None
    corridors: Annotated[
        dict[str, CorridorSpec],
        Field(
            description="By component; without one any price will do.",
            examples=[{"energy": {"lowest": "0.25", "highest": "0.40"}}],
            max_length=100,
        ),
    ] = {}  # noqa: RUF012
    brand_slots: Annotated[
        list[Text],
        Field(description="What the reseller may name itself.", examples=[["name"]], max_length=20),
    ] = []  # noqa: RUF012

    def draft(self) -> OfferDraft:
        """The offer as the service wants it."""
        return OfferDraft(
            external_id=self.external_id,
            tenant=self.tenant,
            account=self.account,
            plan=self.plan,
            valid_from=self.valid_from,
            corridors={name: one.corridor() for name, one in self.corridors.items()},
            brand_slots=tuple(self.brand_slots),
        )


class AcceptIn(In):
    """A version of an offer that is accepted; the hash proves which terms."""

    version: Version
    hash: Hash
    supplier: Annotated[
        ExternalId, Field(description="External id of the party that stands for the wholesaler.")
    ]
    components: Annotated[
        Components, Field(description="What consumes what; empty: what has the same name.")
    ] = {}  # noqa: RUF012

    def acceptance(self) -> Acceptance:
        """The acceptance as the service wants it."""
        return Acceptance(self.version, self.hash, self.supplier, self.components)


class OfferComponentOut(Out):
    """A component that can be bought."""

    id: ComponentId
    kind: Annotated[str, Field(description="What it charges for.", examples=["usage"])]
    every: Annotated[str | None, Field(description="How long a window is.", examples=["day"])]
    price: Annotated[
        dict[str, Any],
        Field(
            description="The wholesale price, net.",
            examples=[{"kind": "per_unit", "params": {"currency": "EUR", "unit_price": "0.28"}}],
        ),
    ]
    corridor: Annotated[
        CorridorSpec | None, Field(description="Within what it may be sold on; null: any price.")
    ]


class OfferVersionOut(Out):
    """A version of an offer; it never changes."""

    version: Version
    name: Text
    valid_from: Annotated[Instant, Field(description="From when it can be sold on.")]
    vat_rate: Annotated[Rate, Field(description="VAT that the wholesaler charges.")]
    components: Annotated[list[OfferComponentOut], Field(description="What can be bought.")]
    brand_slots: Annotated[
        list[Text], Field(description="What the reseller may name itself.", examples=[["name"]])
    ]
    hash: Hash
    published_at: Annotated[Instant, Field(description="When it was published.")]
    accepted_at: Annotated[Instant | None, Field(description="When it was accepted; null: not.")]
    agreement: Annotated[
        ExternalId, Field(description="At the reseller: the agreement that books the cost.")
    ]
    consumed_by: Components

    @classmethod
    def of(cls, copy: OfferCopy) -> OfferVersionOut:
        """Show a version."""
        terms = copy.terms
        return cls(
            version=copy.version,
            name=terms.name,
            valid_from=terms.valid_from,
            vat_rate=terms.vat_rate,
            components=[
                OfferComponentOut(
                    id=one.id,
                    kind=one.kind.value,
                    every=None if one.every is None else one.every.value,
                    price=one.price.to_spec(),
                    corridor=None
                    if one.corridor is None
                    else CorridorSpec(lowest=one.corridor.lowest, highest=one.corridor.highest),
                )
                for one in terms.components
            ],
            brand_slots=list(terms.brand_slots),
            hash=copy.hash,
            published_at=copy.published_at,
            accepted_at=copy.accepted_at,
            agreement=terms.agreement,
            consumed_by=dict(copy.components),
        )


class OfferOut(Out):
    """An offer between two tenants."""

    id: OfferId
    external_id: ExternalId
    side: Annotated[
        OfferSide, Field(description="`given` to a tenant below, or `taken` from the one above.")
    ]
    peer_tenant_id: Annotated[TenantId, Field(description="The tenant on the other side.")]
    currency: CurrencyCode
    created_at: Annotated[Instant, Field(description="When it was made.")]
    versions: Annotated[list[OfferVersionOut], Field(description="The newest first.")]

    @classmethod
    def of(cls, detail: OfferDetail) -> OfferOut:
        """Show an offer."""
        offer = detail.offer
        return cls(
            id=offer.id,
            external_id=offer.external_id,
            side=offer.side,
            peer_tenant_id=offer.peer_tenant_id,
            currency=offer.currency,
            created_at=offer.created_at,
            versions=[OfferVersionOut.of(one) for one in detail.copies],
        )


class LevelOut(Out):
    """How the books of two tenants stand to each other."""

    peer_tenant_id: Annotated[TenantId, Field(description="The tenant on the other side.")]
    side: Annotated[
        LevelSide,
        Field(description="`retail`: it supplies this one; `wholesale`: this one supplies it."),
    ]
    currency: Annotated[CurrencyCode | None, Field(description="Null while nothing is booked.")]
    pairs: Annotated[int, Field(description="Totals booked here.", examples=[60])]
    in_transit: Annotated[
        int,
        Field(
            description="retail: totals whose newest state is on its way up; wholesale: totals "
            "whose two sides are not booked at the same revision yet.",
            examples=[0],
        ),
    ]
    waiting_since: Annotated[
        Instant | None, Field(description="Since when the oldest is in transit; null: none is.")
    ]
    refused: Annotated[
        int, Field(description="Of these, what the other side refused.", examples=[0])
    ]
    refusal: Annotated[
        str | None,
        Field(description="Code of a refusal.", examples=["offer_copy_differs"]),
    ]
    unequal: Annotated[
        int,
        Field(description="Booked at one revision with two amounts; must be 0.", examples=[0]),
    ]
    booked_here: Annotated[Amount, Field(description="Net, as booked here.", examples=["71.34"])]
    booked_there: Annotated[
        Amount, Field(description="Net, as the other side told.", examples=["71.34"])
    ]

    @classmethod
    def of(cls, one: LevelSummary) -> LevelOut:
        """Show how two tenants stand."""
        return cls(
            peer_tenant_id=one.peer_tenant_id,
            side=one.side,
            currency=one.currency,
            pairs=one.pairs,
            in_transit=one.in_transit,
            waiting_since=one.waiting_since,
            refused=one.refused,
            refusal=one.refusal,
            unequal=one.unequal,
            booked_here=one.booked_here,
            booked_there=one.booked_there,
        )


class LevelsOut(Out):
    """The tenants that this one trades with."""

    data: Annotated[list[LevelOut], Field(description="The one above first.")]
