"""The ``sandbox`` payment provider: a simulated outside system that keeps its own books.

It writes in transactions of its own: what it has answered, or done without being able to answer,
stays done when the caller dies. Method tokens decide what happens (``methods``), time is the
tenant's business clock. It moves no money, so live tenants may not open it.
"""

from groschen.adapters.payments.sandbox.callbacks import SignedCallback
from groschen.adapters.payments.sandbox.provider import SandboxPayments, SandboxProvider
from groschen.adapters.payments.sandbox.records import SandboxTerms
from groschen.adapters.payments.sandbox.world import SandboxWorld

__all__ = [
    "SandboxPayments",
    "SandboxProvider",
    "SandboxTerms",
    "SandboxWorld",
    "SignedCallback",
]
