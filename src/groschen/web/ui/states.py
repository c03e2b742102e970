"""The names people read for states, kinds of step and roles; keys are what services say.

A key that is not listed reads as it came, in a neutral tone: new states must not break a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from groschen.web.ui.texts import mark as _


class Tone(StrEnum):
    """What a state means to the reader; the style sheet knows one colour and icon for each."""

    NEUTRAL = "neutral"
    WAITING = "waiting"
    ACTIVE = "active"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class StateLabel:
    """A text to be translated where it is shown, and its tone."""

    text: str
    tone: Tone = Tone.NEUTRAL


ORDER = {
    "accepted": StateLabel(_("Accepted"), Tone.WAITING),
    "in_progress": StateLabel(_("In progress"), Tone.ACTIVE),
    "completed": StateLabel(_("Completed"), Tone.GOOD),
    "cancelled": StateLabel(_("Cancelled")),
}

ITEM = {
    "ordered": StateLabel(_("Ordered"), Tone.WAITING),
    "delivering": StateLabel(_("Being delivered"), Tone.ACTIVE),
    "delivered": StateLabel(_("Delivered"), Tone.GOOD),
    "cancelled": StateLabel(_("Cancelled")),
}

PAYMENT = {
    "requested": StateLabel(_("Awaiting payment"), Tone.WAITING),
    "captured": StateLabel(_("Paid"), Tone.GOOD),
    "failed": StateLabel(_("Payment failed"), Tone.BAD),
    "disputed": StateLabel(_("Charged back, open"), Tone.WARNING),
    "lost": StateLabel(_("Chargeback lost"), Tone.BAD),
    "late": StateLabel(_("Came too late, goes back"), Tone.WARNING),
    "given_back": StateLabel(_("Came too late, given back")),
}

REFUND = {
    "requested": StateLabel(_("Refund under way"), Tone.WAITING),
    "done": StateLabel(_("Refunded"), Tone.WARNING),
    "failed": StateLabel(_("Refund failed"), Tone.BAD),
}

DISPUTE = {
    "open": StateLabel(_("Chargeback open"), Tone.WARNING),
    "won": StateLabel(_("Chargeback won"), Tone.GOOD),
    "lost": StateLabel(_("Chargeback lost"), Tone.BAD),
}

TASK = {
    "waiting": StateLabel(_("Waiting"), Tone.WAITING),
    "ready": StateLabel(_("Ready"), Tone.WAITING),
    "running": StateLabel(_("Running"), Tone.ACTIVE),
    "awaiting_callback": StateLabel(_("Waiting for the answer"), Tone.WAITING),
    "retry_wait": StateLabel(_("Will be tried again"), Tone.WARNING),
    "fallout": StateLabel(_("Needs attention"), Tone.BAD),
    "done": StateLabel(_("Delivered"), Tone.GOOD),
    "skipped": StateLabel(_("Skipped")),
    "cancelled": StateLabel(_("Cancelled")),
}

MANUAL_TASK = {**TASK, "awaiting_callback": StateLabel(_("To be done by hand"), Tone.WAITING)}

SHARE = {
    "pending": StateLabel(_("Pending"), Tone.WAITING),
    "released": StateLabel(_("Released"), Tone.ACTIVE),
    "stated": StateLabel(_("On a statement"), Tone.ACTIVE),
    "paid": StateLabel(_("Paid out"), Tone.GOOD),
    "reversed": StateLabel(_("Reversed"), Tone.WARNING),
    "disputed": StateLabel(_("Disputed"), Tone.BAD),
    "reinstated": StateLabel(_("Reinstated"), Tone.ACTIVE),
}

STATEMENT = {
    "issued": StateLabel(_("To be approved"), Tone.WAITING),
    "approved": StateLabel(_("Approved"), Tone.ACTIVE),
    "in_payout": StateLabel(_("In payout"), Tone.ACTIVE),
    "paid": StateLabel(_("Paid out"), Tone.GOOD),
    "carried": StateLabel(_("Carried forward"), Tone.WARNING),
    "returned": StateLabel(_("Returned by the bank"), Tone.BAD),
}

PAYOUT = {
    "open": StateLabel(_("Not yet answered"), Tone.WAITING),
    "accepted": StateLabel(_("Accepted by the bank"), Tone.ACTIVE),
    "rejected": StateLabel(_("Rejected by the bank"), Tone.BAD),
    "booked": StateLabel(_("Booked"), Tone.GOOD),
    "returned": StateLabel(_("Returned"), Tone.BAD),
}

PAYOUT_RUN = {
    "draft": StateLabel(_("Draft")),
    "approved": StateLabel(_("Approved"), Tone.ACTIVE),
    "sent": StateLabel(_("Sent to the bank"), Tone.ACTIVE),
    "finished": StateLabel(_("Finished"), Tone.GOOD),
}

SUBSCRIPTION = {
    "active": StateLabel(_("Running"), Tone.GOOD),
    "ended": StateLabel(_("Ended")),
}

WALLET = {
    "open": StateLabel(_("Open"), Tone.GOOD),
    "closed": StateLabel(_("Closed")),
}

BUCKET = {
    "pending": StateLabel(_("Usable later"), Tone.WAITING),
    "open": StateLabel(_("Usable"), Tone.GOOD),
    "expired": StateLabel(_("Expired"), Tone.WARNING),
    "closed": StateLabel(_("Closed")),
}

TOP_UP = {
    "requested": StateLabel(_("Awaiting payment"), Tone.WAITING),
    "credited": StateLabel(_("Credited"), Tone.GOOD),
    "failed": StateLabel(_("Payment failed"), Tone.BAD),
    "returned": StateLabel(_("Returned"), Tone.BAD),
}

REJECT = {
    "open": StateLabel(_("Waiting for you"), Tone.WARNING),
    "replayed": StateLabel(_("Replayed"), Tone.GOOD),
    "discarded": StateLabel(_("Discarded")),
}

INVOICE = {
    "open": StateLabel(_("Open"), Tone.WAITING),
    "overdue": StateLabel(_("Overdue"), Tone.WARNING),
    "paid": StateLabel(_("Paid"), Tone.GOOD),
    "credit_note": StateLabel(_("Credit note"), Tone.ACTIVE),
}

BILL_RUN = {
    "running": StateLabel(_("Running"), Tone.ACTIVE),
    "done": StateLabel(_("Finished"), Tone.GOOD),
}

PARTNER = {
    "ready": StateLabel(_("Ready for payout"), Tone.GOOD),
    "bank_details_missing": StateLabel(_("Bank details missing"), Tone.WARNING),
}

STATES: dict[str, dict[str, StateLabel]] = {
    "order": ORDER,
    "item": ITEM,
    "payment": PAYMENT,
    "refund": REFUND,
    "dispute": DISPUTE,
    "task": TASK,
    "manual_task": MANUAL_TASK,
    "share": SHARE,
    "statement": STATEMENT,
    "payout": PAYOUT,
    "payout_run": PAYOUT_RUN,
    "subscription": SUBSCRIPTION,
    "wallet": WALLET,
    "bucket": BUCKET,
    "top_up": TOP_UP,
    "reject": REJECT,
    "invoice": INVOICE,
    "bill_run": BILL_RUN,
    "partner": PARTNER,
}

STEPS = {
    "order_accepted": _("Order accepted"),
    "payment_authorised": _("Payment authorised"),
    "payment_captured": _("Payment received"),
    "payment_failed": _("Payment failed"),
    "delivery_sent": _("Handed over for delivery"),
    "delivery_done": _("Delivered"),
    "delivery_failed": _("Delivery needs attention"),
    "shares_pending": _("Shares worked out"),
    "shares_released": _("Shares released"),
    "shares_reversed": _("Shares taken back"),
    "shares_reinstated": _("Shares given back"),
    "statement_issued": _("Put on statements"),
    "shares_paid": _("Paid out to the recipients"),
    "statement_calculated": _("Statement calculated"),
    "statement_approved": _("Statement approved"),
    "payout_sent": _("Payout sent to the bank"),
    "payout_accepted": _("Payout accepted by the bank"),
    "payout_rejected": _("Payout rejected by the bank"),
    "payout_booked": _("Payout booked by the bank"),
    "refund_requested": _("Refund asked for"),
    "refunded": _("Refunded to the customer"),
    "refund_failed": _("Refund failed"),
    "chargeback_opened": _("Payment charged back"),
    "chargeback_lost": _("Chargeback lost"),
    "chargeback_won": _("Chargeback won"),
    "order_completed": _("Order completed"),
    "order_cancelled": _("Order cancelled"),
    "invoice_issued": _("Invoice issued"),
    "credit_note_issued": _("Credit note issued"),
    "wallet_opened": _("Wallet opened"),
    "top_up_credited": _("Topped up"),
    "top_up_failed": _("Top-up failed"),
    "credit_granted": _("Credit given"),
    "subscription_started": _("Contract started"),
    "subscription_ended": _("Contract ended"),
}

ROLES = {
    "administrator": _("Administrator"),
    "operator": _("Operator"),
    "finance": _("Finance"),
    "developer": _("Developer"),
    "read_only": _("Read only"),
    "partner": _("Partner"),
    "customer": _("Customer"),
}


def state_label(kind: str, state: str) -> StateLabel:
    """The label of ``state`` of a ``kind`` of thing, for instance an order."""
    return STATES[kind].get(state, StateLabel(state))


def step_label(kind: str) -> str:
    return STEPS.get(kind, kind)


def role_label(role: str) -> str:
    return ROLES.get(role, role)
