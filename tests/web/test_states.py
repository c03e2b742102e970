"""Every state a feature knows has a name people read, and no name is for a state nobody has."""

from __future__ import annotations

from enum import StrEnum

import pytest

from groschen.core.credit import BucketState
from groschen.features.delivery.model import TaskState
from groschen.features.invoices.model import BillRunState
from groschen.features.orders.model import ItemState, OrderState
from groschen.features.payments.model import DisputeState, PaymentState, RefundState
from groschen.features.settlements.model import PayoutRunState, PayoutState, StatementState
from groschen.features.shares.model import MovementKind
from groschen.features.subscriptions.model import SubscriptionState
from groschen.features.tenants.model import Role
from groschen.features.usage.model import RejectState
from groschen.features.wallets.model import TopUpState, WalletState
from groschen.web.ui import states


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        ("order", OrderState),
        ("item", ItemState),
        ("payment", PaymentState),
        ("refund", RefundState),
        ("dispute", DisputeState),
        ("task", TaskState),
        ("manual_task", TaskState),
        ("share", MovementKind),
        ("statement", StatementState),
        ("payout", PayoutState),
        ("payout_run", PayoutRunState),
        ("subscription", SubscriptionState),
        ("wallet", WalletState),
        ("bucket", BucketState),
        ("top_up", TopUpState),
        ("reject", RejectState),
        ("bill_run", BillRunState),
    ],
)
def test_every_state_has_a_name(kind: str, known: type[StrEnum]) -> None:
    assert set(states.STATES[kind]) == {state.value for state in known}


def test_every_role_has_a_name() -> None:
    assert set(states.ROLES) == {role.value for role in Role}


def test_new_state_reads_as_it_came() -> None:
    label = states.state_label("order", "teleported")
    assert (label.text, label.tone) == ("teleported", states.Tone.NEUTRAL)
