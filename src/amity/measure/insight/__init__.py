"""Insight: what customers are worth and how sure we are; the only reader of `analytics`."""
