"""The IoT showcase from beginning to end: messages, then bills, corrections and a refund."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from groschen.adapters.payments.sandbox import SandboxPayments
from groschen.demo.api import make_client
from groschen.demo.books import await_balance
from groschen.demo.exact import ZERO
from groschen.demo.installation import platform_access
from groschen.demo.invoicing import Document, await_due, bill, collect, refund_order
from groschen.demo.iot.company import (
    ENDS,
    LABELS,
    MESSAGE,
    SETUP_PLAN,
    Company,
    customer_id,
    device_name,
    found_company,
)
from groschen.demo.iot.expected import Expected
from groschen.demo.iot.numbers import make_plot
from groschen.demo.metering import EVENTS_A_CALL, Sent, cloud_event, send
from groschen.demo.selling import advance_clock
from groschen.demo.settling import Month, close_month, pay_partners, receive_provider_payout
from groschen.demo.waiting import wait_until
from groschen.demo.world import PROVIDER, OutsideWorld
from groschen.kit.db import Database
from groschen.kit.seal import install, seal_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from groschen.demo.api import Api, Json
    from groschen.demo.installation import Installation
    from groschen.demo.iot.expected import Document as Right
    from groschen.demo.iot.numbers import IotNumbers, Message, Plot
    from groschen.demo.progress import Bar, Phases
    from groschen.demo.settling import Payment

SLICES: Final = 10
SOURCE: Final = "geraete"
SETUP_ORDER: Final = "EINR-1"
SOON: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that was seen while the story was told.

    ``first``, ``second`` and ``third`` are the documents of each bill run; the third one has
    nothing to bill. ``refunded`` is the order whose money went back.
    """

    plot: Plot
    expected: Expected
    company: Company
    sent: Sent
    repeated: Sent
    late: Sent
    first: tuple[Document, ...]
    second: tuple[Document, ...]
    third: tuple[Document, ...]
    refunded: Json
    months: tuple[Month, Month, Month]
    payments: tuple[Payment | None, ...]
    trial_balance: Json

    @property
    def documents(self) -> tuple[Document, ...]:
        """All of them in the order they were issued."""
        return self.first + self.second + self.third


async def tell_iot(installation: Installation, numbers: IotNumbers, phases: Phases) -> Told:
    """Tell the story over the public API of a running installation."""
    plot, settings = make_plot(numbers), installation.settings
    seal = seal_from(settings)
    install(seal)
    async with Database(settings) as database, make_client(installation.base_url) as client:
        with phases.phase("founding", "Founding the data platform"):
            company = await found_company(client, await platform_access(database), plot)
        provider = SandboxPayments(database, seal).world(company.founded.tenant_id)
        world = OutsideWorld(client, provider, company.founded.tenant_id)
        return await _Story(plot, Expected(plot), company, world, phases).tell()


@dataclass(frozen=True, slots=True)
class _Story:
    """The story while it is told."""

    plot: Plot
    expected: Expected
    company: Company
    world: OutsideWorld
    phases: Phases

    @property
    def api(self) -> Api:
        """Works."""
        return self.company.api

    async def tell(self) -> Told:
        """Tell it month by month."""
        with self.phases.phase("metering", "March: messages", len(self.plot.messages)) as bar:
            sent, repeated = await self._march(bar)
        with self.phases.phase("billing_1", "March is billed, closed and paid out"):
            first, march, paid = await self._bill_march()
        with self.phases.phase("april", "April: late messages, a refund"):
            late, refunded, april = await self._april()
        with self.phases.phase("may", "May: corrections, invoices are paid"):
            second, third, may, paid_last = await self._may()
        return Told(
            plot=self.plot,
            expected=self.expected,
            company=self.company,
            sent=sent,
            repeated=repeated,
            late=late,
            first=first,
            second=second,
            third=third,
            refunded=refunded,
            months=(march, april, may),
            payments=(paid, paid_last),
            trial_balance=await self.api.get("/v1/ledger/trial_balance"),
        )

    async def _march(self, bar: Bar) -> tuple[Sent, Sent]:
        """Send messages as they happen, in slices; one call is sent twice. Sell a setup."""
        sent, part = Sent(), -(-len(self.plot.messages) // SLICES)
        for start in range(0, len(self.plot.messages), part):
            some = self.plot.messages[start : start + part]
            await advance_clock(self.api, (some[-1].at + SOON).isoformat())
            sent += await send(self.api, _events(some), bar)
            if start == 0:
                await self._sell_setup()
        repeated = await send(self.api, _events(self.plot.messages[:EVENTS_A_CALL]))
        for company in range(len(self.plot.devices)):
            path = f"/v1/subscriptions/ext:{customer_id(company)}/cancel"
            await self.api.post(path, {"at": ENDS})
        return sent, repeated

    async def _sell_setup(self) -> None:
        order = {
            "external_id": SETUP_ORDER,
            "account": customer_id(0),
            "lines": [{"plan": SETUP_PLAN}],
            "payment": {"provider": PROVIDER, "method": "tok_visa"},
        }
        await self.api.post("/v1/orders", order)

        async def look() -> Json:
            return await self.api.get(f"/v1/orders/ext:{SETUP_ORDER}")

        await wait_until(
            "the setup is paid", look, lambda one: one["order"]["state"] == "completed"
        )

    async def _bill_march(self) -> tuple[tuple[Document, ...], Month, Payment | None]:
        """Bill everything, close the books, pay the marketplace its part of the setup."""
        await advance_clock(self.api, "2027-03-31T20:00:00+02:00")
        month = await receive_provider_payout(self.api, self.world)
        await advance_clock(self.api, "2027-04-01T09:00:00+02:00")
        await self._await_due(self.expected.first)
        made = await bill(self.api)
        await close_month(self.company, month, "2027-04-01")
        return made, month, await pay_partners(self.company, month, "2027-04-06T12:00:00+02:00")

    async def _await_due(self, right: Sequence[Right]) -> None:
        """Wait until everything is posted: each company would be billed what it should be."""
        for company, one in enumerate(right):
            wanted = {LABELS[name]: amount for name, amount in one.lines.items()}
            await await_due(self.api, customer_id(company), wanted)

    async def _april(self) -> tuple[Sent, Json, Month]:
        """Send what is late, withdraw a message; give the money for the setup back after all."""
        await advance_clock(self.api, "2027-04-07T09:00:00+02:00")
        late = await send(self.api, _events(self.plot.late))
        name = _name(self.plot.voided)
        void = {"source": SOURCE, "id": name, "reason": "Gerät war im Probebetrieb"}
        await self.api.post("/v1/events/void", void)
        refunded = await refund_order(self.api, SETUP_ORDER, "Einrichtung abgesagt")
        await advance_clock(self.api, "2027-04-30T20:00:00+02:00")
        month = await receive_provider_payout(self.api, self.world)
        await advance_clock(self.api, "2027-05-01T09:00:00+02:00")
        await close_month(self.company, month, "2027-05-01")
        return late, refunded, month

    async def _may(
        self,
    ) -> tuple[tuple[Document, ...], tuple[Document, ...], Month, Payment | None]:
        """Correct what was billed, collect; bill once more, which finds nothing; close and pay."""
        await self._await_due(self.expected.second)
        made = await bill(self.api)
        await collect(self.api)
        nothing = await bill(self.api)
        await await_balance(self.api, "SHARE_PENDING", ZERO)
        await advance_clock(self.api, "2027-06-01T09:00:00+02:00")
        month = Month()
        await close_month(self.company, month, "2027-06-01")
        return (
            made,
            nothing,
            month,
            await pay_partners(self.company, month, "2027-06-07T12:00:00+02:00"),
        )


def _name(message: Message) -> str:
    return f"n-{message.number:07d}"


def _events(messages: Iterable[Message]) -> list[str]:
    return [
        cloud_event(
            SOURCE,
            _name(one),
            MESSAGE,
            device_name(one.device),
            one.at.isoformat(),
            f'{{"kilobytes":{one.kilobytes}}}',
        )
        for one in messages
    ]
