"""What is sold, and what the catalog refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from groschen.core.errors import GroschenError, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from groschen.core.meters import Meter
    from groschen.core.usage import UsageRule
    from groschen.features.catalog.terms import PlanTerms


@dataclass(frozen=True, slots=True)
class Product:
    """Something that is sold; ``tax_class`` says which of a country's rates applies."""

    id: UUID
    external_id: str
    name: str
    tax_class: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """An offer of a product; what it costs is in its versions."""

    id: UUID
    external_id: str
    product_id: UUID
    product_external_id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """The terms of a plan from ``valid_from`` until the next version starts; never changed."""

    id: UUID
    plan_id: UUID
    version: int
    valid_from: datetime
    terms: PlanTerms
    hash: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PublishedMeter:
    """A meter as it was published; it never changes."""

    id: UUID
    external_id: str
    name: str
    meter: Meter
    hash: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan version with everything that selling it needs to know; immutable.

    ``rules`` prices events: one for each usage component, by the component's id.
    """

    plan_version_id: UUID
    plan_id: UUID
    plan_external_id: str
    plan_name: str
    product_external_id: str
    product_name: str
    tax_class: str
    version: int
    hash: str
    terms: PlanTerms
    rules: Mapping[str, UsageRule] = field(default_factory=dict[str, "UsageRule"])


class ProductNotFound(GroschenError):
    """There is no such product."""

    code: ClassVar[str] = "product_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class ProductUnknown(GroschenError):
    """The product that a plan names does not exist."""

    code: ClassVar[str] = "product_unknown"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class ProductExists(GroschenError):
    """Another product has this external id."""

    code: ClassVar[str] = "product_exists"
    kind: ClassVar[Kind] = Kind.CONFLICT


class PlanNotFound(GroschenError):
    """There is no such plan."""

    code: ClassVar[str] = "plan_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class PlanUnknown(GroschenError):
    """No plan of this name is on sale."""

    code: ClassVar[str] = "plan_unknown"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class PlanExists(GroschenError):
    """Another plan has this external id."""

    code: ClassVar[str] = "plan_exists"
    kind: ClassVar[Kind] = Kind.CONFLICT


class PlanVersionNotFound(GroschenError):
    """There is no such version of a plan."""

    code: ClassVar[str] = "plan_version_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class PlanVersionExists(GroschenError):
    """The plan has a version from this instant already."""

    code: ClassVar[str] = "plan_version_exists"
    kind: ClassVar[Kind] = Kind.CONFLICT


class PlanVersionImmutable(GroschenError):
    """A published version of a plan is never changed."""

    code: ClassVar[str] = "plan_version_immutable"
    kind: ClassVar[Kind] = Kind.CONFLICT


class PlanVersionTooEarly(GroschenError):
    """A new version would change what was sold already."""

    code: ClassVar[str] = "plan_version_too_early"
    kind: ClassVar[Kind] = Kind.CONFLICT


class MeterNotFound(GroschenError):
    """There is no such meter."""

    code: ClassVar[str] = "meter_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class MeterUnknown(GroschenError):
    """The meter that a price names does not exist."""

    code: ClassVar[str] = "meter_unknown"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class MeterExists(GroschenError):
    """Another meter has this external id; a meter is never changed."""

    code: ClassVar[str] = "meter_exists"
    kind: ClassVar[Kind] = Kind.CONFLICT


class RevenueAccountUnfit(GroschenError):
    """Revenue is posted to income accounts of the chart that need no party."""

    code: ClassVar[str] = "revenue_account_unfit"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class TaxRateExists(GroschenError):
    """A rate of this country and class starts on that day already."""

    code: ClassVar[str] = "tax_rate_exists"
    kind: ClassVar[Kind] = Kind.CONFLICT


class TaxRateTooEarly(GroschenError):
    """A new rate would change what was taxed already."""

    code: ClassVar[str] = "tax_rate_too_early"
    kind: ClassVar[Kind] = Kind.CONFLICT
