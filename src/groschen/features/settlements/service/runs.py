"""Payout runs: made of approved statements, approved by a second person, handed to the bank."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from groschen.core.errors import invariant
from groschen.core.money import Money, add_all
from groschen.core.ports.bank import PaymentFile
from groschen.core.ports.payment_files import (
    BankAccount,
    PaymentFileWriter,
    Transfer,
    TransferOrder,
)
from groschen.features.parties import service as parties
from groschen.features.parties.model import PayoutAccount
from groschen.features.settlements.model import (
    PAYOUT_RUN_LIFE,
    DebtorAccountMissing,
    FundsModelMissing,
    FundsModelPaysElsewhere,
    LeftOut,
    NothingToPayOut,
    Payout,
    PayoutRun,
    PayoutRunNotFound,
    PayoutRunState,
    PayoutTerms,
    SecondPersonNeeded,
    Statement,
    StatementState,
)
from groschen.features.settlements.queries import payouts as queries
from groschen.features.settlements.queries import statements as statement_queries
from groschen.kit.db import Scope
from groschen.kit.http.pages import Slice
from groschen.kit.ids import new_id
from groschen.kit.jobs import defer
from groschen.kit.outbox import Event, publish
from groschen.kit.rows import json_rows
from groschen.kit.seal import the_seal

SEND: Final = "settlements.send_payouts"
FETCH: Final = "settlements.fetch_answers"
FILE_SEAL: Final = "payout_file"
PROVIDER_PAYS: Final = "licensed_psp_split"


@dataclass(frozen=True, slots=True)
class _Payable:
    """An approved statement and where its money goes."""

    statement: Statement
    account: PayoutAccount
    end_to_end_id: str
    id: UUID
