"""Sample data for every page of the console and the partner portal.

The figures are those of one ticket of 12.90 EUR over three operators (34.0 km in all, 6 %
commission) and of ten thousand of them; they are typed in, not computed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from groschen.core.lifecycle import IllegalTransition
from groschen.core.money import Money
from groschen.features.delivery.model import NotInFallout, ReasonMissing
from groschen.features.payments.model import RefundTooLarge
from groschen.features.settlements.model import DebtorAccountMissing, PeriodNotOver
from groschen.features.tenants.model import (
    ClockBackwards,
    EmailInvalid,
    LinkRefused,
    PasswordUnfit,
    SignInRefused,
)
from groschen.kit.actor import Actor
from groschen.kit.permissions import ROLES
from groschen.web.console import (
    deliveries,
    order,
    orders,
    overview,
    partner,
    partners,
    payouts,
    refund,
    sandbox,
    sign_in,
    statements,
)
from groschen.web.console.routes.flow import ACCOUNT, COMMISSION, TAX
from groschen.web.partner import claims
from groschen.web.ui.parts import (
    Bars,
    BarSeries,
    Choice,
    Field,
    Flow,
    FlowLink,
    FlowNode,
    Link,
    Pager,
    RuleWords,
    Step,
)
from groschen.web.ui.refusals import Refusal
from groschen.web.visitor import TenantChoice, TenantOnScreen, Visitor

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 30, 17, 42, tzinfo=BERLIN)
OPERATORS = ("Nordbahn Verkehrsgesellschaft", "Stadtwerke Talheim Mobilität", "Regiobus Lindau")
LEGS = ("8.4", "21.7", "3.9")
HASH = "9f2c41d7a0be5c83"
LONG_HASH = "9f2c41d7a0be5c83e1f04b62d5a7c98831206fbe4d17ac59e0b3726f8d45c1aa"


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)


TENANT = TenantOnScreen(
    UUID(int=1), "Verkehrsverbund Talheim", "Europe/Berlin", is_test=True, simulated_now=NOW
)
OPERATOR = Visitor(
    name="Clara Weidenbach",
    actor=Actor("user", UUID(int=2), ROLES["finance"], None, "finance"),
    tenant=TENANT,
    tenants=(
        TenantChoice("ten_a", "Verkehrsverbund Talheim", is_test=False, is_current=False),
        TenantChoice("ten_b", "Verkehrsverbund Talheim", is_test=True, is_current=True),
        TenantChoice("ten_c", "Stadtwerke Lindau", is_test=False, is_current=False),
    ),
)
PARTNER = replace(
    OPERATOR,
    name="Jonas Ketterer",
    actor=Actor("user", UUID(int=4), ROLES["partner"], UUID(int=3), "partner"),
    tenant=replace(TENANT, is_test=False, simulated_now=None),
    tenants=(),
)


def apportion(leg: str) -> RuleWords:
    return RuleWords("apportion", weight=Decimal(leg), weight_total=Decimal("34.0"))


ORDER_ROWS = tuple(
    orders.OrderRow(
        number=f"A-2026-{10_000 - index}",
        href="/order",
        created_at=NOW - timedelta(minutes=7 * index),
        customer=customer,
        products=("Einzelfahrschein Talheim – Lindau",),
        state=state,
        total=eur(total),
    )
    for index, (customer, state, total) in enumerate(
        (
            ("Miriam Achterberg", "completed", "12.90"),
            ("Kulturverein Talheim e. V.", "in_progress", "154.80"),
            ("Dr. Albrecht von Hohenfels-Langenburg", "completed", "12.90"),
            ("Sofia Marchetti", "accepted", "25.80"),
            ("Ole Petersen", "cancelled", "12.90"),
            ("Yıldız Aydın", "completed", "12.90"),
            ("Gymnasium am Lindenhof", "in_progress", "387.00"),
            ("Miriam Achterberg", "cancelled", "12.90"),
        )
    )
)

BARS = Bars(
    days=tuple(date(2026, 11, day) for day in range(17, 31)),
    series=tuple(
        BarSeries(name, tuple(eur(f"{base + swing * ((7 * d) % 11 - 5)}.40") for d in range(14)))
        for name, base, swing in zip(OPERATORS, (1060, 2740, 490), (31, 84, 17), strict=True)
    ),
)

LIVE = overview.LiveView(
    sold=eur("4205.40"),
    orders=326,
    month_sold=eur("129000"),
    month_orders=10_000,
    pending=eur("4386.117341"),
    released=eur("129000"),
    payable=eur("119789.39"),
    difference=eur("0"),
    tasks=(
        overview.Task("statements_to_approve", 3, "/statements"),
        overview.Task("payouts_rejected", 1, "/statements"),
        overview.Task("deliveries", 2, "/deliveries"),
    ),
    at=NOW,
)
OVERVIEW = overview.OverviewView(live=LIVE, live_stream=None, bars=BARS, latest=ORDER_ROWS[:5])
NOTHING = eur("0")
OVERVIEW_EMPTY = overview.OverviewView(
    live=overview.LiveView(NOTHING, 0, NOTHING, 0, NOTHING, NOTHING, NOTHING, NOTHING, (), NOW),
    live_stream=None,
    bars=Bars((), ()),
    latest=(),
)
OVERVIEW_WRONG = replace(OVERVIEW, live=replace(LIVE, difference=eur("0.01")))

ORDERS = orders.OrdersView(
    ORDER_ROWS, orders.OrderFilter(), Pager(previous="/orders?before=x", next="/orders?after=y")
)
ORDERS_EMPTY = orders.OrdersView((), orders.OrderFilter(), Pager())
ORDERS_NOT_FOUND = orders.OrdersView((), orders.OrderFilter(text="Zauberberg"), Pager())

SHARES = ("3.187058823529", "8.233235294118", "1.479705882353")
COMMISSIONS = ("0.191223529412", "0.493994117647", "0.088782352941")
TAXES = ("0.036332470588", "0.093858882353", "0.016868647059")
NETS = ("2.959502823529", "7.645382294118", "1.374054882353")

FLOW = Flow(
    nodes=(
        FlowNode("customer", "Miriam Achterberg", 0, eur("12.90")),
        FlowNode("ticket", "Einzelfahrschein", 1, eur("12.90")),
        *(
            FlowNode(f"op{index}", name, 2, eur(SHARES[index]), index + 1)
            for index, name in enumerate(OPERATORS)
        ),
        *(
            FlowNode(f"bank{index}", name, 3, eur(NETS[index]), index + 1, ACCOUNT)
            for index, name in enumerate(OPERATORS)
        ),
        FlowNode("commission", "", 3, eur("0.774"), 5, COMMISSION),
        FlowNode("tax", "", 3, eur("0.14706"), 6, TAX),
    ),
    links=(
        FlowLink("customer", "ticket", eur("12.90")),
        *(FlowLink("ticket", f"op{index}", eur(share)) for index, share in enumerate(SHARES)),
        *(FlowLink(f"op{index}", f"bank{index}", eur(net)) for index, net in enumerate(NETS)),
        *(FlowLink(f"op{i}", "commission", eur(part)) for i, part in enumerate(COMMISSIONS)),
        *(FlowLink(f"op{index}", "tax", eur(tax)) for index, tax in enumerate(TAXES)),
    ),
)
ORDER = order.OrderView(
    number="A-2026-10000",
    public_id="ord_01kb8s9x2m4n7p0q5r6t8v3w1y",
    state="completed",
    created_at=at(3, 8, 14),
    customer="Miriam Achterberg",
    total=eur("12.90"),
    plan="Tarif 2026",
    plan_version=3,
    rule_hash=LONG_HASH,
    items=(
        order.ItemRow(
            "Einzelfahrschein",
            "Talheim Hbf – Marktplatz – Lindau Hafen",
            Decimal(1),
            eur("12.06"),
            eur("0.84"),
            eur("12.90"),
            Decimal("0.07"),
            "delivered",
        ),
    ),
    payments=(
        order.PaymentRow("payment", "sandbox", "pay_7f31c2", "captured", eur("12.90"), at(3, 8)),
    ),
    deliveries=(
        order.DeliveryRow("ticket", "ticket", "done", at(3, 8, 15), "/delivery"),
        order.DeliveryRow("zentrale", "webhook", "done", at(3, 8, 16)),
    ),
    tickets=(
        order.TicketRow(
            "Einzelfahrschein", "Talheim Hbf – Marktplatz – Lindau Hafen", "/ticket.svg", "/t.txt"
        ),
    ),
    steps=(
        Step("order_accepted", at(3, 8, 14), by="API-Schlüssel Shop"),
        Step("payment_captured", at(3, 8, 15), amount=eur("12.90")),
        Step("delivery_done", at(3, 8, 16), link=Link("ticket", "/delivery")),
        Step("shares_released", on=date(2026, 11, 3)),
        Step("statement_issued", on=date(2026, 11, 30)),
        Step("shares_paid"),
    ),
    flow=FLOW,
    euro=tuple(
        order.EuroRow(
            "partner",
            order.EuroAmounts(eur(share), eur(commission), eur(tax), eur(net)),
            Link(name, "/partner-page"),
            apportion(leg),
            "stated",
        )
        for name, leg, share, commission, tax, net in zip(
            OPERATORS, LEGS, SHARES, COMMISSIONS, TAXES, NETS, strict=True
        )
    ),
    totals=order.EuroTotals(
        order.EuroAmounts(eur("12.90"), eur("0.774"), eur("0.14706"), eur("11.97894")),
        order.EuroAmounts(NOTHING, NOTHING, NOTHING, NOTHING),
    ),
    seller_costs=(),
    trail=tuple(
        order.TrailRow(
            name,
            eur(net),
            Link(f"ST-00000{index + 1}", "/statement"),
            "/payout",
            f"P01a204bc0fb9751b8923d0d47a9948e{index}",
            state,
            booked,
        )
        for index, (name, net, state, booked) in enumerate(
            zip(
                OPERATORS,
                NETS,
                ("booked", "accepted", "rejected"),
                (date(2026, 12, 1), None, None),
                strict=True,
            )
        )
    ),
    refund_at="/refund",
)
ORDER_THIRDS = replace(
    ORDER,
    total=eur("10.00"),
    euro=tuple(
        replace(
            row,
            rule=RuleWords("apportion", weight=Decimal(1), weight_total=Decimal(3)),
            amounts=order.EuroAmounts(eur(share), eur("0.2"), eur("0.038"), eur(net)),
        )
        for row, share, net in zip(
            ORDER.euro,
            ("3.333333333334", "3.333333333333", "3.333333333333"),
            ("3.095333333334", "3.095333333333", "3.095333333333"),
            strict=True,
        )
    ),
    totals=order.EuroTotals(
        order.EuroAmounts(eur("10"), eur("0.6"), eur("0.114"), eur("9.286")),
        order.EuroAmounts(eur("0.01"), NOTHING, eur("-0.01"), eur("-0.01")),
    ),
)
ORDER_REFUNDED = replace(
    ORDER,
    is_refunded=True,
    euro=(
        *(
            replace(
                row,
                amounts=order.EuroAmounts(NOTHING, NOTHING, NOTHING, NOTHING),
                state="reversed",
                booked=row.amounts.share,
            )
            for row in ORDER.euro
        ),
        order.EuroRow("refunded", order.EuroAmounts(eur("10.90"), NOTHING, NOTHING, eur("10.90"))),
        order.EuroRow("fee", order.EuroAmounts(eur("2.00"), NOTHING, NOTHING, eur("2.00"))),
    ),
    payments=(
        *ORDER.payments,
        order.PaymentRow("refund", "sandbox", "Fahrt entfallen", "done", eur("12.90"), at(9, 9)),
        order.PaymentRow("dispute", "sandbox", None, "lost", eur("12.90"), None),
    ),
    seller_costs=(order.SellerCost("chargeback_fee", eur("15.00")),),
)
ORDER_NEW = replace(
    ORDER,
    state="accepted",
    items=(replace(ORDER.items[0], state="ordered"),),
    payments=(),
    deliveries=(),
    tickets=(),
    steps=(Step("order_accepted", at(3, 8, 14)), Step("payment_captured")),
    euro=(),
    trail=(),
    refund_at=None,
)
REFUND = refund.RefundView(
    number="A-2026-10000",
    back_href="/order",
    customer="Miriam Achterberg",
    paid=eur("25.80"),
    returned=NOTHING,
    items=(
        Choice("", "", selected=True),
        Choice("itm_1", "1. Einzelfahrschein Talheim – Lindau"),
        Choice("itm_2", "2. Fahrradkarte"),
    ),
    item="",
    amount=Field("99,00", Refusal.of(RefundTooLarge("x", left=Decimal("25.8"), currency="EUR"))),
    fee=Field(),
    reason=Field("", Refusal.of(ReasonMissing("x"))),
    check_at="/check",
    refund_at="/refund",
)
REFUND_PREVIEW = replace(
    REFUND,
    amount=Field("12,90"),
    reason=Field("Fahrt entfallen"),
    preview=refund.Preview(eur("12.90"), eur("2.00"), eur("10.90")),
)

PARTNERS = partners.PartnersView(
    tuple(
        partners.PartnerRow(
            name,
            "/partner-page",
            state,
            agreements,
            eur(pending),
            eur(released),
            eur(payable),
            due,
        )
        for name, state, agreements, pending, released, payable, due in (
            (OPERATORS[0], "ready", ("Clearing",), "812.70", "0", "29595.02", date(2026, 12, 1)),
            (OPERATORS[1], "ready", ("Clearing",), "2099.47", "0", "76453.82", date(2026, 12, 1)),
            (OPERATORS[2], "bank_details_missing", ("Clearing",), "377.32", "13740.55", "0", None),
            ("Fährbetrieb Bodensee GmbH", "bank_details_missing", (), "0", "0", "0", None),
            ("Seilbahn Höhenberg", "ready", ("Clearing", "Bergbahn"), "0", "-5.92", "0", None),
        )
    ),
    Pager(next="/partners?after=x"),
)
PARTNERS_EMPTY = partners.PartnersView((), Pager())

STATEMENT_ROWS = tuple(
    statements.StatementRow(
        f"ST-0000{month:02d}",
        "/statement",
        OPERATORS[0],
        date(2026, month, 1),
        date(2026, month + 1, 1) - timedelta(days=1),
        state,
        eur(total),
        eur(payout),
    )
    for month, state, total, payout in (
        (11, "issued", "29595.02", "29595.02"),
        (10, "paid", "28114.37", "28114.37"),
        (9, "carried", "-5.92", "0"),
        (8, "returned", "30011.90", "30011.90"),
    )
)
CLOSING = statements.ClosingView(
    date(2026, 11, 1),
    2,
    Field("2026-12-24", Refusal.of(PeriodNotOver("x"))),
)
STATEMENTS = statements.StatementsView(
    STATEMENT_ROWS, Pager(next="/statements?after=x"), closing=CLOSING
)
STATEMENTS_EMPTY = statements.StatementsView((), Pager(), state="returned")

AGREEMENT = partner.AgreementView(
    name="Clearing Talheim – Lindau",
    version=2,
    products=("Einzelfahrschein", "Tageskarte"),
    valid_from=date(2026, 1, 1),
    valid_to=date(2027, 1, 1),
    signed_on=date(2025, 12, 11),
    hash=LONG_HASH,
    release="on_payment",
    seller_role="agent",
    minimum_payout=eur("10"),
    rules=(
        partner.RuleRow(RuleWords("fixed", amount=eur("0.10")), "gross"),
        partner.RuleRow(RuleWords("apportion", rate=Decimal("0.94"), by_legs=True), "gross"),
        partner.RuleRow(RuleWords("apportion", rate=Decimal(1)), "net"),
        partner.RuleRow(RuleWords("residual"), "left"),
    ),
    deductions=(
        partner.DeductionRow(RuleWords("percent", rate=Decimal("0.06")), "share", Decimal("0.19")),
        partner.DeductionRow(RuleWords("per_unit", amount=eur("0.05")), "share", Decimal(0)),
    ),
)
PARTNER_PAGE = partner.PartnerView(
    name=OPERATORS[0],
    public_id="pty_01kb8s9x2m4n7p0q5r6t8v3w1y",
    external_id="nordbahn",
    state="ready",
    banks=(partner.BankDetails("EUR", "3000", date(2026, 1, 12)),),
    pending=eur("812.70"),
    released=eur("0"),
    payable=eur("29595.02"),
    paid=eur("301482.66"),
    agreements=(AGREEMENT,),
    statements=STATEMENT_ROWS,
    shares=tuple(
        partner.ShareRow(
            date(2026, 11, 30 - index),
            Link(f"A-2026-{9990 - index}", "/order"),
            apportion("8.4"),
            eur(amount),
            state,
        )
        for index, (amount, state) in enumerate(
            (
                ("3.187058823529", "pending"),
                ("3.187058823529", "released"),
                ("-3.187058823529", "reversed"),
                ("3.187058823529", "stated"),
            )
        )
    ),
)
PARTNER_NEW = replace(
    PARTNER_PAGE,
    state="bank_details_missing",
    banks=(),
    agreements=(),
    statements=(),
    shares=(),
)

STATEMENT = statements.StatementView(
    number="ST-000011",
    partner=Link(OPERATORS[0], "/partner-page"),
    seller="Verkehrsverbund Talheim",
    state="returned",
    first_day=date(2026, 11, 1),
    last_day=date(2026, 11, 30),
    agreements=(("Clearing Talheim – Lindau", 2, LONG_HASH),),
    issued_on=date(2026, 11, 30),
    iban_end="3000",
    amounts=(
        statements.StatementAmount("opening", eur("-5.92")),
        statements.StatementAmount("shares", eur("31864.214117647"), count=10_002),
        statements.StatementAmount("carried_in", eur("0.002647")),
        statements.StatementAmount("carried_out", eur("0.003235353")),
        statements.StatementAmount("supply_tax", eur("12.00")),
        statements.StatementAmount("commission", eur("-1912.24")),
        statements.StatementAmount("commission_tax", eur("-363.33")),
        statements.StatementAmount("returned_payouts", eur("17.40")),
    ),
    total=eur("29582.73"),
    payout_amount=eur("29582.73"),
    closing=eur("0"),
    steps=(
        Step("statement_calculated", at(30, 6, 0)),
        Step("statement_approved", at(30, 9, 30), by="Clara Weidenbach"),
        Step("payout_sent", at(30, 10, 0)),
        Step("payout_rejected", by="AC04", failed=True),
    ),
    payout=statements.PayoutView(
        "rejected",
        eur("29582.73"),
        "P01a204bc0fb9751b8923d0d47a9948ec",
        "AC04",
        Link("R-3622D8", "/payout"),
        date(2026, 11, 30),
        None,
    ),
    line_file=statements.LineFile("/lines.csv", 10_002, LONG_HASH),
    lines=tuple(
        statements.StatementLine(
            date(2026, 11, 30),
            Link(f"A-2026-{9990 - index // 2}", "/order"),
            "commission" if index % 2 else "share",
            "reversed" if index == 2 else "released",
            RuleWords("percent", rate=Decimal("0.06")) if index % 2 else apportion("8.4"),
            None if index % 2 else eur("12.90"),
            eur("-0.191223529412" if index % 2 else "3.187058823529"),
            eur("-0.036332470588") if index % 2 else None,
        )
        for index in range(6)
    ),
    pager=Pager(next="/statement?after=x"),
    back=Link("Statements", "/statements"),
)
STATEMENT_IN_REVIEW = replace(
    STATEMENT,
    state="issued",
    steps=(
        Step("statement_calculated", at(30, 6, 0)),
        Step("statement_approved"),
        Step("payout_sent"),
    ),
    payout=None,
    approve_at="/statements/x/approve",
    refusal=Refusal.of(IllegalTransition("x")),
)
STATEMENT_CARRIED = replace(
    STATEMENT,
    state="carried",
    amounts=(
        statements.StatementAmount("shares", eur("-6.374117647058"), count=2),
        statements.StatementAmount("commission", eur("0.38")),
        statements.StatementAmount("commission_tax", eur("0.07")),
    ),
    total=eur("-5.92"),
    payout_amount=eur("0"),
    closing=eur("-5.92"),
    steps=(Step("statement_calculated", at(30, 6, 0)),),
    payout=None,
    lines=(),
    pager=Pager(),
)

LEFT_OUT = (
    payouts.LeftOutRow(
        Link(OPERATORS[2], "/partner-page"),
        Link("ST-000013", "/statement"),
        eur("13740.55"),
        "payout_account_missing",
    ),
)
PAYOUTS = payouts.RunsView(
    rows=tuple(
        payouts.RunRow(f"R-3622D{index}", "/payout", at(30 - index, 10), state, 2, eur(total))
        for index, (state, total) in enumerate(
            (
                ("draft", "106048.84"),
                ("approved", "101.10"),
                ("sent", "98112.40"),
                ("finished", "97555.01"),
            )
        )
    ),
    pager=Pager(next="/payouts?after=x"),
    waiting=(payouts.WaitingView("EUR", eur("106048.84"), 2, LEFT_OUT),),
    may_create=True,
    refusal=Refusal.of(DebtorAccountMissing("x")),
)
PAYOUTS_EMPTY = payouts.RunsView((), Pager(), (), may_create=True)
PAYOUT = payouts.RunView(
    name="R-3622D8",
    message_id="R01a204bc0fb9751b8923d0d39a3622d8",
    state="draft",
    total=eur("106048.84"),
    count=2,
    execute_on=date(2026, 12, 1),
    created_at=at(30, 10),
    created_by="Clara Weidenbach",
    approved_by=None,
    sent_at=None,
    file_schema="pain.001.001.09",
    file_hash=LONG_HASH,
    transfers=tuple(
        payouts.TransferRow(
            Link(name, "/partner-page"),
            Link(f"ST-00001{index + 1}", "/statement"),
            eur(amount),
            f"P01a204bc0fb9751b8923d0d47a9948e{index}",
            state,
            reason,
            booked,
        )
        for index, (name, amount, state, reason, booked) in enumerate(
            (
                (OPERATORS[0], "29595.02", "open", None, None),
                (OPERATORS[1], "76453.82", "rejected", "AC04", None),
                (OPERATORS[2], "13740.55", "booked", None, date(2026, 12, 1)),
            )
        )
    ),
    left_out=LEFT_OUT,
    limit=eur("10000"),
    needs_other=True,
    is_asked=False,
    file_at="/file.xml",
)
PAYOUT_SENT = replace(
    PAYOUT,
    state="sent",
    sent_at=at(30, 11),
    approved_by="Bert Lindner",
    left_out=(),
    needs_other=False,
    is_asked=True,
    send_at="/send",
    fetch_at="/answers",
    approve_at="/approve",
)

DELIVERIES = deliveries.DeliveriesView(
    rows=tuple(
        deliveries.TaskRow(
            step,
            "/delivery",
            Link(f"A-2026-{9990 - index}", "/order"),
            "einzelfahrschein",
            "TALHEIM-LINDAU",
            adapter,
            state,
            at(30 - index, 9),
        )
        for index, (step, adapter, state) in enumerate(
            (("brief", "manual", "awaiting_callback"), ("karte", "webhook", "fallout"))
        )
    ),
    pager=Pager(),
)
DELIVERIES_EMPTY = deliveries.DeliveriesView((), Pager())
DELIVERY = deliveries.DeliveryView(
    step="brief",
    public_id="tsk_01kb8s9x2m4n7p0q5r6t8v3w1y",
    state="awaiting_callback",
    adapter="manual",
    order=Link("A-2026-9990", "/order"),
    product="einzelfahrschein",
    route="TALHEIM-LINDAU",
    created_at=at(29, 9),
    done_at=None,
    attempts=(),
    result=(),
    failure=None,
    form=deliveries.ActionForm(),
    submit_at="/submit",
    skip_at="/skip",
)
DELIVERY_FAILED = replace(
    DELIVERY,
    step="karte",
    state="fallout",
    adapter="webhook",
    attempts=(
        deliveries.AttemptRow(1, "retry_wait", "no answer within 10 seconds", None, at(29, 9)),
        deliveries.AttemptRow(2, "fallout", "410 Gone", None, at(29, 9, 5)),
        deliveries.AttemptRow(3, "retried", "Adresse berichtigt", "Clara Weidenbach", at(30, 8)),
    ),
    failure="the target answered 410 Gone (gone)",
    form=deliveries.ActionForm(reason=Field("", Refusal.of(ReasonMissing("x")))),
    submit_at=None,
    retry_at="/retry",
    vouch_at="/vouch",
    refusal=Refusal.of(NotInFallout("x")),
)
DELIVERY_DONE = replace(
    DELIVERY,
    state="done",
    done_at=at(30, 9),
    attempts=(deliveries.AttemptRow(1, "submitted", "eingeworfen", "Clara Weidenbach", at(30, 9)),),
    result=(("reference", "RR 12 345 678 9 DE"),),
    submit_at=None,
    skip_at=None,
)

SANDBOX = sandbox.SandboxView(
    now=NOW,
    day=Field("2026-11-29", None),
    time=Field("17:42"),
    order=Field("A-2026-9990"),
    jumps=(sandbox.Jump("One day on", NOW), sandbox.Jump("Next month", NOW)),
    may_move_clock=True,
    may_act=True,
    refusal=Refusal.of(ClockBackwards("x")),
)
SANDBOX_DONE = replace(SANDBOX, refusal=None, done="dispute", may_move_clock=False, may_act=False)

CLAIMS = claims.ClaimsView(
    partner=OPERATORS[0],
    live=claims.LiveClaims(
        pending=eur("812.70"),
        released=eur("4186.227341"),
        on_its_way=eur("29595.02"),
        paid=eur("301482.66"),
        next_payout=eur("3887.31"),
        next_total=eur("3887.31"),
        next_on=date(2026, 12, 1),
        at=NOW,
    ),
    live_stream=None,
    bars=Bars(BARS.days, BARS.series[:1]),
    lines=tuple(
        claims.ClaimLine(
            date(2026, 11, 30),
            f"A-2026-{9990 - index}",
            apportion("8.4"),
            eur("12.90"),
            eur(share),
            state,
        )
        for index, (share, state) in enumerate(
            (
                ("3.187058823529", "pending"),
                ("3.187058823529", "released"),
                ("3.187058823529", "stated"),
                ("-3.187058823529", "reversed"),
                ("3.187058823529", "disputed"),
            )
        )
    ),
    pager=Pager(next="/partner?after=x"),
    statements=STATEMENT_ROWS[:3],
    agreements=(AGREEMENT,),
)
CLAIMS_CARRIED = replace(
    CLAIMS, live=replace(CLAIMS.live, next_payout=eur("0"), next_total=eur("-6.14"))
)
CLAIMS_EMPTY = replace(
    CLAIMS,
    live=replace(CLAIMS.live, next_payout=None, next_total=None, next_on=None),
    bars=Bars((), ()),
    lines=(),
    statements=(),
    agreements=(),
)

LINK = sign_in.LinkView(
    token="gl_x",
    name="Administrator",
    known_email=None,
    email=Field("ada@", Refusal.of(EmailInvalid("x"))),
    password=Field("", Refusal.of(PasswordUnfit("x"))),
    repeated=Field(),
)
LINK_KNOWN = replace(
    LINK, name=None, known_email="clara@talheim.example", email=Field(), password=Field()
)
LINK_SPENT = replace(LINK, token=None, refusal=Refusal.of(LinkRefused("x")))
OWN_ACCOUNT = sign_in.AccountView(
    name="Clara Weidenbach",
    role="finance",
    old=Field("", Refusal.of(SignInRefused("x"))),
    password=Field(),
    repeated=Field(),
    notice=sign_in.PASSWORD_CHANGED,
)
