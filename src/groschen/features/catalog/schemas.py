"""What the catalog's endpoints take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import Field

from groschen.core.components import MOST_UNIT, ComponentKind, Timing
from groschen.core.period import Cadence
from groschen.core.prices import price_kinds
from groschen.core.sale import Basis
from groschen.core.tax import TaxCategory, TaxRate
from groschen.features.catalog.terms import MOST_COMPONENTS, PlanTerms, parse_terms
from groschen.kit.http import (
    Country,
    CurrencyCode,
    ExternalId,
    In,
    Instant,
    Lax,
    LocalDate,
    Out,
    Rate,
    Reference,
    ReferenceTo,
    Text,
)
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.catalog.model import Plan, PlanVersion, Product

ProductId = Annotated[UUID, PublicId("prd"), Field(description="A product.")]
PlanId = Annotated[UUID, PublicId("pln"), Field(description="A plan.")]
PlanVersionId = Annotated[UUID, PublicId("plv"), Field(description="A version of a plan.")]
ProductRef = Annotated[
    Reference, ReferenceTo("prd"), Field(description="A product, by its id or `ext:` and yours.")
]
PlanRef = Annotated[
    Reference, ReferenceTo("pln"), Field(description="A plan, by its id or `ext:` and yours.")
]
TaxClass = Annotated[
    TaxCategory,
    Lax,
    Field(description="Which of a country's rates applies.", examples=["reduced"]),
]
StepName = Annotated[
    str,
    Field(pattern="^[a-z][a-z0-9_]{0,62}$", description="A short name.", examples=["ticket"]),
]


class ProductIn(In):
    """A product to be sold."""

    external_id: ExternalId
    name: Text
    tax_class: TaxClass


class ProductOut(Out):
    """A product."""

    id: ProductId
    external_id: ExternalId
    name: Text
    tax_class: TaxClass
    created_at: Annotated[Instant, Field(description="When it was made.")]

    @classmethod
    def of(cls, product: Product) -> ProductOut:
        """Show a product."""
        return cls(
            id=product.id,
            external_id=product.external_id,
            name=product.name,
            tax_class=TaxCategory(product.tax_class),
            created_at=product.created_at,
        )


class PlanIn(In):
    """An offer of a product; its price comes with a version."""

    external_id: ExternalId
    product: ProductRef
    name: Text


class PlanOut(Out):
    """A plan."""

    id: PlanId
    external_id: ExternalId
    product_id: ProductId
    product_external_id: Annotated[
        ExternalId, Field(description="External id of the product.", examples=["single-ticket"])
    ]
    name: Text
    created_at: Annotated[Instant, Field(description="When it was made.")]

    @classmethod
    def of(cls, plan: Plan) -> PlanOut:
        """Show a plan."""
        return cls(
            id=plan.id,
            external_id=plan.external_id,
            product_id=plan.product_id,
            product_external_id=plan.product_external_id,
            name=plan.name,
            created_at=plan.created_at,
        )


class PriceSpec(In):
    """A price model with its parameters."""

    kind: Annotated[
        str,
        Field(
            description="Which price model.",
            examples=["route_table"],
            json_schema_extra={"enum": list(price_kinds())},
        ),
    ]
    params: Annotated[
        dict[str, Any],
        Field(
            description="What the price model asks for; decimals as strings.",
            examples=[{"currency": "EUR", "amount": "9.90"}],
        ),
    ]


class CreditSpec(In):
    """The credit that a prepaid package gives."""

    amount: Annotated[
        str, Field(description="As a decimal string.", examples=["10.00"], max_length=40)
    ]
    valid_days: Annotated[
        int | None, Field(description="How long it can be spent; null: for ever.", examples=[90])
    ] = None


class ComponentSpec(In):
    """One part of a plan; which fields it has depends on its kind."""

    id: Annotated[StepName, Field(description="The same across versions.", examples=["fare"])]
    kind: Annotated[
        ComponentKind, Lax, Field(description="What it charges for.", examples=["usage"])
    ] = ComponentKind.ONE_TIME
    price: Annotated[
        PriceSpec | None, Field(description="The price, but of a minimum or maximum.")
    ] = None
    meter: Annotated[
        ExternalId | None,
        Field(description="usage: external id of the meter.", examples=["energy"]),
    ] = None
    every: Annotated[
        Cadence | None,
        Lax,
        Field(description="How long a window is, unless charged once.", examples=["month"]),
    ] = None
    timing: Annotated[
        Timing | None,
        Lax,
        Field(description="recurring: charged in advance or arrears.", examples=["advance"]),
    ] = None
    of: Annotated[
        list[StepName] | None,
        Field(description="minimum, maximum: the components counted.", examples=[["energy"]]),
    ] = None
    amount: Annotated[
        str | None,
        Field(description="minimum, maximum: the amount.", examples=["5.00"], max_length=40),
    ] = None
    credit: Annotated[CreditSpec | None, Field(description="prepaid_package: what it credits.")] = (
        None
    )
    revenue_account: Annotated[
        str | None,
        Field(
            description="Income account of its own; the plan's if left out.",
            examples=["REV_ENERGY"],
            max_length=64,
        ),
    ] = None
    label: Annotated[Text | None, Field(description="What bills call it.", examples=["Energy"])] = (
        None
    )
    unit: Annotated[
        Text | None,
        Field(description="What bills count it in.", examples=["kWh"], max_length=MOST_UNIT),
    ] = None


class DeliverySpec(In):
    """One step of delivery."""

    step: StepName
    adapter: Annotated[StepName, Field(description="What does it.", examples=["ticket"])]
    after: Annotated[list[StepName], Field(description="Steps to wait for.")] = []  # noqa: RUF012
    settings: Annotated[
        dict[str, Any], Field(description="What the adapter needs.", examples=[{}])
    ] = {}  # noqa: RUF012


class RefundSpec(In):
    """What a refund costs the customer."""

    fee: Annotated[
        str, Field(description="Gross, as a decimal string.", examples=["2.00"], max_length=40)
    ]
    fee_tax_class: TaxClass


class WholesaleSpec(In):
    """Which offer of the tenant above a plan sells on."""

    offer: Annotated[ExternalId, Field(description="External id of the accepted offer.")]
    version: Annotated[int, Field(description="Its version.", examples=[1], ge=1, le=2**31 - 1)]


class TermsSpec(In):
    """Everything a version of a plan says; never changed once published."""

    currency: CurrencyCode
    basis: Annotated[
        Basis, Lax, Field(description="Whether prices contain the tax.", examples=["gross"])
    ]
    components: Annotated[
        list[ComponentSpec],
        Field(
            description="What is charged; an order needs exactly one price, charged once.",
            min_length=1,
            max_length=MOST_COMPONENTS,
        ),
    ]
    agreement: Annotated[
        ExternalId | None,
        Field(description="External id of the agreement that shares the revenue."),
    ] = None
    revenue_account: Annotated[
        str,
        Field(
            description="Income account for the seller's own revenue.",
            examples=["REV_TRANSPORT"],
            max_length=64,
        ),
    ]
    valid_minutes: Annotated[
        int | None, Field(description="How long a ticket is valid.", examples=[120])
    ] = None
    delivery: Annotated[list[DeliverySpec], Field(description="The steps of delivery.")] = []  # noqa: RUF012
    refund: Annotated[
        RefundSpec | None, Field(description="What a refund costs; null: none is possible.")
    ] = None
    wholesale: Annotated[
        WholesaleSpec | None, Field(description="The offer it sells on; null: sells its own.")
    ] = None

    def terms(self) -> PlanTerms:
        """Read the terms in full; errors name the field below ``terms``."""
        return parse_terms(self.model_dump(mode="json", exclude_none=True), "terms")


class PlanVersionIn(In):
    """A new version of a plan."""

    terms: Annotated[TermsSpec, Field(description="What the version says.")]
    valid_from: Annotated[
        Instant | None, Field(description="From when it is in force; now if left out.")
    ] = None


class PlanVersionOut(Out):
    """A version of a plan: in force until the next one starts."""

    id: PlanVersionId
    plan_id: PlanId
    version: Annotated[int, Field(description="Counts up.", examples=[1])]
    valid_from: Annotated[Instant, Field(description="From when it is in force.")]
    terms: Annotated[TermsSpec, Field(description="What it says.")]
    hash: Annotated[
        str,
        Field(
            description="SHA-256 of the terms in canonical JSON.",
            pattern="^[0-9a-f]{64}$",
            examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ]
    created_at: Annotated[Instant, Field(description="When it was published.")]

    @classmethod
    def of(cls, version: PlanVersion) -> PlanVersionOut:
        """Show a version."""
        return cls(
            id=version.id,
            plan_id=version.plan_id,
            version=version.version,
            valid_from=version.valid_from,
            terms=TermsSpec.model_validate(version.terms.to_json()),
            hash=version.hash,
            created_at=version.created_at,
        )


class PlanVersionsOut(Out):
    """All versions of a plan."""

    data: Annotated[list[PlanVersionOut], Field(description="The latest start first.")]


class TaxRateIn(In):
    """A rate that applies from a day on."""

    country: Country
    tax_class: TaxClass
    rate: Annotated[Rate, Field(description="0.19 is 19 percent.", lt=1, decimal_places=6)]
    valid_from: Annotated[LocalDate, Field(description="The first day it applies.")]

    def tax_rate(self) -> TaxRate:
        """Return what the service stores."""
        return TaxRate(self.country, self.tax_class, self.rate, self.valid_from, None)


class TaxRateOut(Out):
    """A rate and the days it applies."""

    country: Country
    tax_class: TaxClass
    rate: Rate
    key: Annotated[str, Field(description="What postings of it carry.", examples=["DE-19"])]
    valid_from: Annotated[LocalDate, Field(description="The first day it applies.")]
    valid_until: Annotated[
        LocalDate | None, Field(description="The first day it no longer applies.")
    ]

    @classmethod
    def of(cls, rate: TaxRate) -> TaxRateOut:
        """Show a rate."""
        return cls(
            country=rate.country,
            tax_class=rate.category,
            rate=rate.rate,
            key=rate.key,
            valid_from=rate.valid_from,
            valid_until=rate.valid_until,
        )


class TaxRatesOut(Out):
    """All known rates."""

    data: Annotated[list[TaxRateOut], Field(description="By country, class and day.")]
