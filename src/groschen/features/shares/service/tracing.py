"""Following one sale: who got what of it, and where each part stands now."""

from uuid import UUID

from groschen.features.shares.model import SaleTrace
from groschen.features.shares.queries import totals as queries
from groschen.kit.db import Scope


async def trace(scope: Scope, sale_id: UUID) -> SaleTrace:
    """The shares of a sale. A partner sees its own lines only, and nothing of the totals."""
    lines = await queries.line_states(scope, [sale_id])
    movements = await queries.movements_of_sale(scope, sale_id)
    party_id = scope.actor.party_id
    if party_id is None:
        return SaleTrace(
            tuple(await queries.sold_totals(scope, sale_id)), tuple(lines), tuple(movements)
        )
    own = {line.id for line in lines if line.beneficiary_id == party_id}
    return SaleTrace(
        (),
        tuple(line for line in lines if line.id in own),
        tuple(one for one in movements if one.share_line_id in own),
    )
