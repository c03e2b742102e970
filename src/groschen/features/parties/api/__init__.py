"""The endpoints of parties and accounts."""

from groschen.features.parties.api.accounts import router as accounts_router
from groschen.features.parties.api.parties import router as parties_router
from groschen.features.parties.api.payouts import router as payouts_router
from groschen.features.parties.api.people import router as people_router

__all__ = ["accounts_router", "parties_router", "payouts_router", "people_router"]
