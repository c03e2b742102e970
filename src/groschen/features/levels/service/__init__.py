"""What the API, pages and features above ask of levels."""

from groschen.features.levels.service.accepting import Acceptance, accept
from groschen.features.levels.service.amounts import check_equal, summaries
from groschen.features.levels.service.offers import (
    OfferDetail,
    OfferDraft,
    detail,
    find,
    page,
    publish_offer,
)

__all__ = [
    "Acceptance",
    "OfferDetail",
    "OfferDraft",
    "accept",
    "check_equal",
    "detail",
    "find",
    "page",
    "publish_offer",
    "summaries",
]
