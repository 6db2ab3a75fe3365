"""Decisions about deals, made from values."""
