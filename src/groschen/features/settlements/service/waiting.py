"""What waits for a person: approvals, transfers that came back, missing bank details."""

from dataclasses import replace

from groschen.features.parties import service as parties
from groschen.features.settlements.model import Waiting
from groschen.features.settlements.queries import payouts as queries
from groschen.kit.db import Scope


async def waiting(scope: Scope) -> Waiting:
    """How many things of settlement wait for a person; nothing waits for a partner's actor."""
    if scope.actor.party_id is not None:
        return Waiting(0, 0, 0, 0, 0)
    found = await queries.waiting(scope)
    return replace(found, partners_without_account=await parties.count_without_account(scope))
