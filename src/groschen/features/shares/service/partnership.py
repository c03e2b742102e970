"""Which agreements a partner earns under, as both sides read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from groschen.core.shares import AgreementTerms, ShareRule, parse_terms
from groschen.features.shares.model import Agreement, AgreementVersion
from groschen.features.shares.queries import agreements as queries
from groschen.features.shares.service import agreements
from groschen.kit.db import Scope


@dataclass(frozen=True, slots=True)
class Partnership:
    """An agreement with its version in force, and when the next one starts if one is signed."""

    agreement: Agreement
    version: AgreementVersion
    valid_until: datetime | None

    def rules_of(self, external_id: str) -> tuple[ShareRule, ...]:
        """The rules of the split that may give something to the partner of this external id."""
        return tuple(
            rule
            for rule in self.version.terms.line_rules
            if rule.beneficiary == external_id
            or external_id in rule.formula.fixed_beneficiaries
            or (rule.formula.names_beneficiaries and not rule.formula.fixed_beneficiaries)
        )


async def of_partner(scope: Scope, beneficiary_id: UUID) -> list[Partnership]:
    """The agreements in force under which the partner has earned lately, by name.

    A partner's actor sees its own or nothing.
    """
    if scope.actor.party_id not in (None, beneficiary_id):
        return []
    pairs = await queries.agreements_of(scope, [beneficiary_id])
    found = await queries.agreements_by_id(scope, [agreement_id for _, agreement_id in pairs])
    partnerships: list[Partnership] = []
    for agreement in found:
        versions = await agreements.versions(scope, agreement.id)
        signed = [one for one in versions if one.signed_at is not None]
        current = [one for one in signed if one.valid_from <= scope.now]
        later = [one.valid_from for one in signed if one.valid_from > scope.now]
        if current:
            partnerships.append(Partnership(agreement, current[0], min(later, default=None)))
    return partnerships


async def names_by_partner(
    scope: Scope, beneficiary_ids: Sequence[UUID]
) -> Mapping[UUID, tuple[str, ...]]:
    """The names of the agreements under which partners have earned lately."""
    pairs = await queries.agreements_of(scope, beneficiary_ids) if beneficiary_ids else []
    found = await queries.agreements_by_id(scope, [agreement_id for _, agreement_id in pairs])
    names = {agreement.id: agreement.name for agreement in found}
    return {
        partner: tuple(names[agreement_id] for other, agreement_id in pairs if other == partner)
        for partner in beneficiary_ids
    }


async def terms_by_hash(scope: Scope, hashes: Sequence[str]) -> Mapping[str, AgreementTerms]:
    """The terms with these hashes."""
    rows = await queries.terms_by_hash(scope, hashes) if hashes else {}
    return {one: parse_terms(terms) for one, terms in rows.items()}


async def named_versions(scope: Scope, hashes: Sequence[str]) -> list[tuple[str, int, str]]:
    """Name, number and hash of the agreement versions with these hashes."""
    return await queries.named_versions(scope, hashes)
