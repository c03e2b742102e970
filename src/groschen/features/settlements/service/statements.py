"""Reading statements, streaming their line files, approving them."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

from groschen.features.settlements.model import (
    STATEMENT_LIFE,
    Statement,
    StatementFilter,
    StatementNotFound,
    StatementState,
)
from groschen.features.settlements.queries import statements as queries
from groschen.features.settlements.service.news import statement_news
from groschen.features.shares.service import claims as shares
from groschen.features.shares.statement_model import Claimant, ClaimLine
from groschen.kit.db import Database, Scope
from groschen.kit.http.pages import Slice
from groschen.kit.outbox import publish


async def find(scope: Scope, statement_id: UUID) -> Statement:
    """Read one statement; a partner's actor finds only its own. Raises StatementNotFound."""
    return _visible(scope, await queries.statement(scope, statement_id))


async def page(scope: Scope, wanted: StatementFilter, asked: Slice) -> list[Statement]:
    """Statements newest first; a partner's actor sees only its own."""
    beneficiary_id = scope.actor.party_id or wanted.beneficiary_id
    return await queries.statements(scope, beneficiary_id, wanted.states, asked)


async def approve(scope: Scope, statement_id: UUID) -> Statement:
    """Approve a statement for payout. Raises StatementNotFound and IllegalTransition."""
    found = _visible(scope, await queries.lock_statement(scope, statement_id))
    STATEMENT_LIFE.check(found.state, StatementState.APPROVED)
    await queries.approve(scope, statement_id, scope.actor.id, scope.now)
    await publish(scope, [statement_news("statement.approved", found)])
    return await find(scope, statement_id)


async def lines(
    scope: Scope, statement: Statement, after: tuple[date, UUID] | None, fetch: int
) -> list[ClaimLine]:
    """Rows of a statement's line file in its order, ``fetch`` of those after a position."""
    claimant = Claimant(statement.beneficiary_id, statement.currency)
    period = (statement.period_from, statement.period_to)
    return await shares.lines_page(scope, claimant, period, after, fetch)


async def line_file(database: Database, scope: Scope, statement_id: UUID) -> AsyncIterator[bytes]:
    """The bytes of a line file, part by part, each read in a transaction of its own.

    The file never changes, so a slow reader holds no transaction and no memory.
    """
    part = 0
    while True:
        async with database.scope(scope.tenant_id, scope.actor, write=False) as reading:
            content = await queries.file_part(reading, statement_id, part)
        if content is None:
            return
        yield content
        part += 1


def _visible(scope: Scope, found: Statement | None) -> Statement:
    if found is None or scope.actor.party_id not in (None, found.beneficiary_id):
        raise StatementNotFound(
            "there is no such statement",
            field="statement_id",
            hint="list the statements with GET /v1/statements",
        )
    return found
