"""Who issues the documents of the tenant, and to whom: the snapshots a document bears."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from groschen.features.invoices.model import (
    BuyerAddressMissing,
    BuyerNameMissing,
    Seller,
    SellerTaxMissing,
    SellerUnknown,
)
from groschen.features.invoices.queries import sellers as queries
from groschen.features.parties import service as parties
from groschen.features.tenants import vault
from groschen.kit.iban import check_bank_numbers
from groschen.kit.ids import encode_id
from groschen.kit.outbox import Event, publish

if TYPE_CHECKING:
    from uuid import UUID

    from groschen.kit.db import Scope


async def seller(scope: Scope) -> Seller:
    """Who issues the tenant's documents; raises ``SellerUnknown``."""
    profile = await queries.seller(scope)
    if profile is None:
        raise SellerUnknown(
            "nobody has said who issues the invoices of this tenant",
            field="seller",
            hint="set name, address and tax number with PUT /v1/seller",
        )
    return Seller(**profile)


async def set_seller(scope: Scope, wanted: Seller) -> Seller:
    """Set who issues the tenant's documents from now on; issued ones stay as they are.

    Raises ``SellerTaxMissing`` and ``IbanInvalid``.
    """
    if wanted.vat_id is None and wanted.tax_number is None:
        raise SellerTaxMissing(
            "an invoice names the seller's VAT id or tax number",
            field="vat_id",
            hint="give vat_id, tax_number or both",
        )
    if wanted.iban is not None:
        numbers = check_bank_numbers(wanted.iban, wanted.bic, field="iban")
        wanted = replace(wanted, iban=numbers.iban, bic=numbers.bic)
    await queries.put_seller(scope, wanted.to_json())
    await publish(scope, [Event("seller.changed", scope.tenant_id, {"tenant": _tenant(scope)})])
    return wanted


async def buyer(scope: Scope, party_id: UUID) -> dict[str, Any]:
    """What a document says of the customer.

    Raises ``BuyerNameMissing`` and ``BuyerAddressMissing``.
    """
    party = await parties.find(scope, party_id)
    known = await vault.read(scope, party_id) or {}
    reference = encode_id("pty", party_id)
    name = (party.name if party is not None else None) or known.get("name")
    if not name:
        raise BuyerNameMissing(
            "the customer has no name",
            field="details.name",
            hint=f"give it with PUT /v1/parties/{reference}/details; the next run bills it",
        )
    address = known.get("address")
    if not address:
        raise BuyerAddressMissing(
            "the customer has no postal address",
            field="details.address",
            hint=f"give it with PUT /v1/parties/{reference}/details; the next run bills it",
        )
    return {
        "id": reference,
        "name": name,
        "street": address["street"],
        "postal_code": address["postal_code"],
        "town": address["town"],
        "country": address["country"],
        "vat_id": known.get("vat_id"),
    }


def _tenant(scope: Scope) -> str:
    return encode_id("ten", scope.tenant_id)
