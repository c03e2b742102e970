"""The vault of personal data: one key per person, so that deleting the key erases the person.

What is stored of a person is one record (names, e-mail, address, ...), encrypted with the
person's own key, which in turn is wrapped by the installation's. Other features encrypt what
belongs to a person (bank details) with the same key. Search is by blind index only.
Events, answers and jobs carry ids, never what is in here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import msgspec

from groschen.features.tenants.model import PersonErased
from groschen.features.tenants.queries import vault as queries
from groschen.kit.auth.queries import delete_directory, insert_directory
from groschen.kit.seal import SECRET_BYTES, decrypt, encrypt, the_seal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from groschen.kit.db import Scope

WRAPPING: Final = "person key"
EMAIL: Final = "email"
SIGN_IN: Final = "user_email"


def plain_email(email: str) -> str:
    """Return the form of an e-mail address that is compared: no spaces around, lower case."""
    return email.strip().casefold()


def blind_email(email: str) -> str:
    """Return the keyed hash under which an e-mail address is found."""
    return the_seal().blind("email", plain_email(email))


async def store(scope: Scope, person_id: UUID, record: Mapping[str, Any]) -> None:
    """Keep ``record`` as all that is known of a person; its ``email`` becomes searchable."""
    key = await _own_key(scope, person_id)
    sealed = encrypt(key, msgspec.json.encode(record), _binding(scope, person_id))
    await queries.upsert_record(scope, person_id, sealed)
    await queries.delete_index(scope, person_id)
    email = record.get("email")
    if email:
        await queries.insert_index(scope, person_id, EMAIL, blind_email(email))


async def read(scope: Scope, person_id: UUID) -> dict[str, Any] | None:
    """Return a person's record, or None if nothing is (or is any more) known."""
    return (await read_many(scope, [person_id])).get(person_id)


async def read_many(scope: Scope, person_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the records of those people of whom something is known."""
    found: dict[UUID, dict[str, Any]] = {}
    for person_id, (wrapped, sealed) in (await queries.records(scope, person_ids)).items():
        binding = _binding(scope, person_id)
        key = the_seal().unseal(WRAPPING, wrapped, binding)
        found[person_id] = msgspec.json.decode(decrypt(key, sealed, binding))
    return found


async def find_by_email(scope: Scope, email: str) -> list[UUID]:
    """Return the people of the tenant with this e-mail address."""
    return await queries.people_by_hash(scope, EMAIL, blind_email(email))


async def erase(scope: Scope, person_id: UUID) -> None:
    """Forget a person: key, record and indexes go, what the key sealed elsewhere is noise.

    The books stay as they are; they name the person by id only. Erasing twice is as once.
    """
    await queries.delete_index(scope, person_id)
    await queries.delete_record(scope, person_id)
    await queries.delete_key(scope, person_id)


async def encrypt_for(scope: Scope, person_id: UUID, plaintext: bytes) -> bytes:
    """Encrypt bytes that belong to a person, for a table of another feature."""
    return encrypt(await _own_key(scope, person_id), plaintext, _binding(scope, person_id))


async def decrypt_of(scope: Scope, person_id: UUID, sealed: bytes) -> bytes:
    """Return what ``encrypt_for`` was given; raise ``PersonErased`` once the key is gone."""
    return (await decrypt_many(scope, [(person_id, sealed)]))[0]


async def decrypt_many(scope: Scope, sealed: Sequence[tuple[UUID, bytes]]) -> list[bytes]:
    """Decrypt many (person, bytes) in order; raise ``PersonErased`` if one key is gone."""
    wrapped = await queries.wrapped_keys(scope, sorted({person_id for person_id, _ in sealed}))
    opened: list[bytes] = []
    for person_id, one in sealed:
        if person_id not in wrapped:
            raise PersonErased(
                "these personal data were erased",
                hint="Ask the person for them again.",
                person_id=person_id,
            )
        binding = _binding(scope, person_id)
        key = the_seal().unseal(WRAPPING, wrapped[person_id], binding)
        opened.append(decrypt(key, one, binding))
    return opened


async def make_findable_for_sign_in(scope: Scope, email: str) -> None:
    """Let the directory name the scope's tenant for this e-mail address."""
    await insert_directory(scope, SIGN_IN, blind_email(email))


async def make_unfindable_for_sign_in(scope: Scope, email: str) -> None:
    """Let the directory no longer name the scope's tenant for this e-mail address."""
    await delete_directory(scope, SIGN_IN, blind_email(email))


def _binding(scope: Scope, person_id: UUID) -> bytes:
    return scope.tenant_id.bytes + person_id.bytes


async def _own_key(scope: Scope, person_id: UUID) -> bytes:
    """Return the person's key; make it at first use."""
    binding = _binding(scope, person_id)
    found = await queries.wrapped_keys(scope, [person_id])
    if person_id not in found:
        fresh = the_seal().seal(WRAPPING, os.urandom(SECRET_BYTES), binding)
        await queries.insert_key(scope, person_id, fresh)
        found = await queries.wrapped_keys(scope, [person_id])
    return the_seal().unseal(WRAPPING, found[person_id], binding)
