"""The port to the other side of a simulated provider: what customers, banks and time do.

Only providers that move no real money have one. Each step is a transaction of the provider's
own; repeating it changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class ProviderCall(Protocol):
    """A call of the provider to the merchant, signed and ready to be received."""

    @property
    def id(self) -> str:
        """Names the call, in every repetition."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers it is sent with."""
        ...

    @property
    def raw_body(self) -> bytes:
        """The signed bytes."""
        ...


class ProviderWorld(Protocol):
    """Lets things happen to one tenant's account at a simulated provider."""

    async def open_dispute(self, charge_reference: str) -> str:
        """Let the customer dispute all of a payment that was not given back."""
        ...

    async def win(self, charge_reference: str) -> None:
        """Let the merchant win the dispute."""
        ...

    async def lose(self, charge_reference: str) -> None:
        """Let the merchant lose the dispute."""
        ...

    async def late_return(self, charge_reference: str) -> None:
        """Let the customer's bank return a direct debit."""
        ...

    async def pass_time(self) -> int:
        """Do what is due at the tenant's clock; return how many things happened."""
        ...

    async def pay_out(self) -> list[str]:
        """Pay the merchant everything that is not paid out yet; return the references."""
        ...

    async def next_callbacks(self, limit: int = 100) -> Sequence[ProviderCall]:
        """Return the calls that were not taken yet, oldest first."""
        ...

    async def delivered(self, ids: Sequence[str]) -> None:
        """Note that the merchant has taken these calls."""
        ...
