"""A tenant's settings: read by anybody of it, changed against the state that was read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from groschen.features.tenants.model import Child, Tenant
from groschen.features.tenants.queries import tenants as queries
from groschen.features.tenants.service.founding import check_modules, current_tenant
from groschen.kit.http import etag, require_match
from groschen.kit.iban import check_bank_numbers
from groschen.kit.ids import encode_id
from groschen.kit.outbox import Event, publish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from groschen.kit.db import Scope
    from groschen.kit.http import Reference, Slice


async def list_children(scope: Scope, asked: Slice) -> list[Child]:
    """Return a page of the tenants directly below."""
    return await queries.children(scope, asked.bounds)


async def find_child(scope: Scope, reference: Reference) -> Child | None:
    """The tenant directly below with this id or external id; its test twin is none."""
    return await queries.child(scope, reference)


def settings_etag(tenant: Tenant) -> str:
    """Return the tag of what ``change_settings`` can change."""
    return etag(
        tenant.time_zone,
        tenant.funds_model,
        tenant.modules,
        tenant.debtor,
    )


async def change_settings(scope: Scope, changes: Mapping[str, Any], if_match: str | None) -> Tenant:
    """Apply a merge patch of the settings; a debtor is replaced as a whole.

    They are ``time_zone``, ``funds_model``, ``modules`` and ``debtor``. From when on the books are
    open is none of them: closing a period moves that, with no other writer beside it. Raises
    ``EtagMissing``, ``EtagStale``, ``ModuleUnknown``, ``IbanInvalid``.
    """
    await queries.lock_tenant(scope)
    before = await current_tenant(scope)
    require_match(if_match, settings_etag(before))
    after = replace(before, **changes)
    check_modules(tuple(after.modules))
    if "debtor" in changes:
        after = replace(after, debtor=_checked_debtor(changes["debtor"]))
    await queries.update_settings(scope, after)
    data = {"tenant": encode_id("ten", scope.tenant_id), "changed": sorted(changes)}
    await publish(scope, [Event("tenant.settings_changed", scope.tenant_id, data)])
    return after


def _checked_debtor(debtor: dict[str, Any] | None) -> dict[str, Any]:
    if debtor is None:
        return {}
    numbers = check_bank_numbers(debtor["iban"], debtor.get("bic"), field="debtor.iban")
    return {**debtor, "iban": numbers.iban, "bic": numbers.bic}
