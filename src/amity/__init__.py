"""Amity: the customer-relationships block of the business model canvas, as running software."""

__version__ = "0.1.0"
