"""Decisions from values. Pure."""
