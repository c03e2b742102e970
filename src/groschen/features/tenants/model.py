"""What tenants, their keys and their people are, and the refusals of this feature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, Literal
from uuid import UUID

from groschen.core.errors import GroschenError, Kind
from groschen.kit.db import TenantFacts
from groschen.kit.permissions import MODULES, PARTY_ROLES

Mode = Literal["live", "test"]
Relation = Literal["child", "twin"]


class FundsModel(StrEnum):
    """In whose name and by which licence the tenant holds its partners' money."""

    PRINCIPAL = "principal"
    AGENT_FOR_PAYEE = "agent_for_payee"
    LICENSED_PSP_SPLIT = "licensed_psp_split"
    TRUST_ACCOUNT = "trust_account"
    LICENCE_HELD = "licence_held"


class Role(StrEnum):
    """What a person may do; ``kit.permissions`` says it right by right."""

    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    FINANCE = "finance"
    DEVELOPER = "developer"
    READ_ONLY = "read_only"
    PARTNER = "partner"
    CUSTOMER = "customer"

    @property
    def belongs_to_party(self) -> bool:
        """Whether its people belong to a party; all others belong to the tenant."""
        return self.value in PARTY_ROLES


@dataclass(frozen=True, slots=True)
class Tenant:
    """A client of the platform. ``twin_tenant_id`` is the test twin of a live one, or back.

    ``debtor`` is the bank account that pays partners; empty until it is set. Days before
    ``books_open_from`` are closed. ``test_now`` is the clock of a test tenant, if it was moved.
    """

    tenant_id: UUID
    parent_tenant_id: UUID | None
    twin_tenant_id: UUID | None
    external_id: str
    name: str
    mode: Mode
    country: str
    time_zone: str
    home_currency: str
    funds_model: str | None
    modules: list[str]
    test_now: datetime | None
    books_open_from: date | None
    debtor: dict[str, Any]
    created_at: datetime

    def facts(self) -> TenantFacts:
        """Return what a scope knows of its tenant."""
        return TenantFacts(
            self.name,
            self.mode,
            self.parent_tenant_id,
            self.country,
            self.time_zone,
            self.home_currency,
            self.test_now,
            self.books_open_from,
            self.funds_model,
            frozenset(self.modules),
        )


@dataclass(frozen=True, slots=True)
class Founding:
    """What has to be known to found a tenant."""

    external_id: str
    name: str
    country: str
    time_zone: str
    home_currency: str
    funds_model: str | None = None
    modules: tuple[str, ...] = MODULES
    test_now: datetime | None = None
    books_open_from: date | None = None


@dataclass(frozen=True, slots=True)
class Child:
    """A tenant directly below, as its parent sees it."""

    child_tenant_id: UUID
    external_id: str
    name: str
    relation: Relation
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. ``party_id`` limits it to what belongs to one party."""

    id: UUID
    name: str
    hint: str
    scopes: list[str]
    party_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in; e-mail and name are in the vault."""

    id: UUID
    role: Role
    party_id: UUID | None
    has_password: bool
    locked_until: datetime | None
    disabled_at: datetime | None
    created_at: datetime


class NotInstalled(GroschenError):
    """The installation was never started."""

    code: ClassVar[str] = "not_installed"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class ChildExists(GroschenError):
    """The tenant already has a child with this external id."""

    code: ClassVar[str] = "tenant_exists"
    kind: ClassVar[Kind] = Kind.CONFLICT


class TwinExists(GroschenError):
    """The tenant already has its test twin."""

    code: ClassVar[str] = "test_twin_exists"
    kind: ClassVar[Kind] = Kind.CONFLICT


class LiveTenant(GroschenError):
    """This is for test tenants; a live tenant's clock is the real one."""

    code: ClassVar[str] = "live_tenant"
    kind: ClassVar[Kind] = Kind.CONFLICT


class TestTenant(GroschenError):
    """This is for live tenants; a test tenant has no twin of its own."""

    code: ClassVar[str] = "test_tenant"
    kind: ClassVar[Kind] = Kind.CONFLICT


class ClockBackwards(GroschenError):
    """A test clock moves forward only."""

    code: ClassVar[str] = "clock_backwards"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class ModuleUnknown(GroschenError):
    """There is no module of this name."""

    code: ClassVar[str] = "module_unknown"
    kind: ClassVar[Kind] = Kind.INVALID


class KeyNotFound(GroschenError):
    """There is no such API key."""

    code: ClassVar[str] = "api_key_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class PermissionNotHeld(GroschenError):
    """Nobody can hand on a right they do not have."""

    code: ClassVar[str] = "permission_not_held"
    kind: ClassVar[Kind] = Kind.FORBIDDEN


class ExpiryPast(GroschenError):
    """A key has to expire in the future."""

    code: ClassVar[str] = "expiry_past"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class UserNotFound(GroschenError):
    """There is no such person here."""

    code: ClassVar[str] = "user_not_found"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


class UserDisabled(GroschenError):
    """The person may no longer sign in."""

    code: ClassVar[str] = "user_disabled"
    kind: ClassVar[Kind] = Kind.CONFLICT


class LastAdministrator(GroschenError):
    """A tenant keeps at least one administrator who can sign in."""

    code: ClassVar[str] = "last_administrator"
    kind: ClassVar[Kind] = Kind.CONFLICT


class EmailTaken(GroschenError):
    """Somebody of this tenant already signs in with this e-mail address."""

    code: ClassVar[str] = "email_taken"
    kind: ClassVar[Kind] = Kind.CONFLICT


class EmailMissing(GroschenError):
    """The first sign-in has to name the e-mail address to sign in with from then on."""

    code: ClassVar[str] = "email_missing"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class EmailInvalid(GroschenError):
    """This cannot be an e-mail address."""

    code: ClassVar[str] = "email_invalid"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class PasswordUnfit(GroschenError):
    """A password is 10 to 200 letters long."""

    code: ClassVar[str] = "password_unfit"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class SignInRefused(GroschenError):
    """E-mail and password do not fit, or the person is locked out for a while."""

    code: ClassVar[str] = "sign_in_refused"
    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED


class LinkRefused(GroschenError):
    """The one-time link was used, has expired, or never was one."""

    code: ClassVar[str] = "link_refused"
    kind: ClassVar[Kind] = Kind.UNAUTHENTICATED


class RoleNeedsParty(GroschenError):
    """A partner's or customer's person belongs to a party, everybody else to the tenant."""

    code: ClassVar[str] = "role_needs_party"
    kind: ClassVar[Kind] = Kind.UNPROCESSABLE


class PersonErased(GroschenError):
    """The personal data asked for were erased and cannot be brought back."""

    code: ClassVar[str] = "person_erased"
    kind: ClassVar[Kind] = Kind.CONFLICT
