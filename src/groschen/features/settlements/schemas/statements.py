"""What is said of closings and statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from groschen.features.settlements.schemas.ids import Hash, PartyId, StatementId
from groschen.kit.http import In, Instant, LocalDate, MoneyOut, Out

if TYPE_CHECKING:
    from groschen.features.settlements.model import CloseProgress, Statement


class CloseIn(In):
    """Which period to close."""

    period_to: Annotated[
        LocalDate, Field(description="The first day that stays open; every day before it closes.")
    ]


class CloseOut(Out):
    """How far the closing of a period is."""

    period_to: Annotated[
        LocalDate | None, Field(description="The first open day; null when nothing was closed.")
    ]
    state: Annotated[
        str,
        Field(
            description="`open` before the first closing, `running` until every statement is made.",
            examples=["done"],
        ),
    ]
    statements_made: Annotated[int, Field(description="Statements up to this day.", examples=[3])]
    statements_left: Annotated[int, Field(description="Statements still to come.", examples=[0])]

    @classmethod
    def of(cls, progress: CloseProgress) -> CloseOut:
        """Show progress."""
        return cls(
            period_to=progress.period_to,
            state="done" if progress.done else "running",
            statements_made=progress.statements_made,
            statements_left=progress.statements_left,
        )


class StatementOut(Out):
    """What one partner is owed for a period, in one currency.

    `share` is `share_exact` plus `carried_in` less `carried_out`; `net` is `share` plus
    `supply_vat` less `commission` and `vat` plus `returned_payouts`; `total` is `opening` plus
    `net`, and it is divided into `payout` and `closing`.
    """

    id: StatementId
    number: Annotated[str, Field(description="Gap-free per tenant.", examples=["ST-000001"])]
    beneficiary_id: PartyId
    sequence: Annotated[int, Field(description="1 for the partner's first.", examples=[1])]
    period_from: Annotated[LocalDate, Field(description="First day.")]
    period_to: Annotated[LocalDate, Field(description="First day after the period.")]
    state: Annotated[
        str,
        Field(
            description="issued, approved, in_payout, paid; carried when nothing is paid out, "
            "returned when the bank did not pay.",
            examples=["issued"],
        ),
    ]
    opening: Annotated[MoneyOut, Field(description="Closing of the statement before.")]
    carried_in: Annotated[MoneyOut, Field(description="Residue below a cent from before.")]
    share_exact: Annotated[MoneyOut, Field(description="Sum of the shares, twelve decimals.")]
    share: Annotated[MoneyOut, Field(description="The share in cents.")]
    carried_out: Annotated[MoneyOut, Field(description="Residue for the next statement.")]
    supply_vat: Annotated[MoneyOut, Field(description="VAT on what the partner supplies.")]
    commission: Annotated[MoneyOut, Field(description="Commission, taken from the share.")]
    vat: Annotated[MoneyOut, Field(description="VAT on the commission.")]
    returned_payouts: Annotated[MoneyOut, Field(description="What the bank did not pay.")]
    net: Annotated[MoneyOut, Field(description="What this period adds.")]
    total: Annotated[MoneyOut, Field(description="Opening and net.")]
    payout: Annotated[MoneyOut, Field(description="What is paid out.")]
    closing: Annotated[MoneyOut, Field(description="Opening of the next statement.")]
    line_count: Annotated[int, Field(description="Rows of the line file.", examples=[10000])]
    lines_hash: Hash
    terms_hashes: Annotated[list[Hash], Field(description="The agreement versions in force.")]
    created_at: Instant
    approved_at: Instant | None

    @classmethod
    def of(cls, statement: Statement) -> StatementOut:
        """Show a statement."""

        def money(name: str) -> MoneyOut:
            return MoneyOut.exact(getattr(statement, name), statement.currency)

        return cls(
            id=statement.id,
            number=statement.number,
            beneficiary_id=statement.beneficiary_id,
            sequence=statement.sequence,
            period_from=statement.period_from,
            period_to=statement.period_to,
            state=statement.state.value,
            opening=money("opening"),
            carried_in=money("carried_in"),
            share_exact=money("share_exact"),
            share=money("share"),
            carried_out=money("carried_out"),
            supply_vat=money("supply_vat"),
            commission=money("commission"),
            vat=money("vat"),
            returned_payouts=money("returned_payouts"),
            net=money("net"),
            total=money("total"),
            payout=money("payout"),
            closing=money("closing"),
            line_count=statement.line_count,
            lines_hash=statement.lines_hash,
            terms_hashes=list(statement.terms_hashes),
            created_at=statement.created_at,
            approved_at=statement.approved_at,
        )
