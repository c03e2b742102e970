"""What payments tell whoever listens."""

from groschen.features.payments.model import Dispute, Payment, PaymentPurpose, Refund
from groschen.kit.ids import encode_id
from groschen.kit.outbox import Event

PREFIXES = {
    PaymentPurpose.ORDER: "ord",
    PaymentPurpose.INVOICE: "inv",
    PaymentPurpose.COLLECTIVE: "cst",
    PaymentPurpose.TOP_UP: "top",
}


def payment_news(kind: str, payment: Payment) -> Event:
    """Something happened to a payment: the order, invoice or top-up, and its whole amount."""
    paid = encode_id(PREFIXES[payment.purpose], payment.source_id)
    data = {payment.purpose.value: paid, "amount": payment.amount}
    return Event(kind, payment.id, data)


def refund_news(kind: str, refund: Refund, payment: Payment) -> Event:
    """Something happened to a refund: ``gross`` is what of the sale it undoes."""
    purpose = payment.purpose
    if purpose is PaymentPurpose.COLLECTIVE and refund.source_id != payment.source_id:
        purpose = PaymentPurpose.INVOICE
    data = {
        purpose.value: encode_id(PREFIXES[purpose], refund.source_id),
        "refund": encode_id("rfd", refund.id),
        "gross": refund.gross,
    }
    return Event(kind, refund.payment_id, data)


def dispute_news(kind: str, payment: Payment, dispute: Dispute) -> Event:
    """Something happened to a dispute: ``amount`` is what the customer's bank took."""
    data = {
        "order": encode_id("ord", payment.source_id),
        "dispute": encode_id("dsp", dispute.id),
        "amount": dispute.amount,
    }
    return Event(kind, payment.id, data)
