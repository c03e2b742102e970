"""Groschen: from order to delivery, price, payment and the fair division of the money."""

from typing import Final

__version__: Final = "0.1.0"
