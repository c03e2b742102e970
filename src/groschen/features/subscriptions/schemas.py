"""What the endpoints of subscriptions take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

from pydantic import Field

from groschen.features.subscriptions.model import (
    CancelReason,
    Funding,
    ItemDraft,
    PhaseDraft,
    SubscriptionDraft,
    SubscriptionState,
)
from groschen.features.subscriptions.service import ChangeDraft
from groschen.kit.http import (
    CurrencyCode,
    ExternalId,
    In,
    Instant,
    Lax,
    LocalDate,
    Out,
    PositiveAmount,
    Reference,
    ReferenceTo,
    Text,
    TimeZone,
    plain_decimal,
)
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.subscriptions.model import (
        Item,
        Segment,
        SubjectLink,
        Subscription,
        SubscriptionDetail,
    )

SubscriptionId = Annotated[UUID, PublicId("sub"), Field(description="A subscription.")]
ItemId = Annotated[UUID, PublicId("sbi"), Field(description="An item of a subscription.")]
AccountId = Annotated[UUID, PublicId("acc"), Field(description="A customer's billing account.")]
PartyId = Annotated[UUID, PublicId("pty"), Field(description="A party.")]
WalletId = Annotated[UUID, PublicId("wal"), Field(description="A wallet.")]
PlanId = Annotated[UUID, PublicId("pln"), Field(description="A plan.")]
VersionId = Annotated[UUID, PublicId("plv"), Field(description="A version of a plan.")]
WalletRef = Annotated[
    Reference, ReferenceTo("wal"), Field(description="A wallet, by id or as ext:<external id>.")
]
Funded = Annotated[
    Funding,
    Lax,
    Field(
        description="`invoice`: billed later; `wallet`: burns the wallet's credit at once; "
        "`claim`: follows a reseller's subscription, never made by hand.",
        examples=["invoice"],
    ),
]
Reason = Annotated[
    CancelReason,
    Lax,
    Field(
        description="`extraordinary` ends it before the minimum term.",
        examples=["ordinary"],
    ),
]
Subject = Annotated[
    Text,
    Field(description="What events are about: a meter, a card, a device.", examples=["meter-4711"]),
]
MOST_ITEMS: Final = 100
MOST_SUBJECTS: Final = 1_000
MOST_PHASES: Final = 50


class PhaseIn(In):
    """Other terms that hold from a later instant on."""

    from_at: Annotated[Instant, Field(description="From when they hold.")]
    plan: Annotated[
        ExternalId | None,
        Field(description="External id of the plan; the plan before if left out."),
    ] = None
    quantity: Annotated[
        PositiveAmount | None,
        Field(description="How many; as before if left out.", examples=["2"]),
    ] = None

    def draft(self) -> PhaseDraft:
        """The phase as the service wants it."""
        return PhaseDraft(self.from_at, self.plan, self.quantity)


class SubscriptionItemIn(In):
    """Something to subscribe to."""

    external_id: Annotated[
        ExternalId | None, Field(description="Your own id; made from the id if left out.")
    ] = None
    plan: Annotated[ExternalId, Field(description="External id of the plan.")]
    quantity: Annotated[PositiveAmount, Field(description="How many.", examples=["1"])]
    subjects: Annotated[
        list[Subject],
        Field(
            max_length=MOST_SUBJECTS,
            description="What belongs to it from its start on.",
            examples=[["meter-4711"]],
        ),
    ] = Field(default_factory=list[str])
    phases: Annotated[
        list[PhaseIn],
        Field(max_length=MOST_PHASES, description="What is planned for later, by time."),
    ] = Field(default_factory=list[PhaseIn])

    def draft(self) -> ItemDraft:
        """The item as the service wants it."""
        return ItemDraft(
            self.plan,
            self.quantity,
            self.external_id,
            tuple(self.subjects),
            tuple(phase.draft() for phase in self.phases),
        )


class AddedItemIn(SubscriptionItemIn):
    """Something more to subscribe to."""

    starts_at: Annotated[Instant | None, Field(description="Its start; now if left out.")] = None


class SubscriptionIn(In):
    """A subscription to make."""

    external_id: Annotated[
        ExternalId | None, Field(description="Your own id; made from the id if left out.")
    ] = None
    account: Annotated[ExternalId, Field(description="External id of the customer's account.")]
    items: Annotated[
        list[SubscriptionItemIn],
        Field(min_length=1, max_length=MOST_ITEMS, description="What is subscribed to."),
    ]
    starts_at: Annotated[
        Instant | None,
        Field(description="Its start, also in the past while the books are open; else now."),
    ] = None
    anchor_on: Annotated[
        LocalDate | None,
        Field(description="Windows start on this day of the month; null: with the calendar."),
    ] = None
    funding: Funded = Funding.INVOICE
    wallet: Annotated[
        WalletRef | None, Field(description="The wallet that pays, with funding `wallet`.")
    ] = None
    minimum_term_until: Annotated[
        Instant | None, Field(description="Before it only an extraordinary reason cancels.")
    ] = None

    def draft(self) -> SubscriptionDraft:
        """The subscription as the service wants it."""
        return SubscriptionDraft(
            account=self.account,
            items=tuple(item.draft() for item in self.items),
            external_id=self.external_id,
            starts_at=self.starts_at,
            anchor_on=self.anchor_on,
            funding=self.funding,
            wallet=self.wallet,
            minimum_term_until=self.minimum_term_until,
        )


class ItemChangeIn(In):
    """Another plan, the newest version of the same, or another quantity."""

    at: Annotated[Instant | None, Field(description="From when it holds; now if left out.")] = None
    plan: Annotated[
        ExternalId | None,
        Field(description="External id of the plan. It replaces phases planned for later."),
    ] = None
    quantity: Annotated[
        PositiveAmount | None,
        Field(description="How many; it holds in later phases too.", examples=["2"]),
    ] = None

    def draft(self) -> ChangeDraft:
        """The change as the service wants it."""
        return ChangeDraft(self.at, self.plan, self.quantity)


class CancelIn(In):
    """When something shall end, and why."""

    at: Annotated[
        Instant | None,
        Field(description="Its end; as soon as the minimum term allows if left out."),
    ] = None
    reason: Reason = CancelReason.ORDINARY


class SubjectIn(In):
    """A subject that shall belong to an item."""

    subject: Subject
    from_at: Annotated[
        Instant | None, Field(description="From when, also in the past; now if left out.")
    ] = None
    until_at: Annotated[Instant | None, Field(description="Until when; open if left out.")] = None


class SubjectEndIn(In):
    """A subject that shall no longer belong to an item."""

    subject: Subject
    at: Annotated[Instant | None, Field(description="From when; now if left out.")] = None


class SubscriptionOut(Out):
    """A running contract."""

    id: SubscriptionId
    external_id: ExternalId
    account_id: AccountId
    party_id: PartyId
    currency: CurrencyCode
    time_zone: TimeZone
    anchor_on: Annotated[
        LocalDate | None, Field(description="The day windows start on; null: with the calendar.")
    ]
    funding: Funded
    wallet_id: Annotated[WalletId | None, Field(description="The wallet that pays.")]
    state: Annotated[
        SubscriptionState,
        Field(description="`active` until its end has come.", examples=["active"]),
    ]
    starts_at: Annotated[Instant, Field(description="Its start.")]
    ends_at: Annotated[Instant | None, Field(description="Its end, once it is cancelled.")]
    minimum_term_until: Annotated[
        Instant | None, Field(description="Before it only an extraordinary reason cancels.")
    ]
    version: Annotated[int, Field(description="Counts its changes.", examples=[1])]
    created_at: Annotated[Instant, Field(description="When it was made.")]

    @classmethod
    def of(cls, one: Subscription) -> SubscriptionOut:
        """Show a subscription."""
        return cls(
            id=one.id,
            external_id=one.external_id,
            account_id=one.account_id,
            party_id=one.party_id,
            currency=one.currency,
            time_zone=one.time_zone,
            anchor_on=one.anchor_on,
            funding=one.funding,
            wallet_id=one.wallet_id,
            state=one.state,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            minimum_term_until=one.minimum_term_until,
            version=one.version,
            created_at=one.created_at,
        )


class SegmentOut(Out):
    """What holds for an item for a time."""

    segment: Annotated[int, Field(description="Its number, never given twice.", examples=[1])]
    plan: ExternalId
    plan_version_id: VersionId
    version: Annotated[int, Field(description="The version of the plan.", examples=[1])]
    quantity: Annotated[str, Field(description="How many.", examples=["1"])]
    from_at: Annotated[Instant, Field(description="From when it holds.")]
    until_at: Annotated[Instant | None, Field(description="Until when; null: open.")]

    @classmethod
    def of(cls, one: Segment) -> SegmentOut:
        """Show a segment."""
        return cls(
            segment=one.segment,
            plan=one.offer.plan_external_id,
            plan_version_id=one.offer.plan_version_id,
            version=one.offer.version,
            quantity=plain_decimal(one.quantity),
            from_at=one.from_at,
            until_at=one.until_at,
        )


class SubjectOut(Out):
    """What belongs to an item for a time."""

    subject: Subject
    from_at: Annotated[Instant, Field(description="From when.")]
    until_at: Annotated[Instant | None, Field(description="Until when; null: open.")]

    @classmethod
    def of(cls, link: SubjectLink) -> SubjectOut:
        """Show a subject."""
        return cls(subject=link.subject, from_at=link.from_at, until_at=link.until_at)


class SubscriptionItemOut(Out):
    """One line of a subscription."""

    id: ItemId
    external_id: ExternalId
    plan_id: Annotated[PlanId, Field(description="The plan it started with.")]
    starts_at: Annotated[Instant, Field(description="Its start.")]
    ends_at: Annotated[Instant | None, Field(description="Its end, if it has one.")]
    segments: Annotated[list[SegmentOut], Field(description="Its terms, by time.")]
    subjects: Annotated[list[SubjectOut], Field(description="What belongs to it.")]

    @classmethod
    def of(cls, item: Item) -> SubscriptionItemOut:
        """Show an item."""
        return cls(
            id=item.id,
            external_id=item.external_id,
            plan_id=item.plan_id,
            starts_at=item.starts_at,
            ends_at=item.ends_at,
            segments=[SegmentOut.of(one) for one in item.segments],
            subjects=[SubjectOut.of(one) for one in item.subjects],
        )


class SubscriptionDetailOut(Out):
    """A subscription with its items."""

    subscription: SubscriptionOut
    items: Annotated[list[SubscriptionItemOut], Field(description="Its items.")]

    @classmethod
    def of(cls, detail: SubscriptionDetail) -> SubscriptionDetailOut:
        """Show a subscription with all that belongs to it."""
        return cls(
            subscription=SubscriptionOut.of(detail.subscription),
            items=[SubscriptionItemOut.of(item) for item in detail.items],
        )
