"""What other features, pages and jobs ask of wallets."""

from groschen.features.wallets.service.charging import charge
from groschen.features.wallets.service.paying import PaidPart, paid_parts
from groschen.features.wallets.service.reading import of

__all__ = ["PaidPart", "charge", "of", "paid_parts"]
