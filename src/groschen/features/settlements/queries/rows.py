"""How rows become records: text states become their enumerations."""

from dataclasses import replace
from typing import Any, Final

from psycopg.rows import kwargs_row

from groschen.features.settlements.model import (
    Payout,
    PayoutRun,
    PayoutRunState,
    PayoutState,
    Statement,
    StatementState,
)


def _statement(**columns: Any) -> Statement:
    return replace(Statement(**columns), state=StatementState(columns["state"]))


def _run(**columns: Any) -> PayoutRun:
    return replace(PayoutRun(**columns), state=PayoutRunState(columns["state"]))


def _payout(**columns: Any) -> Payout:
    return replace(Payout(**columns), state=PayoutState(columns["state"]))


statement_row: Final = kwargs_row(_statement)
run_row: Final = kwargs_row(_run)
payout_row: Final = kwargs_row(_payout)
