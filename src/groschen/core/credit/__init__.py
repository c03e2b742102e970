"""Prepaid credit: buckets, the order in which they burn, and what use takes and gives back.

Amounts are gross, at twelve decimals. ``settle`` is the one way credit changes by use.
"""

from __future__ import annotations

from groschen.core.credit.buckets import (
    Bucket,
    BucketKind,
    BucketState,
    burn_order,
    refreshed,
    vat_part,
)
from groschen.core.credit.funding import Step, fund
from groschen.core.credit.purse import (
    EMERGENCY,
    Burn,
    BurnChange,
    Funded,
    Purse,
    Restored,
    Use,
)
from groschen.core.credit.repaying import Repaid, repay
from groschen.core.credit.settling import Settled, settle
from groschen.core.credit.standing import Crossings, Standing, crossings, standing
from groschen.core.credit.undoing import undo

__all__ = [
    "EMERGENCY",
    "Bucket",
    "BucketKind",
    "BucketState",
    "Burn",
    "BurnChange",
    "Crossings",
    "Funded",
    "Purse",
    "Repaid",
    "Restored",
    "Settled",
    "Standing",
    "Step",
    "Use",
    "burn_order",
    "crossings",
    "fund",
    "refreshed",
    "repay",
    "settle",
    "standing",
    "undo",
    "vat_part",
]
