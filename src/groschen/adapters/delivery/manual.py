"""The delivery adapter ``manual``: hands the task to a person, who reports what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from groschen.core.ports.delivery import DeliveryResult, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from groschen.core.ports.delivery import DeliveryRequest

NAME: Final = "manual"


class ManualDelivery:
    """Delivers nothing itself: every task is accepted and waits for a person."""

    @property
    def name(self) -> str:
        """The name tasks refer to."""
        return NAME

    async def deliver(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        """Accept the tasks."""
        return [_waiting(request) for request in requests]

    async def find(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        """Say that the tasks still wait: a task that is done is not asked about."""
        return [_waiting(request) for request in requests]


def _waiting(request: DeliveryRequest) -> DeliveryResult:
    return DeliveryResult(request.task_id, DeliveryState.ACCEPTED, f"manual:{request.task_id}")
