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

from groschen.core.money import Money
from groschen.kit.actor import Actor
from groschen.kit.permissions import ROLES
from groschen.web.console import order, orders, overview, partner, partners, statements
from groschen.web.partner import claims
from groschen.web.ui.parts import (
    Bars,
    BarSeries,
    Flow,
    FlowLink,
    FlowNode,
    Link,
    Pager,
    RuleWords,
    Step,
)
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
    return RuleWords("apportion", weight=Decimal(leg), weight_total=Decimal("34.0"), unit="km")


ORDER_ROWS = tuple(
    orders.OrderRow(
        number=f"A-2026-{10_000 - index}",
        href="/order",
        created_at=NOW - timedelta(minutes=7 * index),
        customer=customer,
        product="Einzelfahrschein Talheim – Lindau",
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

OVERVIEW = overview.OverviewView(
    month=date(2026, 11, 1),
    sold=eur("129000"),
    orders=10_000,
    pending=eur("4386.117341"),
    released=eur("129000"),
    payable=eur("119789.39"),
    ledger_difference=eur("0"),
    live=overview.LiveView(eur("4205.40"), 326, NOW),
    live_stream=None,
    bars=BARS,
    tasks=(
        overview.Task("statements_to_approve", 3, "/statements"),
        overview.Task("payouts_rejected", 1, "/statements"),
        overview.Task("deliveries_failed", 2, "/orders"),
    ),
    latest=ORDER_ROWS[:5],
)
NOTHING = eur("0")
OVERVIEW_EMPTY = replace(
    OVERVIEW,
    sold=NOTHING,
    orders=0,
    pending=NOTHING,
    released=NOTHING,
    payable=NOTHING,
    live=overview.LiveView(NOTHING, 0, NOW),
    bars=Bars((), ()),
    tasks=(),
    latest=(),
)

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
            FlowNode(f"bank{index}", f"Konto {name}", 3, eur(NETS[index]), index + 1)
            for index, name in enumerate(OPERATORS)
        ),
        FlowNode("commission", "Provision Verkehrsverbund", 3, eur("0.774"), 4),
        FlowNode("tax", "Umsatzsteuer auf die Provision", 3, eur("0.14706"), 5),
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
    customer=Link("Miriam Achterberg"),
    total=eur("12.90"),
    catalog_version="Tarif 2026, Version 3",
    rule_hash=HASH,
    items=(
        order.ItemRow(
            "Einzelfahrschein",
            "Talheim Hbf – Marktplatz – Lindau Hafen · 34,0 km",
            Decimal(1),
            eur("12.90"),
            eur("12.90"),
            Decimal("0.07"),
            "delivered",
        ),
    ),
    payments=(
        order.PaymentRow(
            "payment", "Sandbox", "pay_7f31c2", "captured", eur("12.90"), at(3, 8, 15)
        ),
    ),
    deliveries=(
        order.DeliveryRow(
            "Ticket ausstellen", "QR-Ticket", "done", at(3, 8, 15), Link("Ticket ansehen", "/t")
        ),
        order.DeliveryRow("Fahrgastsystem melden", "Webhook", "done", at(3, 8, 16)),
    ),
    steps=(
        Step("order_accepted", at(3, 8, 14), by="API-Schlüssel Shop"),
        Step("shares_pending", at(3, 8, 14)),
        Step("payment_captured", at(3, 8, 15), amount=eur("12.90")),
        Step("shares_released", at(3, 8, 15)),
        Step("delivery_done", at(3, 8, 16), link=Link("QR-Ticket", "/t")),
        Step("statement_issued", at(30, 6, 0), link=Link("AB-2026-11", "/statement")),
        Step("payout_sent", at(30, 10, 0), by="Clara Weidenbach"),
        Step("payout_booked", None),
    ),
    flow=FLOW,
    euro=tuple(
        order.EuroRow(
            Link(name, "/partner-page"),
            apportion(leg),
            order.EuroAmounts(eur(share), eur(commission), eur(tax), eur(net)),
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
    seller_costs=(order.SellerCost("psp_fee", eur("0.43")),),
    trail=tuple(
        order.TrailRow(
            name,
            eur(net),
            Link(f"AB-2026-11-{index + 1}", "/statement"),
            Link("Lauf 2026-11-30", "/statement"),
            f"GR-2026-11-000{index + 1}",
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
)
ORDER_THIRDS = replace(
    ORDER,
    total=eur("10.00"),
    euro=tuple(
        replace(
            row,
            rule=RuleWords("apportion", weight=Decimal(1), weight_total=Decimal(3), unit="km"),
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
ORDER_NEW = replace(
    ORDER,
    state="accepted",
    items=(replace(ORDER.items[0], state="ordered"),),
    payments=(),
    deliveries=(),
    steps=(Step("order_accepted", at(3, 8, 14)), Step("payment_captured", None)),
    euro=(),
    trail=(),
)

PARTNERS = partners.PartnersView(
    tuple(
        partners.PartnerRow(
            name,
            "/partner-page",
            state,
            agreement,
            eur(pending),
            eur(released),
            eur(payable),
            due,
        )
        for name, state, agreement, pending, released, payable, due in (
            (OPERATORS[0], "ready", "Clearing, V 2", "812.70", "0", "29595.02", date(2026, 12, 31)),
            (
                OPERATORS[1],
                "ready",
                "Clearing, V 2",
                "2099.47",
                "0",
                "76453.82",
                date(2026, 12, 31),
            ),
            (
                OPERATORS[2],
                "bank_details_missing",
                "Clearing, V 2",
                "377.32",
                "13740.55",
                "0",
                None,
            ),
            ("Fährbetrieb Bodensee GmbH", "agreement_missing", None, "0", "0", "0", None),
            ("Seilbahn Höhenberg", "ready", "Clearing, V 1", "0", "-5.92", "0", None),
        )
    ),
    Pager(next="/partners?after=x"),
)
PARTNERS_EMPTY = partners.PartnersView((), Pager())

STATEMENT_ROWS = tuple(
    statements.StatementRow(
        f"AB-2026-{month:02d}-1",
        "/statement",
        OPERATORS[0],
        date(2026, month, 1),
        date(2026, month + 1, 1) - timedelta(days=1),
        state,
        eur(total),
        date(2026, month + 1, 5) if payable else None,
    )
    for month, state, total, payable in (
        (11, "issued", "29595.02", True),
        (10, "paid", "28114.37", True),
        (9, "carried", "-5.92", False),
        (8, "returned", "30011.90", True),
    )
)
STATEMENTS = statements.StatementsView(STATEMENT_ROWS, Pager(next="/statements?after=x"))
STATEMENTS_EMPTY = statements.StatementsView((), Pager(), state="returned")

PARTNER_PAGE = partner.PartnerView(
    name=OPERATORS[0],
    public_id="par_01kb8s9x2m4n7p0q5r6t8v3w1y",
    state="ready",
    tax_id="DE 811 907 980",
    bank=partner.BankDetails("Nordbahn Verkehrsgesellschaft mbH", "3000", date(2026, 1, 12)),
    pending=eur("812.70"),
    released=eur("0"),
    payable=eur("29595.02"),
    paid=eur("301482.66"),
    agreement=partner.AgreementView(
        name="Clearing Talheim – Lindau",
        version=2,
        state="active",
        valid_from=date(2026, 1, 1),
        valid_to=None,
        hash=HASH,
        signed_on=date(2025, 12, 11),
        minimum_payout=eur("10"),
        self_billing=True,
        rules=(
            partner.RuleRow(
                "Einzelfahrscheine",
                RuleWords("apportion", unit="Kilometer"),
                Decimal("0.06"),
                "payment",
            ),
            partner.RuleRow(
                "Fahrradkarten", RuleWords("fixed", amount=eur("1.20")), None, "delivery"
            ),
        ),
    ),
    statements=STATEMENT_ROWS,
    shares=tuple(
        partner.ShareRow(
            at(30 - index, 12),
            Link(f"A-2026-{9990 - index}", "/order"),
            "Einzelfahrschein",
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
    PARTNER_PAGE, state="agreement_missing", bank=None, agreement=None, statements=(), shares=()
)

STATEMENT = statements.StatementView(
    number="AB-2026-11-1",
    partner=Link(OPERATORS[0], "/partner-page"),
    seller="Verkehrsverbund Talheim",
    state="returned",
    first_day=date(2026, 11, 1),
    last_day=date(2026, 11, 30),
    agreement="Clearing Talheim – Lindau, Version 2",
    agreement_hash=HASH,
    issued_on=date(2026, 11, 30),
    payable_on=date(2026, 12, 5),
    iban_end="3000",
    amounts=(
        statements.StatementAmount("opening", eur("-5.92")),
        statements.StatementAmount("carried_in", eur("0.002647")),
        statements.StatementAmount("shares", eur("31870.588235294"), count=10_000),
        statements.StatementAmount("reversals", eur("-6.374117647058"), count=2),
        statements.StatementAmount("commission", eur("-1912.24"), rate=Decimal("0.06")),
        statements.StatementAmount("commission_tax", eur("-363.33"), rate=Decimal("0.19")),
    ),
    total=eur("29582.73"),
    payout_amount=eur("29582.73"),
    closing=eur("0"),
    carried_out=eur("-0.003235353058"),
    steps=(
        Step("statement_calculated", at(30, 6, 0)),
        Step("statement_approved", at(30, 9, 30), by="Clara Weidenbach"),
        Step("payout_sent", at(30, 10, 0)),
        Step("payout_rejected", at(30, 11, 0), failed=True),
        Step("payout_booked", None),
    ),
    payout=statements.PayoutView(
        "rejected", eur("29582.73"), "GR-2026-11-0001", Link("pain.001 2026-11-30.xml", "/f"), None
    ),
    line_file=statements.LineFile("/lines.csv", 10_002, LONG_HASH),
    lines=tuple(
        statements.StatementLine(
            at(30, 12),
            Link(f"A-2026-{9990 - index}", "/order"),
            "Einzelfahrschein",
            apportion("8.4"),
            eur("12.90"),
            eur("-3.187058823529" if index == 2 else "3.187058823529"),
            is_reversal=index == 2,
        )
        for index in range(6)
    ),
    pager=Pager(next="/statement?after=x"),
    back=Link("Abrechnungen", "/statements"),
)
STATEMENT_IN_REVIEW = replace(
    STATEMENT,
    state="issued",
    steps=(Step("statement_calculated", at(30, 6, 0)), Step("statement_approved", None)),
    payout=None,
    approve_at="/statements/x/approve",
)
STATEMENT_CARRIED = replace(
    STATEMENT,
    state="carried",
    amounts=(
        statements.StatementAmount("opening", eur("0")),
        statements.StatementAmount("reversals", eur("-6.374117647058"), count=2),
        statements.StatementAmount("commission_returned", eur("0.38"), rate=Decimal("0.06")),
        statements.StatementAmount("commission_tax_returned", eur("0.07"), rate=Decimal("0.19")),
    ),
    total=eur("-5.92"),
    payout_amount=eur("0"),
    closing=eur("-5.92"),
    payable_on=None,
    steps=(Step("statement_calculated", at(30, 6, 0)),),
    payout=None,
    lines=(),
    pager=Pager(),
)

CLAIMS = claims.ClaimsView(
    partner=OPERATORS[0],
    live=claims.LiveClaims(eur("812.70"), eur("4186.227341"), NOW),
    live_stream=None,
    next_payout=claims.NextPayout(eur("3887.31"), date(2026, 12, 5)),
    paid=eur("301482.66"),
    bars=Bars(BARS.days, BARS.series[:1]),
    lines=tuple(
        claims.ClaimLine(
            at(30, 17, 40 - 9 * index),
            "Einzelfahrschein",
            apportion("8.4"),
            eur(share),
            state,
            f"A-2026-{9990 - index}",
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
)
CLAIMS_EMPTY = replace(CLAIMS, next_payout=None, bars=Bars((), ()), lines=(), statements=())
