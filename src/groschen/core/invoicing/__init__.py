"""Invoicing: what is still to be billed, the figures of a document, and their proof."""

from __future__ import annotations

from groschen.core.invoicing.content import (
    ContentLine,
    DocumentUnreadable,
    Fault,
    content_hash,
    content_of,
    faults,
    figures_of,
)
from groschen.core.invoicing.document import (
    DocumentFigures,
    DocumentLine,
    DocumentType,
    LineTax,
    VatCategory,
    VatGroup,
    document_figures,
)
from groschen.core.invoicing.lines import Effect, billed_amount, line_amount, receivable_part
from groschen.core.invoicing.proof import Proven, Rated, Reversal, read_proof
from groschen.core.invoicing.rules import PinnedRule, read_rule, read_state

__all__ = [
    "ContentLine",
    "DocumentFigures",
    "DocumentLine",
    "DocumentType",
    "DocumentUnreadable",
    "Effect",
    "Fault",
    "LineTax",
    "PinnedRule",
    "Proven",
    "Rated",
    "Reversal",
    "VatCategory",
    "VatGroup",
    "billed_amount",
    "content_hash",
    "content_of",
    "document_figures",
    "faults",
    "figures_of",
    "line_amount",
    "read_proof",
    "read_rule",
    "read_state",
    "receivable_part",
]
