"""What is said of payout runs, their transfers and the terms they are made under."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from groschen.features.settlements.schemas.ids import (
    Hash,
    PartyId,
    PayoutAccountId,
    PayoutId,
    PayoutRunId,
    StatementId,
)
from groschen.kit.http import (
    CurrencyCode,
    In,
    Instant,
    LocalDate,
    MoneyOut,
    Out,
    UnsignedAmount,
)

if TYPE_CHECKING:
    from groschen.features.settlements.model import LeftOut, Payout, PayoutRun, PayoutTerms
    from groschen.features.settlements.service.runs import RunDetails


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
