"""What other features, pages and jobs ask of wallets."""

from groschen.features.wallets.service.charging import charge
from groschen.features.wallets.service.reading import of

__all__ = ["charge", "of"]
