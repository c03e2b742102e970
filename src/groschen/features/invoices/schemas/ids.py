"""The identifiers and plain types of the endpoints of invoices."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from groschen.kit.http import Reference, ReferenceTo
from groschen.kit.ids import PublicId

InvoiceId = Annotated[UUID, PublicId("inv"), Field(description="An invoice or credit note.")]
BillableId = Annotated[UUID, PublicId("bil"), Field(description="What is to be billed.")]
BillRunId = Annotated[UUID, PublicId("brn"), Field(description="A bill run.")]
StatementId = Annotated[UUID, PublicId("cst"), Field(description="A collective statement.")]
AccountId = Annotated[UUID, PublicId("acc"), Field(description="A customer's billing account.")]
PartyId = Annotated[UUID, PublicId("pty"), Field(description="The customer.")]
AccountRef = Annotated[
    Reference,
    ReferenceTo("acc"),
    Field(description="A billing account, by id or as ext:<external id>."),
]
Number = Annotated[str, Field(description="The document's number.", examples=["INV-000001"])]
Hash = Annotated[
    str, Field(description="SHA-256 in hex.", examples=["9f86d081884c7d659a2feaa0c55ad015" * 2])
]
BasisField = Annotated[
    Literal["net", "gross"],
    Field(description="Whether the amounts contain the VAT.", examples=["net"]),
]
TypeField = Annotated[
    Literal["380", "381"],
    Field(description="UNTDID 1001: 380 invoice, 381 credit note.", examples=["380"]),
]
EffectField = Annotated[
    str,
    Field(
        description="charge, correct, cancel_reissue, or concede: given back for good.",
        examples=["charge"],
    ),
]
TaxKey = Annotated[str, Field(description="Country and rate.", examples=["DE-19"])]
VatCode = Annotated[str, Field(description="UNCL 5305 code of the VAT.", examples=["S"])]
Position = Annotated[int, Field(description="Place in the document, from 1.", examples=[1])]
Unit = Annotated[
    str, Field(max_length=16, description="Unit of the quantity, may be empty.", examples=["kWh"])
]
Prefix = Annotated[
    str, Field(pattern=r"^[A-Z0-9][A-Z0-9/-]{0,11}$", description="Starts the numbers.")
]
