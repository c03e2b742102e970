"""Groschen: from order to delivery, price, payment and the fair division of the money."""

__version__ = "0.1.0"
