"""Parties and what is personally known of them."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from fastapi import Query
from pydantic import Field

from groschen.features.parties import service
from groschen.features.parties.api.ids import PartyId, PartyRef
from groschen.features.parties.model import (
    DetailsErased,
    NewParty,
    Party,
    PartyExists,
    PartyNameMisplaced,
    PartyNotFound,
)
from groschen.kit.http import (
    Country,
    Email,
    ExternalId,
    In,
    Instant,
    Out,
    PageOut,
    Pages,
    Reader,
    Router,
    Text,
    Writer,
    page_of,
    problems,
)

router: Final = Router("parties", prefix="/v1/parties")

PartyKindField = Annotated[
    Literal["person", "organisation"],
    Field(description="Person or organisation.", examples=["organisation"]),
]
Roles = Annotated[
    list[Literal["customer", "partner", "reseller", "payee"]],
    Field(description="What the party is to the tenant.", examples=[["partner", "payee"]]),
]


class Address(In):
    """A postal address."""

    street: Annotated[Text, Field(description="Street and number.", examples=["Hafenstrasse 7"])]
    postal_code: Annotated[
        str, Field(description="Postal code.", examples=["20457"], max_length=16)
    ]
    town: Annotated[Text, Field(description="Town.", examples=["Hamburg"])]
    country: Country


class DetailsIn(In):
    """What is personally known of a party; encrypted with a key of its own and erasable."""

    name: Annotated[Text | None, Field(description="A person's name.", examples=["Ada Berg"])] = (
        None
    )
    email: Annotated[Email | None, Field(description="E-mail address.")] = None
    phone: Annotated[
        str | None,
        Field(description="Telephone.", examples=["+49 40 123456"], pattern=r"^[0-9+() /-]{3,32}$"),
    ] = None
    address: Annotated[Address | None, Field(description="Postal address.")] = None
    vat_id: Annotated[
        str | None,
        Field(
            description="VAT id.", examples=["DE123456789"], pattern="^[A-Z]{2}[0-9A-Z+*]{2,14}$"
        ),
    ] = None
    tax_number: Annotated[
        str | None, Field(description="Tax number.", examples=["22/815/08154"], max_length=32)
    ] = None

    def record(self) -> dict[str, Any]:
        """Return what was given, ready for the vault."""
        return self.model_dump(mode="json", exclude_none=True)


class AddressOut(Out):
    """A postal address."""

    street: Annotated[str, Field(description="Street and number.", examples=["Hafenstrasse 7"])]
    postal_code: Annotated[str, Field(description="Postal code.", examples=["20457"])]
    town: Annotated[str, Field(description="Town.", examples=["Hamburg"])]
    country: Country


class DetailsOut(Out):
    """What is personally known of a party."""

    name: Annotated[str | None, Field(description="A person's name.", examples=["Ada Berg"])] = None
    email: Annotated[
        str | None, Field(description="E-mail address.", examples=["ada.berg@example.org"])
    ] = None
    phone: Annotated[str | None, Field(description="Telephone.", examples=["+49 40 123456"])] = None
    address: Annotated[AddressOut | None, Field(description="Postal address.")] = None
    vat_id: Annotated[str | None, Field(description="VAT id.", examples=["DE123456789"])] = None
    tax_number: Annotated[
        str | None, Field(description="Tax number.", examples=["22/815/08154"])
    ] = None


class PartyIn(In):
    """A party to store."""

    external_id: Annotated[
        ExternalId | None, Field(description="Your own id; made from the id if left out.")
    ] = None
    kind: PartyKindField
    name: Annotated[
        Text | None,
        Field(description="An organisation's name; a person's goes to the details."),
    ] = None
    roles: Roles
    country: Country
    details: Annotated[
        DetailsIn | None, Field(description="Personal data; kept apart and encrypted.")
    ] = None

    def new_party(self) -> NewParty:
        """Return what the service asks for."""
        return NewParty(
            external_id=self.external_id,
            kind=self.kind,
            name=self.name,
            roles=tuple(self.roles),
            country=self.country,
            details=self.details.record() if self.details else {},
        )


class PartyOut(Out):
    """A party, without personal data."""

    id: PartyId
    external_id: ExternalId
    kind: PartyKindField
    name: Annotated[
        str | None,
        Field(description="An organisation's name; null for a person.", examples=["Nordbahn"]),
    ]
    roles: Roles
    country: Country
    created_at: Instant

    @classmethod
    def of(cls, party: Party) -> Self:
        """Show a party."""
        return cls(
            id=party.id,
            external_id=party.external_id,
            kind=party.kind,
            name=party.name,
            roles=party.roles,
            country=party.country,
            created_at=party.created_at,
        )


@router.post(
    "",
    permission="parties:write",
    verb="create",
    responses=problems(PartyExists, PartyNameMisplaced),
)
async def create_party(body: PartyIn, scope: Writer) -> PartyOut:
    """Store a party. The answer holds no personal data; read them at its details."""
    return PartyOut.of(await service.create_party(scope, body.new_party()))


@router.get("", permission="parties:read", verb="list")
async def list_parties(
    scope: Reader,
    pages: Pages,
    role: Annotated[
        Literal["customer", "partner", "reseller", "payee"] | None,
        Query(description="Only parties with this role.", examples=["partner"]),
    ] = None,
) -> PageOut[PartyOut]:
    """List parties, newest first."""
    found = await service.list_parties(scope, [role] if role else [], pages)
    return page_of(pages, found, identity=lambda party: party.id, show=PartyOut.of)


@router.get("/{party}", permission="parties:read", verb="get", responses=problems(PartyNotFound))
async def get_party(party: PartyRef, scope: Reader) -> PartyOut:
    """Show one party, by id or as ext:<external id>."""
    return PartyOut.of(await service.get_party(scope, party))


@router.get(
    "/{party}/details",
    permission="personal_data:read",
    verb="details",
    responses=problems(PartyNotFound, DetailsErased),
)
async def read_details(party: PartyRef, scope: Reader) -> DetailsOut:
    """Read what is personally known of a party. Who reads it is logged."""
    return DetailsOut.model_validate(await service.details(scope, party))


@router.put(
    "/{party}/details",
    permission="personal_data:write",
    verb="change_details",
    responses=problems(PartyNotFound),
)
async def change_details(party: PartyRef, body: DetailsIn, scope: Writer) -> PartyOut:
    """Replace what is personally known of a party."""
    return PartyOut.of(await service.change_details(scope, party, body.record()))


@router.post(
    "/{party}/erase",
    permission="personal_data:write",
    verb="erase",
    status_code=200,
    responses=problems(PartyNotFound),
)
async def erase_details(party: PartyRef, scope: Writer) -> PartyOut:
    """Erase a party's personal data and bank details for ever; the books stay true."""
    return PartyOut.of(await service.erase_details(scope, party))
