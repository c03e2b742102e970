"""Tenants: one's own, its settings, and those below."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from fastapi import Response
from pydantic import Field

from groschen.features.tenants import service
from groschen.features.tenants.model import (
    Child,
    ChildExists,
    Founding,
    FundsModel,
    ModuleUnknown,
    Tenant,
    TestTenant,
    TwinExists,
)
from groschen.features.tenants.schemas import TenantId
from groschen.kit.http import (
    Country,
    CurrencyCode,
    EtagMissing,
    EtagStale,
    ExternalId,
    IfMatch,
    In,
    Instant,
    Lax,
    LocalDate,
    Out,
    PageOut,
    Pages,
    Reader,
    Router,
    Text,
    TimeZone,
    Writer,
    page_of,
    problems,
    set_etag,
)
from groschen.kit.iban import IbanInvalid
from groschen.kit.permissions import MODULES

router: Final = Router("tenants", prefix="/v1/tenants")

Funds = Annotated[
    FundsModel | None,
    Lax,
    Field(
        description="In whose name and by which licence the partners' money is held; payouts "
        "need it.",
        examples=["agent_for_payee"],
    ),
]
Modules = Annotated[
    list[str],
    Field(description="The parts of the platform in use.", examples=[list(MODULES)], max_length=50),
]
BooksOpenFrom = Annotated[
    LocalDate | None,
    Field(
        description="The first day one can still book on; null while nothing was closed. Only "
        "closing a period moves it."
    ),
]


class DebtorIn(In):
    """The bank account that pays partners."""

    name: Annotated[
        Text, Field(description="The exact name the bank knows.", examples=["Verbund AG"])
    ]
    iban: Annotated[
        str, Field(description="Its IBAN.", examples=["DE89370400440532013000"], max_length=42)
    ]
    bic: Annotated[
        str | None,
        Field(description="Its BIC; not needed within SEPA.", examples=["COBADEFFXXX"]),
    ] = None


class TenantIn(In):
    """A tenant to found below one's own."""

    external_id: ExternalId
    name: Text
    country: Country
    time_zone: TimeZone
    home_currency: CurrencyCode
    funds_model: Funds = None
    modules: Modules = Field(default_factory=lambda: list(MODULES))
    test_now: Annotated[
        Instant | None,
        Field(description="Where the clock of a test tenant starts; ignored in live mode."),
    ] = None
    books_open_from: BooksOpenFrom = None

    def founding(self) -> Founding:
        """Return what the service asks for."""
        return Founding(
            external_id=self.external_id,
            name=self.name,
            country=self.country,
            time_zone=self.time_zone,
            home_currency=self.home_currency,
            funds_model=self.funds_model,
            modules=tuple(self.modules),
            test_now=self.test_now,
            books_open_from=self.books_open_from,
        )


class SettingsIn(In):
    """A merge patch: only what is sent changes, null takes a value away."""

    time_zone: TimeZone = Field(default_factory=str)
    funds_model: Funds = None
    modules: Modules = Field(default_factory=list[str])
    debtor: Annotated[
        DebtorIn | None, Field(description="The bank account that pays partners; set as a whole.")
    ] = None

    def changes(self) -> dict[str, Any]:
        """Return what was sent, by name."""
        return {name: _plain(getattr(self, name)) for name in self.model_fields_set}


def _plain(value: object) -> object:
    return value.model_dump(mode="json") if isinstance(value, In) else value


class TenantOut(Out):
    """A tenant and its settings."""

    id: TenantId
    external_id: ExternalId
    name: Text
    mode: Annotated[Literal["live", "test"], Field(description="Mode.", examples=["live"])]
    parent_tenant_id: Annotated[TenantId | None, Field(description="The tenant above.")]
    twin_tenant_id: Annotated[
        TenantId | None, Field(description="The test twin of a live tenant, or back.")
    ]
    country: Country
    time_zone: TimeZone
    home_currency: CurrencyCode
    funds_model: Annotated[
        str | None,
        Field(description="How partners' money is held.", examples=["agent_for_payee"]),
    ]
    modules: Modules
    books_open_from: BooksOpenFrom
    debtor: Annotated[
        dict[str, Any] | None,
        Field(
            description="The bank account that pays partners.",
            examples=[{"name": "Verbund AG", "iban": "DE89370400440532013000"}],
        ),
    ]
    created_at: Instant

    @classmethod
    def of(cls, tenant: Tenant) -> Self:
        """Show a tenant."""
        return cls(
            id=tenant.tenant_id,
            external_id=tenant.external_id,
            name=tenant.name,
            mode=tenant.mode,
            parent_tenant_id=tenant.parent_tenant_id,
            twin_tenant_id=tenant.twin_tenant_id,
            country=tenant.country,
            time_zone=tenant.time_zone,
            home_currency=tenant.home_currency,
            funds_model=tenant.funds_model,
            modules=tenant.modules,
            books_open_from=tenant.books_open_from,
            debtor=tenant.debtor or None,
            created_at=tenant.created_at,
        )


class ChildOut(Out):
    """A tenant directly below."""

    id: TenantId
    external_id: ExternalId
    name: Text
    relation: Annotated[
        Literal["child", "twin"], Field(description="Child or test twin.", examples=["child"])
    ]
    created_at: Instant

    @classmethod
    def of(cls, child: Child) -> Self:
        """Show a child."""
        return cls(
            id=child.child_tenant_id,
            external_id=child.external_id,
            name=child.name,
            relation=child.relation,
            created_at=child.created_at,
        )


@router.get("/current", permission="tenants:read", verb="current")
async def current_tenant(scope: Reader, response: Response) -> TenantOut:
    """Show the tenant one acts in. The ETag is needed to change its settings."""
    tenant = await service.current_tenant(scope)
    set_etag(response, service.settings_etag(tenant))
    return TenantOut.of(tenant)


@router.patch(
    "/current",
    permission="tenants:admin",
    verb="change_settings",
    responses=problems(EtagMissing, EtagStale, ModuleUnknown, IbanInvalid),
)
async def change_settings(
    body: SettingsIn, scope: Writer, response: Response, if_match: IfMatch = None
) -> TenantOut:
    """Change settings of the tenant one acts in."""
    tenant = await service.change_settings(scope, body.changes(), if_match)
    set_etag(response, service.settings_etag(tenant))
    return TenantOut.of(tenant)


@router.post(
    "/current/test_twin",
    permission="tenants:admin",
    verb="found_test_twin",
    responses=problems(TwinExists, TestTenant, ChildExists),
)
async def found_twin(scope: Writer) -> TenantOut:
    """Found the test twin: same settings, own data, own keys, a clock that can be moved."""
    return TenantOut.of(await service.found_twin(scope))


@router.post(
    "",
    permission="tenants:admin",
    verb="found",
    responses=problems(ChildExists, ModuleUnknown),
)
async def found_child(body: TenantIn, scope: Writer) -> TenantOut:
    """Found a tenant below, of the same mode. Act in it by On-Behalf-Of."""
    return TenantOut.of(await service.found_child(scope, body.founding()))


@router.get("", permission="tenants:read", verb="list")
async def list_children(scope: Reader, pages: Pages) -> PageOut[ChildOut]:
    """List the tenants directly below, newest first."""
    found = await service.list_children(scope, pages)
    return page_of(pages, found, identity=lambda one: one.child_tenant_id, show=ChildOut.of)
