"""What the API, pages, jobs and features above ask of usage."""

from groschen.features.usage.service.cells import PostedTotal, TotalCells, cells, posted
from groschen.features.usage.service.current import prove, totals_of, usage_of
from groschen.features.usage.service.decoding import decode, decode_one
from groschen.features.usage.service.explaining import explain
from groschen.features.usage.service.ingest import take_in
from groschen.features.usage.service.listing import page_of_events, place_of_event
from groschen.features.usage.service.pulse import pulse
from groschen.features.usage.service.series import Grain, series
from groschen.features.usage.service.settling import (
    discard,
    find_reject,
    page_of_rejects,
    replay,
    replay_open,
)
from groschen.features.usage.service.telling import hears_totals
from groschen.features.usage.service.totals import book_charges, lock_owners
from groschen.features.usage.service.voiding import find_event, void

__all__ = [
    "Grain",
    "PostedTotal",
    "TotalCells",
    "book_charges",
    "cells",
    "decode",
    "decode_one",
    "discard",
    "explain",
    "find_event",
    "find_reject",
    "hears_totals",
    "lock_owners",
    "page_of_events",
    "page_of_rejects",
    "place_of_event",
    "posted",
    "prove",
    "pulse",
    "replay",
    "replay_open",
    "series",
    "take_in",
    "totals_of",
    "usage_of",
    "void",
]
