"""The port to the simulated provider: charges, refunds, read-back, payout report, callbacks."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from groschen.adapters.payments.sandbox import callbacks, decide, queries, world_queries
from groschen.adapters.payments.sandbox.books import SandboxBooks
from groschen.adapters.payments.sandbox.records import SandboxTerms
from groschen.adapters.payments.sandbox.world import SandboxWorld
from groschen.core.money import Money
from groschen.core.ports.payments import MovementKind, PspMovement, PspPayout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from groschen.adapters.payments.sandbox.records import ChargeKind
    from groschen.core.ports.payments import (
        CaptureRequest,
        ChargeRequest,
        ChargeResult,
        ProviderEvent,
        RefundRequest,
        RefundResult,
    )
    from groschen.kit.db import Database
    from groschen.kit.seal import Seal

NAME: Final = "sandbox"
CALLBACK_PURPOSE: Final = "sandbox payment callback"


class SandboxPayments:
    """Opens the simulated provider for tenants; the composition root makes one of it.

    ``list_terms`` hold for tenants that agreed nothing else (``SandboxWorld.agree``).
    """

    def __init__(
        self, database: Database, seal: Seal, list_terms: SandboxTerms | None = None
    ) -> None:
        self._database = database
        self._seal = seal
        self._list_terms = list_terms or SandboxTerms()

    def open(self, tenant_id: UUID, at: datetime) -> SandboxProvider:
        """Open the tenant's merchant account at a business instant."""
        books = SandboxBooks(self._database, tenant_id)
        return SandboxProvider(books, self._list_terms, self._secret(tenant_id), at)

    def world(self, tenant_id: UUID) -> SandboxWorld:
        """Open the other side of the tenant's account: what customers and banks do to it."""
        books = SandboxBooks(self._database, tenant_id)
        return SandboxWorld(books, self._list_terms, self._secret(tenant_id))

    def _secret(self, tenant_id: UUID) -> bytes:
        """Return what provider and merchant agreed on to sign callbacks with."""
        return self._seal.key(CALLBACK_PURPOSE, tenant_id.bytes)


class SandboxProvider:
    """One tenant's account at the simulated provider."""

    def __init__(
        self, books: SandboxBooks, list_terms: SandboxTerms, secret: bytes, at: datetime
    ) -> None:
        self._books = books
        self._list_terms = list_terms
        self._secret = secret
        self._at = at

    @property
    def name(self) -> str:
        """The name it is configured under."""
        return NAME

    async def charge(self, requests: Sequence[ChargeRequest]) -> list[ChargeResult]:
        """Authorise and capture at once; one statement for the whole batch."""
        return await self._store(requests, "charge")

    async def authorise(self, requests: Sequence[ChargeRequest]) -> list[ChargeResult]:
        """Hold the money without taking it."""
        return await self._store(requests, "authorisation")

    async def _store(
        self, requests: Sequence[ChargeRequest], kind: ChargeKind
    ) -> list[ChargeResult]:
        async with self._books.scope() as scope:
            new = decide.new_charges(requests, kind, self._at)
            stored = await queries.store_charges(scope, new, self._list_terms)
            return decide.charge_results(requests, kind, stored)

    async def capture(self, requests: Sequence[CaptureRequest]) -> list[ChargeResult]:
        """Take money that was authorised; less than the whole ends the authorisation too."""
        async with self._books.scope() as scope:
            charges = await queries.lock_charges(scope, (r.reference for r in requests))
            used = await queries.charges_by_key(scope, [r.idempotency_key for r in requests])
            captures, results = decide.captures(requests, charges, used, self._at)
            await queries.capture(scope, captures, self._at)
            return results

    async def find(self, idempotency_keys: Sequence[str]) -> list[ChargeResult | None]:
        """Read back charges and captures; None for a key that left no trace."""
        async with self._books.scope(write=False) as scope:
            found = await queries.charges_by_key(scope, idempotency_keys)
            return decide.found_charges(idempotency_keys, found)

    async def refund(self, requests: Sequence[RefundRequest]) -> list[RefundResult]:
        """Give money back, at most what is left of the captured amount."""
        async with self._books.scope() as scope:
            references = [request.charge_reference for request in requests]
            charges = await queries.lock_charges(scope, references)
            keys = [request.idempotency_key for request in requests]
            known = await queries.movements_of(scope, references, keys)
            movements, results = decide.refunds(requests, charges, known, self._at)
            await queries.store_movements(scope, movements)
            return results

    async def find_refunds(self, idempotency_keys: Sequence[str]) -> list[RefundResult | None]:
        """Read back refunds; None for a key that never arrived."""
        async with self._books.scope(write=False) as scope:
            found = await queries.refunds_by_key(scope, idempotency_keys)
            by_key = {refund.idempotency_key: refund for refund in found}
            return [
                decide.refund_result(by_key[key]) if key in by_key else None
                for key in idempotency_keys
            ]

    async def payout_report(self, since: datetime) -> list[PspPayout]:
        """The payouts reported at ``since`` (business time) or later, oldest first."""
        async with self._books.scope(write=False) as scope:
            payouts = await world_queries.payouts_since(scope, since)
            lines = await world_queries.payout_movements(scope, [p.reference for p in payouts])
        movements: defaultdict[str, list[PspMovement]] = defaultdict(list)
        for line in lines:
            gross, fee = Money(line.amount, line.currency), Money(line.fee, line.currency)
            movement = PspMovement(MovementKind(line.kind), line.reference, gross, fee)
            movements[line.payout].append(movement)
        return [
            PspPayout(
                id=payout.reference,
                paid_on=payout.paid_on,
                amount=Money(payout.net, payout.currency),
                fee=Money(payout.fees, payout.currency),
                movements=tuple(movements[payout.reference]),
            )
            for payout in payouts
        ]

    def parse_callback(
        self, headers: Mapping[str, str], raw_body: bytes, at: datetime
    ) -> ProviderEvent:
        """Check the signature over the raw bytes and read the event."""
        return callbacks.parse([self._secret], headers, raw_body, at)
