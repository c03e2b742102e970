"""The port to whatever delivers: webhooks, devices, ticket signers, people.

All calls take many tasks and answer in the order asked. The key of a task is its id plus the
attempt group: within a group a repetition has one effect, and an unknown outcome is read back
with ``find`` before a new group is opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class DeliveryState(StrEnum):
    """What became of a task."""

    DONE = "done"
    ACCEPTED = "accepted"
    """Taken on; the end is reported by callback or found by reading back."""
    FAILED = "failed"


class ErrorClass(StrEnum):
    """What to do about a failure."""

    TRANSIENT = "transient"
    """Try again, later and later."""
    BUSY = "busy"
    """Try again after ``retry_after``."""
    INVALID = "invalid"
    """Trying again does not help: to a person at once."""
    CONFLICT = "conflict"
    """It may be there already: read back."""
    UNKNOWN = "unknown"
    """Sent, but no answer: read back, never send again blindly."""


@dataclass(frozen=True, slots=True)
class DeliveryRequest:
    """One task to be delivered. ``payload`` is JSON and holds no personal data."""

    tenant_id: UUID
    task_id: UUID
    attempt_group: int
    kind: str
    target: str
    payload: Mapping[str, object]
    deadline: datetime | None = None

    @property
    def idempotency_key(self) -> str:
        """The key sent with every attempt of this group."""
        return f"{self.task_id}:{self.attempt_group}"


@dataclass(frozen=True, slots=True)
class DeliveryFailure:
    """Why a task failed. ``retry_after`` is set when the target named a time."""

    error_class: ErrorClass
    code: str
    detail: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What became of one task.

    ``output`` is what was made (a signed ticket, an activation code), ``proof`` what the
    target answered, without secrets.
    """

    task_id: UUID
    state: DeliveryState
    reference: str | None = None
    output: Mapping[str, object] = field(default_factory=dict[str, object])
    proof: Mapping[str, object] = field(default_factory=dict[str, object])
    failure: DeliveryFailure | None = None


class DeliveryAdapter(Protocol):
    """One way to deliver."""

    @property
    def name(self) -> str:
        """The name tasks refer to, such as webhook or ticket."""
        ...

    async def deliver(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        """Deliver tasks; a failure is a result, not an exception."""
        ...

    async def find(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        """Read back what became of tasks; None for one that never arrived."""
        ...
