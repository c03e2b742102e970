"""The eTicket showcase from beginning to end: three months of a transport alliance."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groschen.adapters.payments.sandbox import SandboxPayments, SandboxTerms
from groschen.demo.alliance import ROUTE, TICKET, Alliance, found_alliance
from groschen.demo.api import Api, Json, make_client
from groschen.demo.installation import Platform, platform_access
from groschen.demo.reversals import Reversals, reverse_three
from groschen.demo.selling import (
    Completed,
    Plot,
    advance_clock,
    make_plot,
    post_letters,
    sell,
)
from groschen.demo.settling import (
    Month,
    Payment,
    close_month,
    pay_partners,
    receive_provider_payout,
)
from groschen.demo.world import OutsideWorld
from groschen.kit.db import Database
from groschen.kit.seal import install, seal_from
from groschen.kit.signing_keys import Purpose, SigningKeys

if TYPE_CHECKING:
    from groschen.demo.installation import Installation
    from groschen.demo.numbers import EticketNumbers
    from groschen.demo.progress import Phases
    from groschen.demo.receiver import CardMaker


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that was seen while the story was told, as the API said it.

    ``last_event`` is where the event feed stood when all tickets were completed.
    """

    platform: Platform
    alliance: Alliance
    plot: Plot
    quote: Json
    sold: int
    completed: int
    last_event: int
    letters: int
    cards: int
    months: tuple[Month, Month, Month]
    payment: Payment | None
    reversals: Reversals
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is read at the end to check everything."""

    trial_balance: Json
    accepted: int
    in_progress: int
    followed: Json
    ticket: str
    ticket_key: str
    payouts: list[Json]


async def tell_eticket(
    installation: Installation, numbers: EticketNumbers, phases: Phases, cards: CardMaker
) -> Told:
    """Tell the story over the public API of a running installation."""
    settings = installation.settings
    seal = seal_from(settings)
    install(seal)
    async with Database(settings) as database, make_client(installation.base_url) as client:
        with phases.phase("founding", "Founding the alliance"):
            platform = await platform_access(database)
            alliance = await found_alliance(client, platform, numbers, cards.url)
            provider = SandboxPayments(database, seal).world(alliance.tenant_id)
            await provider.agree(SandboxTerms(numbers.psp_fee, numbers.chargeback_fee))
            keys = await SigningKeys(database, seal).current(alliance.tenant_id, Purpose.WEBHOOK)
            cards.secrets.extend(key.secret for key in keys)
        world = OutsideWorld(client, provider, alliance.tenant_id)
        return await _tell(_Story(platform, alliance, world, make_plot(numbers), phases), cards)


@dataclass(frozen=True, slots=True)
class _Story:
    platform: Platform
    alliance: Alliance
    world: OutsideWorld
    plot: Plot
    phases: Phases

    @property
    def api(self) -> Api:
        return self.alliance.api


async def _tell(story: _Story, cards: CardMaker) -> Told:
    quote = await story.api.post("/v1/quotes", {"lines": [{"plan": TICKET, "route": ROUTE}]})
    sold, completed, letters = await _first_month(story)
    january, payment = await _settle_january(story)
    reversals, february = await _february(story)
    with story.phases.phase("month_3", "March: nothing happens, the books close"):
        await advance_clock(story.api, "2027-04-01T09:00:00+02:00")
        march = Month()
        await close_month(story.alliance, march, "2027-04-01")
    with story.phases.phase("reading", "Reading what is to be checked"):
        evidence = await _gather(story)
    return Told(
        platform=story.platform,
        alliance=story.alliance,
        plot=story.plot,
        quote=quote,
        sold=sold,
        completed=completed.count,
        last_event=completed.after,
        letters=letters,
        cards=len(cards.cards),
        months=(january, february, march),
        payment=payment,
        reversals=reversals,
        evidence=evidence,
    )


async def _first_month(story: _Story) -> tuple[int, Completed, int]:
    """Sell, while the worker takes payment and delivers; return sold, completed and letters."""
    sales = story.plot.sales
    letters = asyncio.create_task(post_letters(story.api, story.plot.letters))
    with story.phases.phase("completing", "Paid, shared and delivered", len(sales)) as lower:
        completed = Completed(story.api, lower)
        with story.phases.phase("selling", "January: tickets sold", len(sales)) as upper:
            sold = await sell(story.api, sales, upper, completed)
        await completed.reach(sold)
    return sold, completed, await letters


async def _settle_january(story: _Story) -> tuple[Month, Payment | None]:
    with story.phases.phase("provider_payout_1", "The payment provider pays out"):
        await advance_clock(story.api, "2027-01-31T20:00:00+01:00")
        month = await receive_provider_payout(story.api, story.world)
    with story.phases.phase("closing_1", "January is closed, statements are made"):
        await advance_clock(story.api, "2027-02-01T09:00:00+01:00")
        await close_month(story.alliance, month, "2027-02-01")
    with story.phases.phase("payout", "Partners are paid"):
        payment = await pay_partners(story.alliance, month, "2027-02-04T12:00:00+01:00")
    return month, payment


async def _february(story: _Story) -> tuple[Reversals, Month]:
    with story.phases.phase("month_2", "February: a refund, two chargebacks, closing"):
        await advance_clock(story.api, "2027-02-10T10:00:00+01:00")
        reversals = await reverse_three(story.api, story.world, story.plot)
        await advance_clock(story.api, "2027-02-28T20:00:00+01:00")
        month = await receive_provider_payout(story.api, story.world)
        await advance_clock(story.api, "2027-03-01T09:00:00+01:00")
        await close_month(story.alliance, month, "2027-03-01")
    return reversals, month


async def _gather(story: _Story) -> Evidence:
    api, followed = story.api, _followed(story.plot)
    tickets = await api.get(f"/v1/orders/ext:{followed}/tickets")
    keys = await api.get("/v1/ticket_keys")
    return Evidence(
        trial_balance=await api.get("/v1/ledger/trial_balance"),
        accepted=len((await api.get("/v1/orders", state="accepted", limit=1))["data"]),
        in_progress=len((await api.get("/v1/orders", state="in_progress", limit=1))["data"]),
        followed=await api.get(f"/v1/orders/ext:{followed}/money"),
        ticket=str(tickets["data"][0]["text"]),
        ticket_key=str(keys["data"][0]["public_key"]),
        payouts=[payout async for payout in api.pages("/v1/payouts")],
    )


def _followed(plot: Plot) -> str:
    """Return the first ticket that nothing happened to."""
    touched = {plot.refunded.number, plot.lost.number, plot.won.number}
    untouched = [sale for sale in plot.sales if sale.number not in touched]
    return (untouched or [plot.won])[0].external_id
