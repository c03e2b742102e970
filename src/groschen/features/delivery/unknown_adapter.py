"""Stands in for an adapter that a plan names and this installation does not have."""

from collections.abc import Sequence

from groschen.core.ports.delivery import (
    DeliveryFailure,
    DeliveryRequest,
    DeliveryResult,
    DeliveryState,
    ErrorClass,
)


class UnknownAdapter:
    """Delivers nothing: its tasks fall out to a person with the reason."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:
        """The name that the plan uses."""
        return self._name

    async def deliver(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        """Fail every task for good."""
        failure = DeliveryFailure(
            ErrorClass.INVALID,
            "delivery_adapter_unknown",
            f"this installation has no delivery adapter '{self._name}'",
        )
        return [
            DeliveryResult(request.task_id, DeliveryState.FAILED, failure=failure)
            for request in requests
        ]

    async def find(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        """Know of no task."""
        return [None for _ in requests]
