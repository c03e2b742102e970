"""What the API, pages, jobs and features above ask of usage."""

from groschen.features.usage.service.decoding import decode
from groschen.features.usage.service.ingest import take_in
from groschen.features.usage.service.totals import book_charges

__all__ = ["book_charges", "decode", "take_in"]
