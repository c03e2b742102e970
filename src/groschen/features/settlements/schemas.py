"""What the endpoints of settlement take and give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import Field

from groschen.kit.http import (
    CurrencyCode,
    In,
    Instant,
    LocalDate,
    MoneyOut,
    Out,
    UnsignedAmount,
)
from groschen.kit.ids import PublicId

if TYPE_CHECKING:
    from groschen.features.settlements.model import (
        CloseProgress,
        LeftOut,
        Payout,
        PayoutRun,
        PayoutTerms,
        Statement,
    )
    from groschen.features.settlements.service.claims import Amounts, PartnerClaims
    from groschen.features.settlements.service.runs import RunDetails
    from groschen.features.shares.statement_model import DailyClaim

StatementId = Annotated[UUID, PublicId("stm"), Field(description="A statement.")]
PayoutRunId = Annotated[UUID, PublicId("run"), Field(description="A payout run.")]
PayoutId = Annotated[UUID, PublicId("pyo"), Field(description="A payout.")]
PartyId = Annotated[UUID, PublicId("pty"), Field(description="A partner.")]
PayoutAccountId = Annotated[UUID, PublicId("pac"), Field(description="A payout account.")]
Hash = Annotated[
    str, Field(description="SHA-256 in hex.", examples=["9f86d081884c7d659a2feaa0c55ad015" * 2])
]


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


class PayoutRunIn(In):
    """Which approved statements to pay out."""

    currency: Annotated[CurrencyCode, Field(description="All approved statements in it.")]


class PayoutOut(Out):
    """One transfer to a partner."""

    id: PayoutId
    run_id: PayoutRunId
    statement_id: StatementId
    statement_number: Annotated[str, Field(description="What it pays.", examples=["ST-000001"])]
    beneficiary_id: PartyId
    payout_account_id: PayoutAccountId
    end_to_end_id: Annotated[
        str,
        Field(
            description="Its name at the bank and on the partner's bank line.",
            examples=["P019aac5c700070008000000000000001"],
        ),
    ]
    amount: MoneyOut
    state: Annotated[
        str,
        Field(
            description="open, accepted, booked, rejected; returned when a later statement took "
            "a rejected amount over.",
            examples=["booked"],
        ),
    ]
    reason: Annotated[
        str | None, Field(description="The bank's code for a rejection.", examples=["AC04"])
    ]
    booked_on: LocalDate | None
    returned_in: Annotated[
        StatementId | None, Field(description="The statement that took the amount over.")
    ]

    @classmethod
    def of(cls, payout: Payout) -> PayoutOut:
        """Show a payout."""
        return cls(
            id=payout.id,
            run_id=payout.run_id,
            statement_id=payout.statement_id,
            statement_number=payout.statement_number,
            beneficiary_id=payout.beneficiary_id,
            payout_account_id=payout.payout_account_id,
            end_to_end_id=payout.end_to_end_id,
            amount=MoneyOut.exact(payout.amount, payout.currency),
            state=payout.state.value,
            reason=payout.reason,
            booked_on=payout.booked_on,
            returned_in=payout.returned_in,
        )


class LeftOutOut(Out):
    """An approved statement that cannot be paid out yet."""

    statement_id: StatementId
    statement_number: Annotated[str, Field(description="Its number.", examples=["ST-000002"])]
    beneficiary_id: PartyId
    amount: MoneyOut
    code: Annotated[
        str, Field(description="Why it is left out.", examples=["payout_account_missing"])
    ]

    @classmethod
    def of(cls, left: LeftOut, currency: str) -> LeftOutOut:
        """Show what was left out."""
        return cls(
            statement_id=left.statement_id,
            statement_number=left.statement_number,
            beneficiary_id=left.beneficiary_id,
            amount=MoneyOut.exact(left.amount, currency),
            code=left.code,
        )


class PayoutRunSummaryOut(Out):
    """One payment file of one currency."""

    id: PayoutRunId
    message_id: Annotated[
        str,
        Field(
            description="Its name at the bank, the same in every repetition.",
            examples=["R019aac5c700070008000000000000001"],
        ),
    ]
    total: MoneyOut
    count: Annotated[int, Field(description="Transfers in it.", examples=[3])]
    state: Annotated[
        str, Field(description="draft, approved, sent or finished.", examples=["draft"])
    ]
    sending: Annotated[bool, Field(description="Whether a job is handing it to the bank.")]
    execute_on: Annotated[LocalDate, Field(description="When the bank shall pay.")]
    file_hash: Hash
    created_at: Instant
    sent_at: Instant | None

    @classmethod
    def of(cls, run: PayoutRun) -> PayoutRunSummaryOut:
        """Show a run."""
        return cls(**_summary(run))


class PayoutRunOut(PayoutRunSummaryOut):
    """A payout run with its transfers."""

    payouts: Annotated[list[PayoutOut], Field(description="Its transfers.")]
    left_out: Annotated[
        list[LeftOutOut],
        Field(description="Statements that are approved now, but cannot be paid out."),
    ]

    @classmethod
    def detailed(cls, details: RunDetails) -> PayoutRunOut:
        """Show a run with everything in it."""
        return cls(
            **_summary(details.run),
            payouts=[PayoutOut.of(payout) for payout in details.payouts],
            left_out=[LeftOutOut.of(left, details.run.currency) for left in details.left_out],
        )


def _summary(run: PayoutRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "message_id": run.message_id,
        "total": MoneyOut.exact(run.total, run.currency),
        "count": run.count,
        "state": run.state.value,
        "sending": run.state.value == "approved" and run.next_attempt_at is not None,
        "execute_on": run.execute_on,
        "file_hash": run.file_hash,
        "created_at": run.created_at,
        "sent_at": run.sent_at,
    }


class PayoutTermsIn(In):
    """How a currency is paid out."""

    second_person_above: Annotated[
        UnsignedAmount,
        Field(description="A run with a higher total is approved by another than its maker."),
    ]


class PayoutTermsOut(Out):
    """How a currency is paid out."""

    currency: CurrencyCode
    second_person_above: MoneyOut

    @classmethod
    def of(cls, terms: PayoutTerms) -> PayoutTermsOut:
        """Show the terms."""
        limit = MoneyOut.exact(terms.second_person_above, terms.currency)
        return cls(currency=terms.currency, second_person_above=limit)


class ClaimOut(Out):
    """A share and what is taken from it on the statement, exact."""

    share: MoneyOut
    commission: MoneyOut
    vat: MoneyOut
    net: Annotated[MoneyOut, Field(description="Share less commission and VAT.")]

    @classmethod
    def of(cls, amounts: Amounts, currency: str) -> ClaimOut:
        """Show amounts."""
        return cls(
            share=MoneyOut.exact(amounts.share, currency),
            commission=MoneyOut.exact(amounts.commission, currency),
            vat=MoneyOut.exact(amounts.vat, currency),
            net=MoneyOut.exact(amounts.net, currency),
        )


class DayOut(Out):
    """What one day added to a claim."""

    day: LocalDate
    share: MoneyOut
    commission: MoneyOut
    vat: MoneyOut
    movements: Annotated[int, Field(description="Movements of share lines.", examples=[12])]

    @classmethod
    def of(cls, day: DailyClaim) -> DayOut:
        """Show a day."""
        return cls(
            day=day.day,
            share=MoneyOut.exact(day.share, day.currency),
            commission=MoneyOut.exact(day.commission, day.currency),
            vat=MoneyOut.exact(day.vat, day.currency),
            movements=day.movements,
        )


class PartnerClaimsOut(Out):
    """A partner's live claims in one currency."""

    currency: CurrencyCode
    pending: Annotated[ClaimOut, Field(description="Sold, not paid by the customer yet.")]
    released: Annotated[ClaimOut, Field(description="Owed, on no statement yet.")]
    stated: Annotated[ClaimOut, Field(description="On a statement, not paid yet.")]
    paid: Annotated[ClaimOut, Field(description="Booked by the bank.")]
    on_its_way: Annotated[MoneyOut, Field(description="Payouts of statements, not booked yet.")]
    next_statement_on: LocalDate
    days: Annotated[list[DayOut], Field(description="The last month day by day.")]

    @classmethod
    def of(cls, claims: PartnerClaims) -> PartnerClaimsOut:
        """Show claims."""
        currency = claims.currency
        return cls(
            currency=currency,
            pending=ClaimOut.of(claims.pending, currency),
            released=ClaimOut.of(claims.released, currency),
            stated=ClaimOut.of(claims.stated, currency),
            paid=ClaimOut.of(claims.paid, currency),
            on_its_way=MoneyOut.exact(claims.on_its_way, currency),
            next_statement_on=claims.next_statement_on,
            days=[DayOut.of(day) for day in claims.days],
        )


class PartnerClaimsListOut(Out):
    """A partner's live claims, one entry per currency."""

    data: Annotated[list[PartnerClaimsOut], Field(description="By currency code.")]
