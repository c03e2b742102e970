"""Which transfer paid a statement: the end of a cent's way."""

from collections.abc import Collection
from uuid import UUID

from groschen.features.settlements.model import PaidStatement, Transfer
from groschen.features.settlements.queries import tracing as queries
from groschen.kit.db import Scope


async def paid_by(scope: Scope, statement_ids: Collection[UUID]) -> list[PaidStatement]:
    """The statements with the transfers that pay them. A partner sees only its own."""
    found = await queries.paid_statements(scope, statement_ids) if statement_ids else []
    party_id = scope.actor.party_id
    return [one for one in found if party_id in (None, one.beneficiary_id)]


async def transfer_of(scope: Scope, statement_id: UUID) -> Transfer | None:
    """The transfer that pays a statement, with the run it goes in; None before there is one.

    The caller has made sure that the actor may see the statement.
    """
    return await queries.transfer_of(scope, statement_id)
