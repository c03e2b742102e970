"""What other features, pages and jobs ask of payments."""

from groschen.features.payments.service.callbacks import receive_callback
from groschen.features.payments.service.capture import (
    claim_payments,
    of_source,
    page,
    payment,
    request,
    settle,
)
from groschen.features.payments.service.disputes import disputes_of_source
from groschen.features.payments.service.giving_back import claim_refunds, settle_refunds
from groschen.features.payments.service.late import give_back, stranded
from groschen.features.payments.service.payouts import book_payouts, payout_page
from groschen.features.payments.service.refunds import (
    find_refund,
    lock_captured,
    refund,
    refund_invoice,
    refundable,
    refunds_of_source,
    too_large,
)
from groschen.features.payments.service.top_ups import request_top_up, usable_providers

__all__ = [
    "book_payouts",
    "claim_payments",
    "claim_refunds",
    "disputes_of_source",
    "find_refund",
    "give_back",
    "lock_captured",
    "of_source",
    "page",
    "payment",
    "payout_page",
    "receive_callback",
    "refund",
    "refund_invoice",
    "refundable",
    "refunds_of_source",
    "request",
    "request_top_up",
    "settle",
    "settle_refunds",
    "stranded",
    "too_large",
    "usable_providers",
]
