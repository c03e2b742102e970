"""What levels are: offers between tenants, states that travel, amounts of both sides, refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID, uuid5

from groschen.core.errors import GroschenError, Kind

if TYPE_CHECKING:
    from groschen.features.levels.terms import OfferTerms


class OfferSide(StrEnum):
    """Which end of an offer a tenant is."""

    GIVEN = "given"
    """It supplies: the wholesaler."""
    TAKEN = "taken"
    """It sells on: the reseller."""


class LevelSide(StrEnum):
    """At which end of a pair an amount was booked."""

    RETAIL = "retail"
    WHOLESALE = "wholesale"


@dataclass(frozen=True, slots=True)
class TradeOffer:
    """An offer between two tenants; both know it by the same id.

    ``account_id`` and ``party_id`` are the reseller at the wholesaler. At the reseller
    ``party_id`` is the wholesaler, once a version was accepted.
    """

    id: UUID
    external_id: str
    side: OfferSide
    peer_tenant_id: UUID
    account_id: UUID | None
    party_id: UUID | None
    currency: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OfferCopy:
    """One version of an offer as both sides keep it; never changed, pinned by its hash.

    ``plan_version_id`` is known at the wholesaler only, ``components`` (of the reseller's plans,
    each with that of the offer that it consumes) and ``agreement`` at the reseller only.
    """

    offer_id: UUID
    version: int
    plan_version_id: UUID | None
    terms: OfferTerms
    hash: str
    published_at: datetime
    accepted_at: datetime | None
    components: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MirroredSegment:
    """A segment of a reseller's item that is bought under a version of an offer."""

    segment: int
    offer_id: UUID
    version: int
    hash: str
    quantity: Decimal
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class MirroredItem:
    """What the wholesaler may know of a reseller's item; the ids are pseudonyms."""

    item_id: UUID
    subscription_id: UUID
    time_zone: str
    anchor_on: date | None
    starts_at: datetime
    ends_at: datetime | None
    segments: tuple[MirroredSegment, ...]


@dataclass(frozen=True, slots=True)
class LevelState:
    """The newest state of a reseller's total: its quantity by service day.

    ``component`` is the offer's. ``group`` is empty, or stands for what the total is of.
    """

    mirror_key: UUID
    item_id: UUID
    component: str
    segment: int
    group: str
    cadence: str
    ordinal: int
    revision: int
    cells: Mapping[date, Decimal]


@dataclass(frozen=True, slots=True)
class Parcel:
    """What travels up in one transaction; ``total_ids`` are the reseller's, by mirror key."""

    items: tuple[MirroredItem, ...]
    states: tuple[LevelState, ...]


@dataclass(frozen=True, slots=True)
class LevelAmount:
    """What one side booked of a pair at a revision: net, twelve decimals."""

    mirror_key: UUID
    side: LevelSide
    revision: int
    quantity: Decimal
    amount: Decimal
    currency: str
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class LevelSummary:
    """How a tenant stands with the one above (``retail``) or one below (``wholesale``).

    ``unequal`` pairs were booked at the same revision with different amounts.
    """

    peer_tenant_id: UUID
    side: LevelSide
    currency: str | None
    pairs: int
    in_transit: int
    waiting_since: datetime | None
    refused: int
    refusal: str | None
    unequal: int
    booked_here: Decimal
    booked_there: Decimal


def pseudonym(own_id: UUID, peer_tenant_id: UUID) -> UUID:
    """What a tenant calls a thing of its own towards another: nobody can compute it back."""
    return uuid5(own_id, f"level:{peer_tenant_id}")


def changed_days(
    before: Mapping[date, Decimal], after: Mapping[date, Decimal]
) -> Sequence[tuple[date, Decimal | None, Decimal | None]]:
    """The days on which two states differ, with the quantity of each; None: no such day."""
    days = sorted(before.keys() | after.keys())
    return [
        (day, before.get(day), after.get(day)) for day in days if before.get(day) != after.get(day)
    ]


class OfferNotFound(GroschenError):
    """There is no such offer, or it has no such version."""

    code: ClassVar[str] = "offer_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class OfferNotForTenant(GroschenError):
    """The offer is not addressed to this tenant."""

    code: ClassVar[str] = "offer_not_for_tenant"
    kind: ClassVar[Kind] = Kind.CONFLICT


class OfferHashMismatch(GroschenError):
    """What is accepted is not what was offered."""

    code: ClassVar[str] = "offer_hash_mismatch"
    kind: ClassVar[Kind] = Kind.CONFLICT


class OfferAccepted(GroschenError):
    """The version was accepted before, with other particulars."""

    code: ClassVar[str] = "offer_accepted"
    kind: ClassVar[Kind] = Kind.CONFLICT


class ResellerUnknown(GroschenError):
    """There is no such tenant directly below, or no such account of it."""

    code: ClassVar[str] = "reseller_unknown"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class OfferPlanUnfit(GroschenError):
    """The plan cannot be offered."""

    code: ClassVar[str] = "offer_plan_unfit"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class OfferPriceUnfit(GroschenError):
    """The price needs the events themselves, which do not travel."""

    code: ClassVar[str] = "offer_price_unfit"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class OfferComponentUnknown(GroschenError):
    """The offer has no such component."""

    code: ClassVar[str] = "offer_component_unknown"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class OfferNotAccepted(GroschenError):
    """A plan sells on what was not accepted."""

    code: ClassVar[str] = "offer_not_accepted"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class PlanNotInOffer(GroschenError):
    """A component of the plan consumes nothing of the offer, or one of the offer is missing."""

    code: ClassVar[str] = "plan_not_in_offer"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class PriceOutsideCorridor(GroschenError):
    """A retail price is lower or higher than the offer allows."""

    code: ClassVar[str] = "price_outside_corridor"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class LevelsUnequal(GroschenError):
    """The two sides booked different amounts for the same use; they are not settled."""

    code: ClassVar[str] = "levels_unequal"
    kind: ClassVar[Kind] = Kind.CONFLICT


class OfferCopyDiffers(GroschenError):
    """The two sides do not have the same copy of an offer; nothing is booked."""

    code: ClassVar[str] = "offer_copy_differs"
    kind: ClassVar[Kind] = Kind.CONFLICT
