"""The HTTP edge: what a feature's ``api.py`` is made of."""

from groschen.kit.http.errors import EtagMissing, EtagStale
from groschen.kit.http.etags import IfMatch, etag, require_match, set_etag
from groschen.kit.http.fields import (
    Amount,
    Country,
    CurrencyCode,
    Email,
    ExternalId,
    Instant,
    LocalDate,
    MoneyIn,
    MoneyOut,
    PositiveAmount,
    Quantity,
    Rate,
    Text,
    TimeZone,
    UnsignedAmount,
    plain_decimal,
)
from groschen.kit.http.pages import PageOut, Pages, Slice, page_of
from groschen.kit.http.problems import InvalidRequest, Problem, problems
from groschen.kit.http.references import External, Reference, ReferenceTo
from groschen.kit.http.router import Router
from groschen.kit.http.schemas import In, Lax, Out
from groschen.kit.http.scopes import Call, Proofs, Reader, Surroundings, Writer

__all__ = [
    "Amount",
    "Call",
    "Country",
    "CurrencyCode",
    "Email",
    "EtagMissing",
    "EtagStale",
    "External",
    "ExternalId",
    "IfMatch",
    "In",
    "Instant",
    "InvalidRequest",
    "Lax",
    "LocalDate",
    "MoneyIn",
    "MoneyOut",
    "Out",
    "PageOut",
    "Pages",
    "PositiveAmount",
    "Problem",
    "Proofs",
    "Quantity",
    "Rate",
    "Reader",
    "Reference",
    "ReferenceTo",
    "Router",
    "Slice",
    "Surroundings",
    "Text",
    "TimeZone",
    "UnsignedAmount",
    "Writer",
    "etag",
    "page_of",
    "plain_decimal",
    "problems",
    "require_match",
    "set_etag",
]
