"""The proof: everything the API said is compared with what was computed from the numbers alone."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from groschen.demo.exact import TWELFTH, ZERO, text
from groschen.demo.figures import MONTHS, amount
from groschen.demo.payment_file import read_payment_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from groschen.demo.checks import Checks
    from groschen.demo.eticket import Told
    from groschen.demo.expected import Expected, Partner, Statement
    from groschen.demo.tools import Verified

COMPARED: Final = (
    "opening",
    "carried_in",
    "share_exact",
    "share",
    "carried_out",
    "commission",
    "vat",
    "payout",
    "closing",
)


def prove(told: Told, expected: Expected, checks: Checks) -> None:
    """Compare the story as told with the story as it must be."""
    _quote(told, expected, checks)
    _orders(told, expected, checks)
    _provider(told, expected, checks)
    for partner, figures in zip(told.alliance.partners, expected.partners, strict=True):
        _statements(told, partner, figures, checks)
        _drift(told, partner, figures, checks)
        _chain(told, partner, figures, checks)
    _payment(told, expected, checks)
    _reversals(told, expected, checks)
    _ledger(told, expected, checks)
    _followed(told, expected, checks)


def add_verified(checks: Checks, verified: Verified) -> None:
    """Add what the command line's own tools say."""
    checks.holds("a ticket is verified with the public key alone", actual=verified.ticket)
    checks.holds(
        "the same ticket with one flipped bit is refused", actual=not verified.flipped_ticket
    )
    checks.holds("groschen ledger verify finds nothing", actual=verified.ledger)


def _quote(told: Told, expected: Expected, checks: Checks) -> None:
    checks.amount("quote: fare", expected.fare, amount(told.quote["gross"]))
    shown = {share["party"]: share for share in told.quote["lines"][0]["shares"]}
    for partner, figures in zip(told.alliance.partners, expected.partners, strict=True):
        share = shown.get(partner, {"amount": "0", "commission": "0"})
        checks.amount(f"quote: share of {partner}", figures.share, Fraction(share["amount"]))
        commission = Fraction(share["commission"])
        checks.amount(f"quote: commission of {partner}", figures.commission, commission)


def _orders(told: Told, expected: Expected, checks: Checks) -> None:
    checks.count("orders sold", expected.tickets, told.sold)
    checks.count("orders completed", expected.tickets, told.completed)
    checks.count("orders not completed", 0, told.evidence.accepted + told.evidence.in_progress)
    checks.count("cards made by a webhook, each once", told.plot.cards, told.cards)
    checks.count("letters posted by hand", told.plot.letters, told.letters)


def _provider(told: Told, expected: Expected, checks: Checks) -> None:
    for name, month, right in zip(MONTHS, told.months[:2], expected.provider_payouts, strict=False):
        payout = month.provider_payout
        checks.amount(f"{name}: provider's payout, gross", right.gross, amount(payout["gross"]))
        checks.amount(f"{name}: provider's payout, fees", right.fees, amount(payout["fees"]))
        checks.amount(f"{name}: provider's payout, net", right.net, amount(payout["net"]))
        checks.amount(f"{name}: clearing account after the payout", ZERO, month.clearing)


def _statements(told: Told, partner: str, figures: Partner, checks: Checks) -> None:
    for name, month, right in zip(MONTHS, told.months, figures.statements, strict=True):
        title = f"{name}: statement of {partner}"
        made = month.statements.get(partner)
        checks.holds(f"{title} exists if there is something to state", actual=_fits(right, made))
        if right is None or made is None:
            continue
        for figure in COMPARED:
            checks.amount(f"{title}, {figure}", getattr(right, figure), amount(made[figure]))
        lines = month.line_files[partner]
        checks.amount(f"{title}, sum of its share lines", right.share_exact, lines.share)
        fits = lines.sha256 == made["lines_hash"]
        checks.holds(f"{title}, hash of its line file fits", actual=fits)
    if figures.share:
        tickets = told.months[0].line_files[partner].tickets
        checks.count(f"january: tickets on the statement of {partner}", told.sold, tickets)


def _fits(right: Statement | None, made: object) -> bool:
    return (right is None) == (made is None)


def _drift(told: Told, partner: str, figures: Partner, checks: Checks) -> None:
    """Everything stated, and what is carried, less the exact share of the tickets that stand."""
    made = [month.statements[partner] for month in told.months if partner in month.statements]
    if not made:
        return
    stated = sum((amount(statement["share"]) for statement in made), start=ZERO)
    standing = told.sold - 2
    drift = stated + amount(made[-1]["carried_out"]) - standing * figures.exact
    checks.within(f"stated + carried - exact of {partner}", told.sold * TWELFTH, drift)


def _chain(told: Told, partner: str, figures: Partner, checks: Checks) -> None:
    """A negative closing pays nothing and opens the next statement."""
    _, february, march = figures.statements
    if february is None or march is None:
        return
    second, third = (month.statements.get(partner) for month in told.months[1:])
    if second is None or third is None:
        return
    closing = amount(second["closing"])
    if february.closing < 0:
        checks.holds(f"february: {partner} closes below zero", actual=closing < 0)
        checks.amount(f"february: payout of {partner}", ZERO, amount(second["payout"]))
    checks.amount(f"march: opening of {partner}", closing, amount(third["opening"]))


def _payment(told: Told, expected: Expected, checks: Checks) -> None:
    booked = [payout for payout in told.evidence.payouts if payout["state"] == "booked"]
    by_bank = sum((amount(payout["amount"]) for payout in booked), start=ZERO)
    checks.amount("booked by the bank", expected.payout_total, by_bank)
    is_needed = expected.payout_total > 0
    checks.holds("a payout file only if needed", actual=is_needed == (told.payment is not None))
    if told.payment is None:
        return
    file = read_payment_file(told.payment.file)
    stated = sum((amount(one["payout"]) for one in told.months[0].statements.values()), start=ZERO)
    checks.amount("payout file: sum of its transfers", expected.payout_total, file.total)
    checks.amount("payout file: statements pay the same", stated, file.total)
    checks.amount("payout file: control sum", file.total, file.control_sum)
    checks.holds("payout file: valid against pain.001.001.09", actual=file.is_valid)
    checks.count("payout file: transfers booked by the bank", len(file.amounts), len(booked))
    checks.holds("whoever made a payout run cannot approve it", actual=told.payment.maker_refused)


def _reversals(told: Told, expected: Expected, checks: Checks) -> None:
    found = told.reversals
    [refund] = found.refunded["refunds"]
    back = expected.fare - expected.cancel_fee
    checks.amount("february: refunded to the customer", back, amount(refund["back"]))
    checks.same("february: the chargeback that is lost", "lost", _payment_state(found.lost))
    checks.same("february: the chargeback that is won", "captured", _payment_state(found.won))
    checks.count("a forged callback is answered", 401, found.forged_status)
    checks.holds("a repeated callback changes nothing", actual=found.repetition_is_duplicate)


def _payment_state(order: dict[str, list[dict[str, str]]]) -> str:
    return order["payments"][0]["state"]


def _ledger(told: Told, expected: Expected, checks: Checks) -> None:
    balance = told.evidence.trial_balance
    differences = sum((Fraction(one["difference"]) for one in balance["totals"]), start=ZERO)
    checks.amount("trial balance", ZERO, differences)
    seen = {row["account"]: Fraction(row["balance"]) for row in balance["data"]}
    right = expected.ledger()
    for account in sorted(seen.keys() | right.keys()):
        checks.amount(f"ledger: {account}", right.get(account, ZERO), seen.get(account, ZERO))


def _followed(told: Told, expected: Expected, checks: Checks) -> None:
    """One ticket, from the order to the operators' bank lines."""
    trace = told.evidence.followed
    shares = [line for line in trace["lines"] if line["kind"] == "share"]
    total = sum((Fraction(line["amount"]) for line in shares), start=ZERO)
    checks.amount("one ticket: its shares add up to the fare", expected.fare, total)
    paid = [one for one in expected.partners if one.statements[0] and one.statements[0].payout]
    lines = [line for line in trace["bank_lines"] if line["booked_on"] is not None]
    checks.count("one ticket: bank lines that paid its shares", len(paid), len(lines))
    amounts: Mapping[str, Fraction] = {}
    if told.payment is not None:
        amounts = read_payment_file(told.payment.file).amounts
    in_file = [
        line for line in lines if amounts.get(line["end_to_end_id"]) == amount(line["payout"])
    ]
    checks.count("one ticket: those lines are in the payout file", len(paid), len(in_file))
    shown = ", ".join(sorted(text(amount(line["payout"])) for line in lines))
    wanted = ", ".join(sorted(text(one.statements[0].payout) for one in paid if one.statements[0]))
    checks.same("one ticket: what those lines pay", wanted, shown)
