"""Where each payment provider is tried: how to open it and how to make it misbehave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from groschen.adapters.payments.sandbox import SandboxPayments, SandboxWorld

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.conftest import MovableClock
    from groschen.core.ports.payments import PaymentProvider
    from groschen.kit.db import Database
    from groschen.kit.seal import Seal


@dataclass(frozen=True)
class Tokens:
    """Method tokens of a provider by what happens to them."""

    works: str
    declined: str
    answer_lost: str
    down_first: str
    pending: str
    direct_debit: str
    refund_declined: str
    refund_pending: str
    refund_answer_lost: str


@dataclass(frozen=True)
class Stage:
    """A provider on trial, with the world behind it."""

    open: Callable[[], PaymentProvider]
    world: SandboxWorld
    tokens: Tokens

    @property
    def provider(self) -> PaymentProvider:
        """The provider, opened at the tenant's present time."""
        return self.open()


class OpenStage(Protocol):
    def __call__(self, database: Database, seal: Seal, clock: MovableClock) -> Stage: ...


def sandbox(database: Database, seal: Seal, clock: MovableClock) -> Stage:
    payments = SandboxPayments(database, seal)
    return Stage(
        lambda: payments.open(clock.tenant_id, clock.now),
        payments.world(clock.tenant_id),
        Tokens(
            works="tok_visa",
            declined="tok_declined",
            answer_lost="tok_timeout",
            down_first="tok_unavailable",
            pending="tok_pending",
            direct_debit="sepa_ok",
            refund_declined="tok_refund_declined",
            refund_pending="tok_refund_pending",
            refund_answer_lost="tok_refund_timeout",
        ),
    )


STAGES: dict[str, OpenStage] = {"sandbox": sandbox}
