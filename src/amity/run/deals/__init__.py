"""Deals: a dedicated person leads a customer to a purchase, and helps them choose."""
