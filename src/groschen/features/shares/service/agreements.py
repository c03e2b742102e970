"""Agreements: written down in dated versions, pinned by a hash, in force once signed off."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.shares import AgreementTerms, parse_terms
from groschen.core.shares.rule import SELLER
from groschen.features.parties import service as parties
from groschen.features.shares.model import (
    Agreement,
    AgreementNotFound,
    AgreementNotInForce,
    AgreementVersion,
    AgreementVersionExists,
    BeneficiaryUnknown,
    SignOffMismatch,
)
from groschen.features.shares.queries import agreements as queries
from groschen.kit.db import Scope
from groschen.kit.http import Slice
from groschen.kit.ids import new_id
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows

_CACHE_SIZE = 1_000
_versions: dict[tuple[UUID, UUID], AgreementVersion] = {}


async def create(scope: Scope, external_id: str, name: str) -> Agreement:
    """Open an agreement; its terms come as versions. The same external id answers what exists."""
    agreement = Agreement(new_id(), external_id, name, scope.now)
    if await queries.insert_agreement(scope, agreement):
        await publish(scope, [Event("agreement.created", agreement.id, {})])
        return agreement
    return await find(scope, None, external_id)


async def find(scope: Scope, agreement_id: UUID | None, external_id: str | None) -> Agreement:
    """Read one agreement by either id; raises AgreementNotFound.

    Terms name every partner and what each gets, so to a partner's actor there is no agreement;
    its statements say what applied to it.
    """
    agreement = await queries.agreement(scope, agreement_id, external_id)
    if agreement is None or scope.actor.party_id is not None:
        raise AgreementNotFound(
            "there is no such agreement",
            field="agreement",
            hint="list the agreements with GET /v1/agreements",
        )
    return agreement


async def page(scope: Scope, asked: Slice) -> list[Agreement]:
    """Agreements, newest first; none for a partner's actor."""
    if scope.actor.party_id is not None:
        return []
    return await queries.page_of_agreements(scope, asked)


async def add_version(
    scope: Scope, agreement: Agreement, valid_from: datetime, terms: AgreementTerms
) -> AgreementVersion:
    """Write the next version; it is not in force before it is signed off.

    Every partner the rules name must exist. Raises BeneficiaryUnknown, AgreementVersionExists.
    """
    await beneficiaries(scope, named_beneficiaries(terms))
    version_id = new_id()
    row = {
        "id": version_id,
        "agreement_id": agreement.id,
        "valid_from": valid_from,
        "terms": terms.to_json(),
        "hash": terms.hash,
    }
    number = await queries.insert_version(scope, json_rows([row]))
    if number is None:
        raise AgreementVersionExists(
            f"{agreement.external_id} has a version from {valid_from.isoformat()} already",
            field="valid_from",
            hint="versions never change: choose another instant",
        )
    await publish(scope, [Event("agreement.version_added", agreement.id, {"version": version_id})])
    return AgreementVersion(
        version_id,
        agreement.id,
        agreement.external_id,
        number,
        valid_from,
        terms,
        terms.hash,
        signed_at=None,
    )


async def sign_off(scope: Scope, version_id: UUID, seen_hash: str) -> AgreementVersion:
    """Put a version in force; ``seen_hash`` proves that what is signed is what is stored."""
    version = await _version(scope, version_id)
    if seen_hash != version.hash:
        raise SignOffMismatch(
            "the hash is not that of the stored terms",
            field="hash",
            hint=f"read the version again and sign {version.hash}",
        )
    invariant(scope.actor.id is not None, "only somebody known can sign an agreement")
    assert scope.actor.id is not None  # noqa: S101 - narrows the type, the invariant guards
    if await queries.insert_signoff(scope, version_id, seen_hash, scope.actor.id):
        event = Event("agreement.signed", version.agreement_id, {"version": version_id})
        await publish(scope, [event])
    return await _version(scope, version_id)


async def versions(scope: Scope, agreement_id: UUID) -> list[AgreementVersion]:
    """All versions of an agreement, newest validity first."""
    return [_read(row) for row in await queries.versions(scope, agreement_id)]


async def found_in_force(
    scope: Scope, external_ids: Iterable[str], at: datetime
) -> dict[str, AgreementVersion]:
    """The signed versions in force at ``at`` by the agreements' external ids, if they have one."""
    wanted = sorted(set(external_ids))
    if not wanted:
        return {}
    found = await queries.ids_in_force(scope, wanted, at)
    by_id = await by_ids(scope, found.values())
    return {name: by_id[version_id] for name, version_id in found.items()}


def not_in_force(external_id: str, at: datetime) -> AgreementNotInForce:
    """The refusal to sell under an agreement that has no signed version at ``at``."""
    return AgreementNotInForce(
        f"agreement {external_id} has no signed version at {at.isoformat()}",
        field="agreement",
        hint="add a version that starts earlier and sign it off",
    )


async def by_ids(scope: Scope, ids: Iterable[UUID]) -> dict[UUID, AgreementVersion]:
    """Signed versions by id; immutable, so each process reads one only once."""
    wanted = set(ids)
    missing = [one for one in wanted if (scope.tenant_id, one) not in _versions]
    if missing:
        if len(_versions) > _CACHE_SIZE:
            _versions.clear()
        for row in await queries.versions_by_id(scope, missing):
            _versions[scope.tenant_id, row.id] = _read(row)
    return {one: _versions[scope.tenant_id, one] for one in wanted}


async def beneficiaries(scope: Scope, names: Iterable[str]) -> Mapping[str, UUID]:
    """The parties behind external ids; raises BeneficiaryUnknown naming the first that is none."""
    wanted = sorted({name for name in names if name not in ("", SELLER)})
    found = await parties.ids_by_external_id(scope, wanted)
    for name in wanted:
        if name not in found:
            raise BeneficiaryUnknown(
                f"there is no partner {name!r}",
                field="beneficiary",
                hint="create the party first with POST /v1/parties, or correct the name",
            )
    return found


def named_beneficiaries(terms: AgreementTerms) -> set[str]:
    """The partners that the rules name themselves (legs name theirs at the sale)."""
    return {rule.beneficiary for rule in terms.rules} | {
        name for rule in terms.rules for name in rule.formula.fixed_beneficiaries
    }


async def _version(scope: Scope, version_id: UUID) -> AgreementVersion:
    rows = await queries.versions_by_id(scope, [version_id])
    if not rows:
        raise AgreementNotFound(
            "there is no such version of an agreement",
            field="version",
            hint="list the versions of the agreement",
        )
    return _read(rows[0])


def _read(row: queries.VersionRow) -> AgreementVersion:
    terms = parse_terms(row.terms)
    invariant(terms.hash == row.hash, "stored terms do not have the hash they were signed with")
    return AgreementVersion(
        row.id,
        row.agreement_id,
        row.agreement_external_id,
        row.version,
        row.valid_from,
        terms,
        row.hash,
        row.signed_at,
    )
