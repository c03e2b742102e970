"""Personal data are kept apart, encrypted with a key per person, and can be erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from cryptography.exceptions import InvalidTag

from groschen.features.tenants import vault
from groschen.features.tenants.model import PersonErased
from groschen.kit.ids import new_id
from groschen.kit.seal import Seal, SealBroken, SecretMissing, install, the_seal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from groschen.kit.postgres import ServerUrls
    from support.database import ScopeFactory

ADA = {"name": "Ada Unverwechselbar", "email": "Ada.Unverwechselbar@example.org"}


@pytest.fixture(autouse=True)
def sealed() -> Iterator[None]:
    before = the_seal_or_none()
    install(Seal(b"k" * 32))
    yield
    if before is not None:
        install(before)


def the_seal_or_none() -> Seal | None:
    try:
        return the_seal()
    except SecretMissing:
        return None


def everything(urls: ServerUrls, tenant_id: UUID) -> str:
    """Return all that the database holds of a tenant, as one text."""
    with psycopg.connect(urls.superuser) as conn:
        tables = conn.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'groschen'::regnamespace AND c.relkind = 'r'"
            " AND a.attname = 'tenant_id'"
        ).fetchall()
        rows = [
            conn.execute(
                psycopg.sql.SQL("SELECT * FROM groschen.{} WHERE tenant_id = %s").format(
                    psycopg.sql.Identifier(table)
                ),
                (tenant_id,),
            ).fetchall()
            for (table,) in tables
        ]
    return repr(rows)


async def test_what_is_stored_can_be_read(scope_factory: ScopeFactory) -> None:
    person = new_id()
    async with scope_factory() as scope:
        await vault.store(scope, person, ADA)
    async with scope_factory() as scope:
        assert await vault.read(scope, person) == ADA
        assert await vault.read(scope, new_id()) is None
        await vault.store(scope, person, {"name": "Ada Neu"})
        assert await vault.read(scope, person) == {"name": "Ada Neu"}


async def test_a_person_is_found_by_e_mail_only_by_equality(scope_factory: ScopeFactory) -> None:
    person = new_id()
    async with scope_factory() as scope:
        await vault.store(scope, person, ADA)
        assert await vault.find_by_email(scope, " ADA.unverwechselbar@EXAMPLE.org") == [person]
        assert await vault.find_by_email(scope, "ada@example.org") == []
        await vault.store(scope, person, {**ADA, "email": "new@example.org"})
        assert await vault.find_by_email(scope, ADA["email"]) == []


async def test_nothing_personal_is_readable_in_the_database(
    scope_factory: ScopeFactory, database_urls: ServerUrls, tenant_id: UUID
) -> None:
    person = new_id()
    async with scope_factory() as scope:
        await vault.store(scope, person, ADA)
        await vault.encrypt_for(scope, person, b"DE89370400440532013000")
    stored = everything(database_urls, tenant_id)
    assert str(person) in stored
    for secret in ("Unverwechselbar", "unverwechselbar", "example.org", "DE8937"):
        assert secret not in stored


async def test_erasing_leaves_nothing_that_could_be_opened(
    scope_factory: ScopeFactory, database_urls: ServerUrls, tenant_id: UUID
) -> None:
    person, other = new_id(), new_id()
    async with scope_factory() as scope:
        await vault.store(scope, person, ADA)
        await vault.store(scope, other, ADA)
        sealed = await vault.encrypt_for(scope, person, b"DE89370400440532013000")
        assert await vault.decrypt_of(scope, person, sealed) == b"DE89370400440532013000"
    async with scope_factory() as scope:
        await vault.erase(scope, person)
        await vault.erase(scope, person)
    async with scope_factory() as scope:
        assert await vault.read(scope, person) is None
        assert await vault.find_by_email(scope, ADA["email"]) == [other]
        assert await vault.read(scope, other) == ADA
        with pytest.raises(PersonErased):
            await vault.decrypt_of(scope, person, sealed)
    stored = everything(database_urls, tenant_id)
    assert str(person) not in stored


async def test_a_record_belongs_to_its_person_and_tenant(
    scope_factory: ScopeFactory, database_urls: ServerUrls
) -> None:
    ada, eve = new_id(), new_id()
    async with scope_factory() as scope:
        await vault.store(scope, ada, ADA)
        await vault.store(scope, eve, {"name": "Eve"})
    with psycopg.connect(database_urls.superuser) as conn:
        conn.execute(
            "UPDATE groschen.person_vault v SET ciphertext = o.ciphertext"
            " FROM groschen.person_vault o WHERE v.person_id = %s AND o.person_id = %s",
            (eve, ada),
        )
    async with scope_factory() as scope:
        with pytest.raises(SealBroken):
            await vault.read(scope, eve)


async def test_another_installation_cannot_open_it(scope_factory: ScopeFactory) -> None:
    person = new_id()
    async with scope_factory() as scope:
        await vault.store(scope, person, ADA)
    install(Seal(b"x" * 32))
    async with scope_factory() as scope:
        assert await vault.find_by_email(scope, ADA["email"]) == []
        with pytest.raises(SealBroken) as refused:
            await vault.read(scope, person)
    assert isinstance(refused.value.__cause__, InvalidTag)
