"""What the endpoints of totals, current usage and the event debugger give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import Field

from groschen.core.components import ComponentKind
from groschen.features.usage.schemas.events import EventResultOut, event_result_out
from groschen.kit.http import CurrencyCode, Instant, LocalDate, MoneyOut, Out, Quantity
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.core.prices import PriceLine
    from groschen.core.rating import Proof
    from groschen.features.usage.queries.current import DaySlice
    from groschen.features.usage.service.current import (
        ComponentUsage,
        CurrentUsage,
        PricedTotal,
        ProvedTotal,
    )
    from groschen.features.usage.service.explaining import Explained, Explanation
    from groschen.features.wallets.model import Wallet

TotalId = Annotated[UUID, PublicId("tot"), Field(description="A total.")]
ItemId = Annotated[UUID, PublicId("sbi"), Field(description="An item of a subscription.")]
SubscriptionId = Annotated[UUID, PublicId("sub"), Field(description="A subscription.")]
AccountId = Annotated[UUID, PublicId("acc"), Field(description="A customer's billing account.")]
PartyId = Annotated[UUID, PublicId("pty"), Field(description="A party.")]
WalletId = Annotated[UUID, PublicId("wal"), Field(description="A wallet.")]
VersionId = Annotated[UUID, PublicId("plv"), Field(description="A version of a plan.")]
ComponentId = Annotated[str, Field(description="A component of the plan.", examples=["energy"])]
Group = Annotated[
    str,
    Field(
        description="Values of the meter's groups as JSON; empty without groups.",
        examples=['{"region":"north"}'],
    ),
]
RuleHash = Annotated[
    str, Field(description="Pins what the amount was computed with.", examples=["0f" * 32])
]
Bound = Annotated[Quantity | None, Field(description="Bound of the tier; null without.")]


class UsageLineOut(Out):
    """Quantity times unit price: one line of an amount."""

    label: Annotated[str, Field(description="What it is.", examples=["units"])]
    quantity: Quantity
    unit_price: MoneyOut
    amount: MoneyOut
    above: Bound
    up_to: Bound

    @classmethod
    def of(cls, line: PriceLine) -> UsageLineOut:
        """Show a line."""
        return cls(
            label=line.label,
            quantity=line.quantity,
            unit_price=MoneyOut.of(line.unit_price),
            amount=MoneyOut.of(line.amount),
            above=line.above,
            up_to=line.up_to,
        )


Lines = Annotated[list[UsageLineOut], Field(description="What the amount is made of.")]


class TotalOut(Out):
    """What a component came to in one window, segment and group."""

    id: TotalId
    segment: Annotated[int, Field(description="Terms of the item it belongs to.", examples=[1])]
    group: Group
    plan_version_id: VersionId
    rule_hash: RuleHash
    quantity: Quantity
    amount: Annotated[MoneyOut, Field(description="As the plan prices it, net or gross.")]
    gross: Annotated[MoneyOut, Field(description="With VAT.")]
    funded_wallet: Annotated[MoneyOut, Field(description="Of gross, paid from credit.")]
    funded_overdraft: Annotated[MoneyOut, Field(description="Of gross, emergency credit.")]
    receivable: Annotated[MoneyOut, Field(description="Of gross, to be invoiced.")]
    event_count: Annotated[int, Field(description="Events in it.", examples=[96])]
    lines: Lines

    @classmethod
    def of(cls, priced: PricedTotal) -> TotalOut:
        """Show a total."""
        total = priced.total
        return cls(
            id=total.id,
            segment=total.key.segment,
            group=total.key.group,
            plan_version_id=total.plan_version_id,
            rule_hash=total.rule_hash,
            quantity=total.quantity,
            amount=MoneyOut.exact(total.amount, total.currency),
            gross=MoneyOut.exact(total.gross, total.currency),
            funded_wallet=MoneyOut.exact(total.funded_wallet, total.currency),
            funded_overdraft=MoneyOut.exact(total.funded_overdraft, total.currency),
            receivable=MoneyOut.exact(total.receivable, total.currency),
            event_count=total.facts.count,
            lines=[UsageLineOut.of(line) for line in priced.lines],
        )


class ComponentUsageOut(Out):
    """A component of an item in its window."""

    item_id: ItemId
    component: ComponentId
    kind: Annotated[ComponentKind, Field(description="What it charges.", examples=["usage"])]
    label: Annotated[str | None, Field(description="Its name, if it has one.", examples=["Energy"])]
    starts_at: Annotated[Instant, Field(description="When the window starts.")]
    ends_at: Annotated[Instant, Field(description="When it is over.")]
    totals: Annotated[list[TotalOut], Field(description="Empty before the first event.")]

    @classmethod
    def of(cls, used: ComponentUsage) -> ComponentUsageOut:
        """Show a component."""
        return cls(
            item_id=used.item_id,
            component=used.component.id,
            kind=used.component.kind,
            label=used.component.label,
            starts_at=used.period.start,
            ends_at=used.period.end,
            totals=[TotalOut.of(total) for total in used.totals],
        )


class RemainingCreditOut(Out):
    """What the wallet of a subscription still holds."""

    wallet_id: WalletId
    credit: Annotated[MoneyOut, Field(description="Left in valid buckets.")]
    overdraft: Annotated[MoneyOut, Field(description="Emergency credit used.")]

    @classmethod
    def of(cls, wallet: Wallet) -> RemainingCreditOut:
        """Show a wallet."""
        return cls(
            wallet_id=wallet.id,
            credit=MoneyOut.exact(wallet.credit, wallet.currency),
            overdraft=MoneyOut.exact(wallet.overdraft, wallet.currency),
        )


class CurrentUsageOut(Out):
    """What a subscription used so far in the windows of an instant."""

    subscription_id: SubscriptionId
    at: Annotated[Instant, Field(description="The instant whose windows are shown.")]
    currency: CurrencyCode
    components: Annotated[list[ComponentUsageOut], Field(description="Of all its items.")]
    remaining: Annotated[
        RemainingCreditOut | None, Field(description="Its wallet; null when it is invoiced.")
    ]

    @classmethod
    def of(cls, used: CurrentUsage) -> CurrentUsageOut:
        """Show current usage."""
        return cls(
            subscription_id=used.subscription.id,
            at=used.at,
            currency=used.subscription.currency,
            components=[ComponentUsageOut.of(one) for one in used.components],
            remaining=None if used.wallet is None else RemainingCreditOut.of(used.wallet),
        )


class TotalDayOut(Out):
    """What of a total belongs to a service day."""

    day: LocalDate
    quantity: Quantity
    amount: MoneyOut
    gross: MoneyOut
    wallet: MoneyOut
    overdraft: MoneyOut
    receivable: MoneyOut
    posted: Annotated[bool, Field(description="Whether shares and ledger know all of it.")]

    @classmethod
    def of(cls, one: DaySlice, currency: str) -> TotalDayOut:
        """Show a slice."""
        return cls(
            day=one.day,
            quantity=one.quantity,
            amount=MoneyOut.exact(one.amount, currency),
            gross=MoneyOut.exact(one.gross, currency),
            wallet=MoneyOut.exact(one.wallet, currency),
            overdraft=MoneyOut.exact(one.overdraft, currency),
            receivable=MoneyOut.exact(one.receivable, currency),
            posted=not one.unposted,
        )


class UsageStepOut(Out):
    """One step that anybody can repeat by hand."""

    name: Annotated[str, Field(description="What is computed.", examples=["quantity"])]
    formula: Annotated[str, Field(description="In figures.", examples=["96 x 0.30"])]
    result: Annotated[str, Field(description="What comes out.", examples=["28.80"])]


class UsageProofOut(Out):
    """Why an amount is what it is."""

    rule_hash: RuleHash
    event_count: Annotated[int, Field(description="Facts that count.", examples=[96])]
    event_hash: Annotated[
        str,
        Field(
            description="Sum of the hashes of the facts modulo 2**256; any order gives the same.",
            examples=["0f" * 32],
        ),
    ]
    steps: Annotated[list[UsageStepOut], Field(description="In order.")]
    rounding: Annotated[
        str, Field(description="How amounts are rounded.", examples=["twelve decimals"])
    ]

    @classmethod
    def of(cls, proof: Proof) -> UsageProofOut:
        """Show a proof."""
        return cls(
            rule_hash=proof.rule_hash,
            event_count=proof.facts.count,
            event_hash=proof.facts.hex,
            steps=[
                UsageStepOut(name=step.name, formula=step.formula, result=step.result)
                for step in proof.steps
            ],
            rounding=proof.rounding,
        )


class TotalDetailOut(Out):
    """A total with its days and its proof."""

    id: TotalId
    item_id: ItemId
    account_id: AccountId
    party_id: PartyId
    component: ComponentId
    total: TotalOut
    days: Annotated[list[TotalDayOut], Field(description="Service days, in order.")]
    proof: UsageProofOut

    @classmethod
    def of(cls, proved: ProvedTotal) -> TotalDetailOut:
        """Show a total in full."""
        total = proved.priced.total
        return cls(
            id=total.id,
            item_id=total.key.owner_id,
            account_id=total.account_id,
            party_id=total.party_id,
            component=total.key.component,
            total=TotalOut.of(proved.priced),
            days=[TotalDayOut.of(day, total.currency) for day in proved.days],
            proof=UsageProofOut.of(proved.proof),
        )


class CountOut(Out):
    """One total that an event counts in, and what it adds to it."""

    subscription_id: SubscriptionId
    item_id: ItemId
    account_id: AccountId
    party_id: PartyId
    plan: Annotated[str, Field(description="External id of the plan.", examples=["power"])]
    plan_version: Annotated[int, Field(description="Its version.", examples=[1])]
    component: ComponentId
    meter: Annotated[str, Field(description="The meter that matched.", examples=["energy"])]
    price: Annotated[str, Field(description="Kind of the price.", examples=["graduated"])]
    group: Group
    day: Annotated[LocalDate, Field(description="Its service day.")]
    starts_at: Annotated[Instant, Field(description="When the window starts.")]
    ends_at: Annotated[Instant, Field(description="When it is over.")]
    quantity_before: Quantity
    quantity: Quantity
    amount_before: MoneyOut
    amount: MoneyOut
    difference: Annotated[MoneyOut, Field(description="What the event costs.")]
    lines: Lines

    @classmethod
    def of(cls, one: Explained) -> CountOut:
        """Show what an event adds."""
        hit, offer = one.hit, one.hit.segment.offer
        currency = hit.contract.currency
        return cls(
            subscription_id=hit.contract.subscription_id,
            item_id=hit.contract.item_id,
            account_id=hit.contract.account_id,
            party_id=hit.contract.party_id,
            plan=offer.plan_external_id,
            plan_version=offer.version,
            component=hit.metered.component.id,
            meter=hit.metered.rule.meter.id,
            price=hit.metered.rule.price.kind,
            group=hit.group,
            day=hit.day,
            starts_at=hit.window.period.start,
            ends_at=hit.window.period.end,
            quantity_before=one.quantity_before,
            quantity=one.quantity,
            amount_before=MoneyOut.exact(one.amount_before, currency),
            amount=MoneyOut.exact(one.amount, currency),
            difference=MoneyOut.exact(one.difference, currency),
            lines=[UsageLineOut.of(line) for line in one.lines],
        )


class ExplanationOut(Out):
    """What would become of an event that came now."""

    result: EventResultOut
    counts: Annotated[list[CountOut], Field(description="Every total it counts in.")]

    @classmethod
    def of(cls, explanation: Explanation) -> ExplanationOut:
        """Show an explanation."""
        return cls(
            result=event_result_out(explanation.result),
            counts=[CountOut.of(one) for one in explanation.counts],
        )
