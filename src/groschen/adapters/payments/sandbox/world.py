"""The other side of the sandbox: what customers, banks and time do. For tests, demo and console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groschen.adapters.payments.sandbox import callbacks, queries, world_queries
from groschen.adapters.payments.sandbox.decide import left_to_return
from groschen.adapters.payments.sandbox.methods import Step
from groschen.adapters.payments.sandbox.records import Movement, SandboxStepImpossible
from groschen.core.money import ZERO, Money
from groschen.core.ports.payments import ProviderEventKind
from groschen.kit.clock import real_now
from groschen.kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from groschen.adapters.payments.sandbox.books import SandboxBooks
    from groschen.adapters.payments.sandbox.callbacks import SignedCallback
    from groschen.adapters.payments.sandbox.records import Charge, SandboxTerms
    from groschen.kit.db import Scope

RETURN_REASON = "MD06"


class SandboxWorld:
    """Lets things happen to one tenant's account; everything at the tenant's business time.

    Each step is one transaction of the provider: its books and the call to the merchant together.
    A step repeated changes nothing.
    """

    def __init__(self, books: SandboxBooks, list_terms: SandboxTerms, secret: bytes) -> None:
        self._books = books
        self._list_terms = list_terms
        self._secret = secret

    async def agree(self, terms: SandboxTerms) -> None:
        """Agree fees with the merchant; charges made before keep theirs."""
        async with self._books.scope() as scope:
            await world_queries.store_terms(scope, terms)

    async def open_dispute(self, charge_reference: str, amount: Decimal | None = None) -> str:
        """Let the customer dispute a payment; return the dispute's reference.

        ``amount`` (positive, currency digits) defaults to all that was not given back. It
        leaves the merchant's balance at once, with the dispute fee.
        """
        async with self._books.scope() as scope:
            charge, known = await self._charge(scope, charge_reference)
            dispute = _find(known, f"dispute:{charge.reference}")
            if dispute is not None:
                return dispute.reference
            taken = _at_most_left(charge, known, amount)
            fee = Money((await self._terms(scope)).dispute_fee, charge.currency)
            movement = _movement(scope, charge, "dispute", -taken, fee, "open")
            await queries.store_movements(scope, [movement])
            await _tell(scope, ProviderEventKind.DISPUTE_OPENED, charge, taken, fee)
            return movement.reference

    async def win(self, charge_reference: str) -> None:
        """Let the merchant win: the disputed amount comes back, the fee does not."""
        async with self._books.scope() as scope:
            charge, known = await self._charge(scope, charge_reference)
            dispute = _dispute(charge, known, "won")
            if dispute.state == "won":
                return
            back = -Money(dispute.amount, dispute.currency)
            nothing = Money.zero(charge.currency)
            await queries.set_movement_state(scope, dispute.idempotency_key, "won")
            won = _movement(scope, charge, "dispute_won", back, nothing, "done")
            await queries.store_movements(scope, [won])
            await _tell(scope, ProviderEventKind.DISPUTE_WON, charge, back, nothing)

    async def lose(self, charge_reference: str) -> None:
        """Let the merchant lose: what was taken stays gone."""
        async with self._books.scope() as scope:
            charge, known = await self._charge(scope, charge_reference)
            dispute = _dispute(charge, known, "lost")
            if dispute.state == "lost":
                return
            gone, nothing = -Money(dispute.amount, dispute.currency), Money.zero(charge.currency)
            await queries.set_movement_state(scope, dispute.idempotency_key, "lost")
            await _tell(scope, ProviderEventKind.DISPUTE_LOST, charge, gone, nothing)

    async def late_return(self, charge_reference: str, reason: str = RETURN_REASON) -> None:
        """Let the customer's bank return a direct debit; ``reason`` is an ISO 20022 code."""
        async with self._books.scope() as scope:
            charge, known = await self._charge(scope, charge_reference)
            if _find(known, f"return:{charge.reference}") is None:
                await self._return(scope, charge, known, reason)

    async def _return(
        self, scope: Scope, charge: Charge, known: Sequence[Movement], reason: str
    ) -> None:
        taken = _at_most_left(charge, known, None)
        fee = Money((await self._terms(scope)).return_fee, charge.currency)
        await queries.store_movements(
            scope, [_movement(scope, charge, "return", -taken, fee, "done")]
        )
        await _tell(scope, ProviderEventKind.RETURNED, charge, taken, fee, reason)

    async def capture_late(self, charge_reference: str) -> None:
        """Take the money of a charge that was refused, after all."""
        async with self._books.scope() as scope:
            charge = await world_queries.capture_refused(scope, charge_reference)
            if charge is not None:
                amount, nothing = Money(charge.amount, charge.currency), Money.zero(charge.currency)
                await _tell(scope, ProviderEventKind.CAPTURED, charge, amount, nothing)

    async def pass_time(self) -> int:
        """Do what is due at the tenant's clock; return how many things happened.

        Pending charges end, ``sepa_returned`` debits come back, pending refunds arrive.
        """
        async with self._books.scope() as scope:
            charges = await world_queries.take_due_charges(scope)
            for charge in charges:
                await self._take_step(scope, charge)
            refunds = await world_queries.take_due_refunds(scope)
            calls = [
                callbacks.compose(
                    ProviderEventKind.REFUNDED,
                    refund.reference,
                    -Money(refund.amount, refund.currency),
                    Money.zero(refund.currency),
                    scope.now,
                )
                for refund in refunds
            ]
            await world_queries.store_callbacks(scope, calls)
            return len(charges) + len(refunds)

    async def _take_step(self, scope: Scope, charge: Charge) -> None:
        amount, nothing = Money(charge.amount, charge.currency), Money.zero(charge.currency)
        match Step(charge.due_step or ""):
            case Step.CAPTURE:
                await _tell(scope, ProviderEventKind.CAPTURED, charge, amount, nothing)
            case Step.FAIL:
                code = charge.failure_code
                await _tell(scope, ProviderEventKind.FAILED, charge, amount, nothing, code)
            case Step.RETURN:
                known = await queries.movements_of(scope, [charge.reference], [])
                if left_to_return(charge, known) > ZERO:
                    await self._return(scope, charge, known, RETURN_REASON)

    async def pay_out(self) -> list[str]:
        """Pay the merchant everything that is not paid out yet; return the payouts' references.

        One payout per currency; none where nothing moved. The call to the merchant carries the
        absolute net amount: which way it goes is in the payout report.
        """
        async with self._books.scope() as scope:
            references: list[str] = []
            for currency in await world_queries.unpaid_currencies(scope):
                reference = f"po_{new_id().hex}"
                payout = await world_queries.pay_out(scope, reference, currency)
                net, fee = Money(payout.net.copy_abs(), currency), Money(payout.fees, currency)
                call = callbacks.compose(ProviderEventKind.PAYOUT, reference, net, fee, scope.now)
                await world_queries.store_callbacks(scope, [call])
                references.append(reference)
            return references

    async def next_callbacks(self, limit: int = 100) -> list[SignedCallback]:
        """Return the calls not taken yet, oldest first, signed for sending now.

        They come again until ``delivered`` names them: deliver twice or in another order to try
        what a real provider does. They are signed at real time, so send them within 5 minutes.
        """
        async with self._books.scope(write=False) as scope:
            waiting = await world_queries.open_callbacks(scope, limit)
        return [callbacks.signed(callback, self._secret, real_now()) for callback in waiting]

    async def delivered(self, ids: Sequence[str]) -> None:
        """Note that the merchant has taken these calls."""
        async with self._books.scope() as scope:
            await world_queries.mark_delivered(scope, ids)

    async def _terms(self, scope: Scope) -> SandboxTerms:
        return await world_queries.read_terms(scope) or self._list_terms

    async def _charge(self, scope: Scope, reference: str) -> tuple[Charge, list[Movement]]:
        """Return a captured charge, its row held, with what happened to it."""
        found = await queries.lock_charges(scope, [reference])
        if not found or found[0].state != "captured":
            raise SandboxStepImpossible(
                f"the provider has no captured payment {reference[:64]}",
                field="charge_reference",
                hint="Name a captured payment by its provider reference.",
            )
        return found[0], await queries.movements_of(scope, [reference], [])


def _find(known: Sequence[Movement], key: str) -> Movement | None:
    return next((movement for movement in known if movement.idempotency_key == key), None)


def _dispute(charge: Charge, known: Sequence[Movement], wanted: str) -> Movement:
    dispute = _find(known, f"dispute:{charge.reference}")
    if dispute is None or dispute.state not in {"open", wanted}:
        state = "not disputed" if dispute is None else f"already {dispute.state}"
        raise SandboxStepImpossible(f"the payment is {state}", field="charge_reference")
    return dispute


def _at_most_left(charge: Charge, known: Sequence[Movement], amount: Decimal | None) -> Money:
    left = left_to_return(charge, known)
    wanted = left if amount is None else amount
    if not ZERO < wanted <= left:
        raise SandboxStepImpossible(
            f"{wanted:f} of {left:f} {charge.currency} cannot be taken back",
            field="amount",
            hint="Name an amount above zero that was not given back yet.",
        )
    return Money(wanted, charge.currency)


def _movement(
    scope: Scope, charge: Charge, kind: str, effect: Money, fee: Money, state: str
) -> Movement:
    return Movement(
        idempotency_key=f"{kind}:{charge.reference}",
        reference=f"{kind[:2]}_{new_id().hex}",
        charge_reference=charge.reference,
        kind=kind,
        currency=charge.currency,
        amount=effect.amount,
        fee=fee.amount,
        state=state,
        failure_code=None,
        due_at=None,
        occurred_at=scope.now,
    )


async def _tell(
    scope: Scope,
    kind: ProviderEventKind,
    charge: Charge,
    amount: Money,
    fee: Money,
    failure_code: str | None = None,
) -> None:
    call = callbacks.compose(kind, charge.reference, amount, fee, scope.now, failure_code)
    await world_queries.store_callbacks(scope, [call])
