"""A transport alliance in a test tenant: partners, an agreement, tickets sold through the one door.

The clock is moved past the API: month 1 is March 2026.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import psycopg
from psycopg import sql

from groschen.core.canonical import EventHash
from groschen.core.money import Money
from groschen.core.ports.bank import Bank, PaymentFile, Submitted, TransferAnswer, TransferState
from groschen.core.prices.model import Leg
from groschen.core.shares import SellerRole, ShareBase, evaluate, parse_terms
from groschen.core.tax import split_gross
from groschen.core.totals import TotalKey
from groschen.features.ledger import service as ledger
from groschen.features.parties import service as parties
from groschen.features.parties.model import NewParty
from groschen.features.settlements import jobs
from groschen.features.settlements.model import Statement
from groschen.features.settlements.ports import BANK, BankOpener
from groschen.features.settlements.queries import statements as statement_queries
from groschen.features.settlements.service import closing
from groschen.features.shares import service as shares
from groschen.features.shares.model import (
    AgreementVersion,
    Change,
    RefundMade,
    Release,
    Reversal,
    ReversalEvent,
    Sale,
)
from groschen.features.shares.service import agreements
from groschen.kit.actor import ALL_PERMISSIONS, Actor
from groschen.kit.config import Settings
from groschen.kit.db import Database, Scope
from groschen.kit.ids import new_id
from groschen.kit.postgres import ServerUrls
from groschen.kit.runtime import Ports, Runtime
from support.database import make_tenant

FARE = Decimal("12.90")
LEGS = {"op-a": "8.4", "op-b": "21.7", "op-c": "3.9"}
CUSTOMER = UUID(int=99)
ANNA = Actor("user", UUID(int=1), ALL_PERMISSIONS, None, "finance")
BERT = Actor("user", UUID(int=2), ALL_PERMISSIONS, None, "finance")


def month_start(month: int) -> datetime:
    """The first instant of a month of 2026 that the tests use, well inside its first day."""
    return datetime(2026, month, 1, 9, tzinfo=UTC)


@dataclass
class Alliance:
    """One tenant that sells tickets for three operators."""

    database: Database
    urls: ServerUrls
    tenant_id: UUID
    operators: dict[str, UUID] = field(default_factory=dict)
    version: AgreementVersion | None = None

    def scope(self, actor: Actor = ANNA, **options: bool) -> AbstractAsyncContextManager[Scope]:
        """Open a scope of the tenant."""
        return self.database.scope(self.tenant_id, actor, **options)

    def move_clock(self, to: datetime) -> None:
        """Move the test clock past the API."""
        with psycopg.connect(self.urls.superuser) as conn:
            conn.execute(
                "UPDATE groschen.tenants SET test_now = %s WHERE tenant_id = %s",
                (to, self.tenant_id),
            )

    async def found(self, terms: dict[str, object]) -> None:
        """Make the partners and sign the agreement."""
        async with self.scope() as scope:
            await ledger.seed_chart(scope)
            for name in LEGS:
                new = NewParty(name, "organisation", f"Operator {name}", ("partner",), "DE", {})
                self.operators[name] = (await parties.create_party(scope, new)).id
        await self.agree("alliance", month_start(1), terms)

    async def agree(self, name: str, since: datetime, terms: dict[str, object]) -> None:
        """Sign a version of an agreement; tickets are sold under it from now on."""
        async with self.scope() as scope:
            agreement = await agreements.create(scope, name, f"The {name}")
            version = await agreements.add_version(scope, agreement, since, parse_terms(terms))
            self.version = await agreements.sign_off(scope, version.id, version.hash)

    async def sell(self, tickets: int = 1, *, fare: Decimal = FARE, pay: bool = True) -> list[UUID]:
        """Sell tickets, paid at once; return their sales."""
        async with self.scope() as scope:
            changes = [self.ticket(fare) for _ in range(tickets)]
            await self.book(scope, changes, pay=pay)
            return [change.sale_id for change in changes]

    async def book(self, scope: Scope, changes: Sequence[Change], *, pay: bool = True) -> None:
        """Book sold tickets and, if paid, release their shares."""
        await shares.book_differences(scope, changes)
        if not pay:
            return
        payment = new_id()
        releases = [
            Release(one.sale_id, one.sale.gross, one.sale.gross, payment) for one in changes
        ]
        await shares.release(scope, releases)

    def ticket(self, fare: Decimal = FARE) -> Change:
        """A ticket as the door for shares takes it."""
        assert self.version is not None
        gross = Money(fare, "EUR")
        net, tax = split_gross(gross, Decimal("0.07"))
        legs = tuple(Leg(name, Decimal(km)) for name, km in LEGS.items())
        split = evaluate(self.version.terms, ShareBase(gross, net, Decimal(1), legs))
        sale = Sale(CUSTOMER, fare, "REV_COMMISSION", Decimal(0), Decimal(0), "DE-19")
        if self.version.terms.seller_role is SellerRole.PRINCIPAL:
            sale = Sale(CUSTOMER, fare, "REV_TRANSPORT", net.amount, tax.amount, "DE-7")
        item_id = new_id()
        return Change(
            key=TotalKey.of_order_line(item_id, "fare"),
            total_id=new_id(),
            sale_id=new_id(),
            reference=f"ticket-{item_id.hex}",
            rule_hash="test",
            state={},
            facts=EventHash(),
            currency="EUR",
            amount=fare,
            sale=sale,
            agreement=self.version,
            split=split,
            beneficiaries=self.operators,
        )

    async def refund(self, sale_id: UUID, amount: Decimal = FARE) -> None:
        """Refund a ticket without a fee."""
        async with self.scope() as scope:
            reversal = Reversal(sale_id, None, amount, ReversalEvent.REFUND, new_id())
            await shares.reverse_refunds(scope, [RefundMade(reversal, Money(amount, "EUR"), None)])

    async def close(self, month: int) -> None:
        """Move the clock to the first day of ``month`` and close everything before it."""
        self.move_clock(month_start(month))
        async with self.scope(exclusive=True) as scope:
            await closing.close_period(scope, month_start(month).date())

    def runtime(self, bank: Bank | BankOpener | None = None) -> Runtime:
        """What the jobs find around them."""
        ports = Ports()

        def open_bank(tenant_id: UUID, at: datetime) -> Bank:
            chosen = bank(tenant_id, at) if callable(bank) else bank
            assert chosen is not None
            return chosen

        ports.connect(BANK, open_bank)
        return Runtime(self.database, Settings(), ports)

    async def state(self) -> None:
        """Issue what is due by the job."""
        await jobs.state_partners(self.runtime(), self.tenant_id)

    async def settle(self, month: int) -> dict[str, Statement]:
        """Close up to the first of ``month``, issue, and return the newest statements by name."""
        await self.close(month)
        await self.state()
        return await self.statements(month)

    async def statements(self, month: int) -> dict[str, Statement]:
        """The statements that end on the first of ``month``, by operator."""
        period_to = month_start(month).date()
        found: dict[str, Statement] = {}
        async with self.scope() as scope:
            for name, party_id in self.operators.items():
                rows = await all_statements(scope, party_id)
                for row in rows:
                    if row.period_to == period_to:
                        found[name] = row
        return found


async def all_statements(scope: Scope, beneficiary_id: UUID) -> list[Statement]:
    """Every statement of a partner, oldest first."""
    cursor = await scope.conn.execute(
        "SELECT id FROM statements WHERE tenant_id = %s AND beneficiary_id = %s ORDER BY sequence",
        (scope.tenant_id, beneficiary_id),
    )
    ids = [row[0] for row in await cursor.fetchall()]
    found = [await statement_queries.statement(scope, one) for one in ids]
    return [one for one in found if one is not None]


def set_tenant(alliance: Alliance, **columns: object) -> None:
    """Set columns of the tenant past the API."""
    with psycopg.connect(alliance.urls.superuser) as conn:
        for name, value in columns.items():
            statement = sql.SQL("UPDATE groschen.tenants SET {} = %s WHERE tenant_id = %s")
            conn.execute(statement.format(sql.Identifier(name)), (value, alliance.tenant_id))


def principal_terms(supply_vat_rate: str = "0.07") -> dict[str, object]:
    """The seller buys at 94 % of the net; the operators add their VAT on the statement."""
    return {
        "currency": "EUR",
        "seller_role": "principal",
        "release": "on_payment",
        "rules": [
            {
                "id": "fare",
                "kind": "apportion",
                "params": {"rate": "0.94", "weights": "legs"},
                "base": "net",
            }
        ],
        "settlement": {
            "period": "month",
            "min_payout": "0.00",
            "supply_vat_rate": supply_vat_rate,
        },
    }


def ticket_terms(min_payout: str = "0.00", commission: str = "0.06") -> dict[str, object]:
    """The gross by the legs; commission and 19 % VAT on it are taken on the statement."""
    return {
        "currency": "EUR",
        "seller_role": "agent",
        "release": "on_payment",
        "rules": [
            {"id": "fare", "kind": "apportion", "params": {"weights": "legs"}, "base": "gross"},
            {
                "id": "commission",
                "kind": "percent",
                "params": {"rate": commission},
                "base": "share",
                "deducted_from": "statement",
                "vat_rate": "0.19",
            },
        ],
        "settlement": {"period": "month", "min_payout": min_payout},
    }


async def new_alliance(
    database: Database, urls: ServerUrls, terms: dict[str, object] | None = None
) -> Alliance:
    """Found an alliance whose clock stands in March 2026."""
    tenant_id = make_tenant(
        urls,
        mode="test",
        test_now=datetime(2026, 3, 10, 9, tzinfo=UTC),
        funds_model="agent_for_payee",
    )
    alliance = Alliance(database, urls, tenant_id)
    await alliance.found(terms or ticket_terms())
    return alliance


@dataclass
class FakeBank:
    """Remembers what it was given; answers as the test tells it."""

    files: list[PaymentFile] = field(default_factory=list)
    told: dict[str, list[TransferAnswer]] = field(default_factory=dict)
    breaks_after_taking: bool = False

    @property
    def name(self) -> str:
        return "fake"

    async def submit(self, file: PaymentFile) -> Submitted:
        known = {one.message_id: one for one in self.files}
        if file.message_id not in known:
            self.files.append(file)
        if self.breaks_after_taking:
            self.breaks_after_taking = False
            raise ConnectionError("the line broke after the bank took the file")
        return Submitted(file.message_id, "ref", datetime(2026, 4, 2, tzinfo=UTC))

    async def answers(self, message_id: str) -> list[TransferAnswer]:
        return list(self.told.get(message_id, []))

    def say(
        self,
        message_id: str,
        end_to_end_id: str,
        state: TransferState,
        *,
        reason: str | None = None,
        booked_on: date | None = None,
    ) -> None:
        answer = TransferAnswer(end_to_end_id, state, reason, booked_on)
        self.told.setdefault(message_id, []).append(answer)
