"""Contracts: what customers pay for period after period, until they leave."""
