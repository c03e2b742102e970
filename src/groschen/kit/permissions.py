"""What an actor may be allowed to do, and which role brings what."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from groschen.core.errors import GroschenError, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

PERMISSIONS: Final[Mapping[str, str]] = {
    "tenants:read": "See the tenant, its settings and its children.",
    "tenants:admin": "Found tenants, change settings, manage people, act for tenants below.",
    "keys:read": "See the API keys, never their secrets.",
    "keys:write": "Make and revoke API keys with permissions one holds oneself.",
    "clock:write": "Move the clock of a test tenant.",
    "events:read": "Read the feed of events.",
    "parties:read": "See parties and accounts, without personal data.",
    "parties:write": "Make parties, accounts and payout accounts.",
    "personal_data:read": "Read names, addresses and other personal data of parties.",
    "personal_data:write": "Change and erase personal data of parties.",
    "ledger:read": "See accounts, journals and the trial balance.",
    "ledger:write": "Post journals by hand.",
    "catalog:read": "See products, plans and tax rates.",
    "catalog:write": "Make products, plan versions and tax rates.",
    "shares:read": "See agreements and share lines.",
    "shares:write": "Make agreement versions and sign them off.",
    "subscriptions:read": "See subscriptions, their items and what belongs to them.",
    "subscriptions:write": "Make, change and cancel subscriptions.",
    "receivables:read": "See open items and allocations.",
    "receivables:write": "Allocate by hand.",
    "wallets:read": "See wallets, their buckets and what moved them.",
    "wallets:write": "Open wallets and give credit.",
    "usage:read": "See events, totals and rejected events.",
    "usage:write": "Send events, void them and settle rejected ones.",
    "levels:read": "See offers between tenants and how their books stand.",
    "levels:write": "Publish offers to tenants below, accept those of the one above.",
    "top_ups:write": "Pay for credit of wallets.",
    "payments:read": "See payments, refunds and disputes.",
    "payments:write": "Take payments and give refunds.",
    "invoices:read": "See billables, bill runs and the figures of invoices.",
    "invoices:write": "Charge by hand, bill, correct and collect invoices.",
    "invoice_documents:read": "Read invoices as their customers get them, with names.",
    "orders:read": "See quotes and orders.",
    "orders:write": "Quote, place, refund and cancel orders.",
    "delivery:read": "See delivery tasks and tickets.",
    "delivery:write": "Retry delivery and finish manual steps.",
    "settlements:read": "See statements and payouts.",
    "settlements:write": "Make statements and payout runs.",
    "payouts:approve": "Approve statements and payout runs that somebody else made.",
}

MODULES: Final = ("orders", "payments", "delivery", "shares", "settlements")
"""What a tenant can switch off; the rest every tenant needs."""

ALL_READ: Final = frozenset(name for name in PERMISSIONS if name.endswith(":read"))
_PLAIN_READ: Final = ALL_READ - {"personal_data:read", "invoice_documents:read", "keys:read"}

ROLES: Final[Mapping[str, frozenset[str]]] = {
    "administrator": frozenset(PERMISSIONS),
    "operator": ALL_READ
    | {
        "parties:write",
        "personal_data:write",
        "catalog:write",
        "shares:write",
        "receivables:write",
        "wallets:write",
        "top_ups:write",
        "payments:write",
        "invoices:write",
        "orders:write",
        "subscriptions:write",
        "usage:write",
        "levels:write",
        "delivery:write",
        "clock:write",
    },
    "finance": ALL_READ
    | {
        "ledger:write",
        "receivables:write",
        "wallets:write",
        "top_ups:write",
        "payments:write",
        "invoices:write",
        "settlements:write",
        "payouts:approve",
    },
    "developer": ALL_READ - {"personal_data:read", "invoice_documents:read"}
    | {
        "keys:write",
        "clock:write",
        "catalog:write",
        "orders:write",
        "subscriptions:write",
        "usage:write",
        "delivery:write",
    },
    "read_only": _PLAIN_READ,
    "partner": frozenset(
        {
            "parties:read",
            "invoices:read",
            "invoice_documents:read",
            "shares:read",
            "wallets:read",
            "orders:read",
            "subscriptions:read",
            "delivery:read",
            "settlements:read",
        }
    ),
    "customer": frozenset(
        {
            "parties:read",
            "subscriptions:read",
            "usage:read",
            "wallets:read",
            "top_ups:write",
            "receivables:read",
            "payments:read",
            "invoices:read",
            "invoice_documents:read",
            "orders:read",
        }
    ),
}

PARTY_ROLES: Final = ("partner", "customer")
"""The roles of people who belong to a party and see only what is theirs."""

PARTY_RIGHTS: Final = frozenset(right for role in PARTY_ROLES for right in ROLES[role])
"""All that people and keys of a party may hold."""


class ModuleOff(GroschenError):
    """The tenant does not use this part of the platform."""

    code: ClassVar[str] = "module_off"
    kind: ClassVar[Kind] = Kind.FORBIDDEN


def module_of(permission: str) -> str | None:
    """Return the module that a permission belongs to; None for what every tenant needs."""
    area = permission.partition(":")[0]
    area = "settlements" if area == "payouts" else area
    return area if area in MODULES else None


def require_module(permission: str, modules: Collection[str]) -> None:
    """Raise ``ModuleOff`` unless the tenant uses the module of ``permission``."""
    module = module_of(permission)
    if module is not None and module not in modules:
        raise ModuleOff(
            f"this tenant does not use '{module}'",
            hint="An administrator can switch it on: PATCH /v1/tenants/current, 'modules'.",
        )


class PermissionUnknown(GroschenError):
    """There is no permission of this name."""

    code: ClassVar[str] = "permission_unknown"
    kind: ClassVar[Kind] = Kind.INVALID


def known_permissions(names: Iterable[str]) -> frozenset[str]:
    """Return the names as a set; raise ``PermissionUnknown`` for the first that is none."""
    wanted = frozenset(names)
    for name in sorted(wanted - PERMISSIONS.keys()):
        raise PermissionUnknown(
            f"'{name}' is not a permission",
            field="permissions",
            hint=f"Known are: {', '.join(sorted(PERMISSIONS))}.",
        )
    return wanted
