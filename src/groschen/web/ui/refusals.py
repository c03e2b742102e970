"""Refusals in the reader's language: our words for those that pages can bring about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from groschen.core.errors import GroschenError
from groschen.web.ui.texts import mark as _

NAMED: Final = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal to be shown: ``text`` with ``facts`` put in, translated where it is shown.

    Without words of ours ``text`` is None, and the service's own ``detail`` is shown, in English.
    """

    code: str
    text: str | None
    facts: Mapping[str, object]
    detail: str
    hint: str | None

    @classmethod
    def of(cls, error: GroschenError) -> Refusal:
        """The refusal as pages tell it; without the facts that our words need in its own."""
        text = REFUSALS.get(error.code)
        if text is not None and not set(NAMED.findall(text)) <= error.facts.keys():
            text = None
        return cls(error.code, text, error.facts, error.detail, error.hint)


REFUSALS = {
    "sign_in_refused": _(
        "E-mail address or password is wrong. After five tries the account is locked for"
        " a quarter of an hour."
    ),
    "link_refused": _("This sign-in link was used before or has expired. Ask for a new one."),
    "user_disabled": _("This account is closed. Ask your administrator."),
    "email_missing": _("Please enter the e-mail address you want to sign in with."),
    "email_invalid": _("This is not an e-mail address."),
    "email_taken": _("Somebody else already signs in with this e-mail address."),
    "password_unfit": _("Please choose a password of 10 to 200 characters."),
    "passwords_differ": _("The two passwords are not the same."),
    "amount_invalid": _("This is not an amount. Write it like 12.90."),
    "change_empty": _("Nothing would change. Choose another plan or another quantity."),
    "change_too_early": _("What held before is settled. Choose a later day."),
    "after_the_end": _("At that time the contract has ended."),
    "cancel_too_early": _("A contract cannot end in the past."),
    "minimum_term_runs": _("The minimum term still runs at that time."),
    "plan_unfit": _("This plan does not fit the contract; look at its currency."),
    "seller_unknown": _("Nobody has said yet who issues the invoices. Set the seller first."),
    "buyer_name_missing": _("The customer has no name that an invoice could bear."),
    "buyer_address_missing": _("The customer has no address that an invoice could bear."),
    "invoice_not_correctable": _("Nothing of this invoice can be given back any more."),
    "credit_too_large": _("More than is left of this line cannot be given back."),
    "account_not_found": _("There is no such account."),
    "usage_body_unreadable": _("This is no JSON with one event."),
    "top_up_amount_invalid": _("Please enter an amount above zero, in whole cents."),
    "reason_missing": _("Please give a reason."),
    "refund_too_large": _("At most %(left)s can still be refunded."),
    "order_not_refundable": _(
        "This cannot be refunded: nothing is left, it is not in whole cents, or the offer"
        " allows no refund."
    ),
    "payment_not_refundable": _(
        "Right now nothing can be refunded: the payment is not complete, is disputed, or"
        " another refund is on its way."
    ),
    "fee_exceeds_refund": _("The fee is larger than what is undone."),
    "illegal_transition": _("Somebody was faster: the state has changed in the meantime."),
    "second_person_needed": _("Whoever made this run may not approve it. Ask a second person."),
    "nothing_to_pay_out": _("There is nothing to pay out: approve statements first."),
    "funds_model_missing": _(
        "Nobody has said yet whose money is paid out here. Set the funds model of the tenant."
    ),
    "funds_model_pays_elsewhere": _("Here the payment provider divides and pays out the money."),
    "debtor_account_missing": _("The tenant has no bank account to pay from. Enter one first."),
    "not_a_manual_task": _("This step is not done by hand."),
    "not_in_fallout": _("Nobody has to decide about this step at the moment."),
    "clock_backwards": _("The clock only moves forward. Choose a later time."),
    "instant_unreadable": _("Please choose a day and a time."),
    "day_unreadable": _("Please choose a day."),
    "period_not_over": _("This period is not over yet. Choose today or an earlier day."),
    "period_already_closed": _("The books are closed beyond this day already."),
    "period_still_closing": _("The statements of the period before are still being made."),
    "order_not_found": _("There is no such order."),
    "sandbox_step_impossible": _("This cannot happen with this payment."),
}
